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

/** All words of a text in order, lower case, accents and inflections removed. */
export function wordsOf(text: string): string[] {
  const words: string[] = []
  for (const [word] of text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().matchAll(WORD)) {
    if (WITHOUT_SPACES.test(word)) words.push(...pairsOf(word))
    else words.push(stem(word))
  }
  return words
}

/** The words worth searching for: without stop words, unless there are no others. */
export function queryWordsOf(text: string): string[] {
  const all = [...new Set(wordsOf(text))]
  const telling = all.filter((word) => !STOP_WORDS.has(word))
  return telling.length > 0 ? telling : all
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
