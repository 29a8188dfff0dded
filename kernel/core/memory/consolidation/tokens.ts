/** The words of a text as a check of names and numbers needs them: with case, and whether a sentence begins there. Pure. */

export interface Token {
  /** In lower case, without a possessive ending. */
  readonly word: string
  readonly kind: 'number' | 'name' | 'maybe-name' | 'link' | 'word'
}

/** Words that join others, or stand for what was named. At a sentence's beginning, too, they are no names. */
const LINKS = new Set(
  (
    'a about after all also an and are as at be because been before being both but by can could did do does during each else ' +
    'every for from had has have he her here hers him his how i if in into is it its just me more most my of on or other our ' +
    'ours own she so some such than that the their theirs them then there these they this those to too was we were what when ' +
    'where which while who whom whose why will with would you your yours user note notes summary'
  ).split(' '),
)

/** "One" is left out: it mostly counts nothing. */
const NUMBER_WORDS = new Set(
  (
    'zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen ' +
    'nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions ' +
    'billion billions dozen dozens half twice thrice'
  ).split(' '),
)

const NEGATION = /\b(?:no|not|never|none|nobody|nothing|nowhere|without|cannot|neither|nor|no longer)\b|n['’]t\b/iu

export const isNegated = (text: string): boolean => NEGATION.test(text)

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let end = 0
  for (const { 0: raw, index } of text.matchAll(/[\p{L}\p{N}]+(?:['’.,:@/_-][\p{L}\p{N}]+)*/gu)) {
    const between = text.slice(end, index)
    const begins = end === 0 || /[.!?:;\n"“(]/.test(between)
    end = index + raw.length
    const word = raw.toLowerCase().replace(/['’]s$/, '')
    tokens.push({ word, kind: kindOf(raw, word, begins) })
  }
  return tokens
}

function kindOf(raw: string, word: string, begins: boolean): Token['kind'] {
  if (/\p{N}/u.test(word) || NUMBER_WORDS.has(word)) return 'number'
  if (LINKS.has(word)) return 'link'
  if (!/\p{Lu}/u.test(raw)) return 'word'
  // Anything may have a capital where a sentence begins.
  return begins && !/\p{Lu}/u.test(raw.slice(1)) ? 'maybe-name' : 'name'
}
