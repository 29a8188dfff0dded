/**
 * How much of a question a text answers, word by word: each word of the question is taken for as good as its best match in
 * the text (late interaction: Khattab and Zaharia, "ColBERT", 2020, here over the built-in word vectors). It sees what a
 * mean over the whole text blurs: one word that is a synonym among ten that are not. Pure.
 */
import { dot } from './vector-table.ts'
import type { WordVectors } from './word-vectors.ts'
import { tellingWordsOf } from './words.ts'

/** Below this cosine two words have no meaning in common worth counting. */
const LEAST_LIKENESS = 0.4

/** Words of a question and of a text that are compared, the first ones: what bounds the time of one comparison. */
const QUESTION_WORDS = 32
const TEXT_WORDS = 128

/**
 * @param rarity how much a word, in its compared form, tells
 * @returns for a text, from 0, nothing in common, to 1, every word of the question
 */
export function compareWith(
  question: string,
  rarity: (stem: string) => number,
  vectors: WordVectors,
): (text: string) => number {
  const wanted = tellingWordsOf(question)
    .slice(0, QUESTION_WORDS)
    .map(({ written, stem }) => ({ stem, vector: vectors.vectorOf(written), rarity: rarity(stem) }))
  const total = wanted.reduce((sum, word) => sum + word.rarity, 0)
  if (total === 0) return () => 0
  return (text) => {
    const said = tellingWordsOf(text).slice(0, TEXT_WORDS)
    const stems = new Set(said.map(({ stem }) => stem))
    const known = said.flatMap(({ written }) => vectors.vectorOf(written) ?? [])
    const best = ({ stem, vector }: (typeof wanted)[number]): number => {
      if (stems.has(stem)) return 1
      if (!vector) return 0
      const likeness = known.reduce((most, other) => Math.max(most, dot(other, 0, vector)), 0)
      return likeness < LEAST_LIKENESS ? 0 : Math.min(1, likeness)
    }
    return wanted.reduce((sum, word) => sum + word.rarity * best(word), 0) / total
  }
}
