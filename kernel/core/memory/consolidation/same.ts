/**
 * When two facts say the same: the same words in the same order, but for case, punctuation, articles and short forms. Nothing
 * that may change the meaning is passed over: "likes" and "liked", 62 and 63, or who likes whom stay apart. Pure.
 */

/** Words that add nothing to a sentence, at whatever place they stand. */
const FILLERS = new Set(['a', 'an', 'the', 'please', 'also'])

const SHORT_FORMS: readonly (readonly [RegExp, string])[] = [
  [/\bcan't\b/g, 'cannot'],
  [/\bwon't\b/g, 'will not'],
  [/n't\b/g, ' not'],
  [/\b(i)'m\b/g, '$1 am'],
  [/\b(it|he|she|that|there|who)'s\b/g, '$1 is'],
  [/'re\b/g, ' are'],
  [/'ve\b/g, ' have'],
  [/'ll\b/g, ' will'],
]

/** Equal for texts that say the same; empty for one that says nothing. */
export function sameFormOf(text: string): string {
  let plain = text.normalize('NFKC').toLowerCase().replaceAll('’', "'")
  for (const [short, long] of SHORT_FORMS) plain = plain.replace(short, long)
  // What stands inside a number or joins a name's parts belongs to it; signs and currencies tell amounts apart, and a
  // question is no fact.
  const words = plain.match(/[-+]?[\p{L}\p{N}]+(?:['.,:@/_-][\p{L}\p{N}]+)*|[\p{Sc}%°?]/gu) ?? []
  return words.filter((word) => !FILLERS.has(word)).join(' ')
}
