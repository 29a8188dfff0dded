/**
 * Turns text into the words that memory search compares. Small and honest: it knows nothing about meaning, only that
 * "dogs" and "dog" are the same word. Scripts written without spaces are cut into pairs of characters.
 */

/** Words that say little in English questions; left out of a query when others remain. */
const STOP_WORDS = new Set(
  (
    'a about am an and are as at be been but by can could did do does for from had has have he her him his how i if in ' +
    'is it its know me my of on or our please remember she so tell that the their them there they this to told us was we ' +
    'were what when where which who whose why will with would you your s'
  ).split(' '),
)

const WORD = /[\p{L}\p{N}]+/gu
const WITHOUT_SPACES =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u

export interface Word {
  /** As it is written, but lower case and without accents. */
  readonly written: string
  /** Without its inflection: what is compared. */
  readonly stem: string
}

/** All words of a text in order, lower case, accents and inflections removed. */
export function wordsOf(text: string): string[] {
  return split(text).map((word) => word.stem)
}

/** The words worth searching for: without stop words, unless there are no others. */
export function queryWordsOf(text: string): string[] {
  return tellingWordsOf(text).map((word) => word.stem)
}

/** The same words, each once, with how they were first written. */
export function tellingWordsOf(text: string): Word[] {
  const once = new Map<string, Word>()
  for (const word of split(text)) if (!once.has(word.stem)) once.set(word.stem, word)
  const all = [...once.values()]
  const telling = all.filter(({ stem, written }) => !STOP_WORDS.has(stem) && !STOP_WORDS.has(written))
  return telling.length > 0 ? telling : all
}

/** A text in lower case and without accents, as all words are compared. */
export function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

function split(text: string): Word[] {
  const words: Word[] = []
  for (const [written] of plain(text).matchAll(WORD)) {
    if (WITHOUT_SPACES.test(written)) words.push(...pairsOf(written).map((pair) => ({ written: pair, stem: pair })))
    else words.push({ written, stem: stem(written) })
  }
  return words
}

function pairsOf(word: string): string[] {
  const characters = Array.from(word)
  if (characters.length < 2) return characters
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`)
}

/**
 * Plural and tense endings only (the first steps of Porter, "An algorithm for suffix stripping", 1980); anything longer
 * merges words that a person keeps apart.
 */
function stem(word: string): string {
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`
  if (/(?:ss|sh|ch|x|z)es$/.test(word)) return word.slice(0, -2)
  if (word.endsWith('s') && !/(?:ss|us|is)$/.test(word)) return word.slice(0, -1)
  const tense = /^(.*[aeiouy].*?)(?:ing|ed)$/.exec(word)?.[1]
  if (tense === undefined || tense.length < 3) return word
  if (/([bdfgmnprt])\1$/.test(tense)) return tense.slice(0, -1)
  return tense
}
