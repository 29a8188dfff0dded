/**
 * How much of a question a text answers, word by word: each word of the question is taken for as good as its best match in
 * the text (late interaction: Khattab and Zaharia, "ColBERT", 2020, here over the built-in word vectors). It sees what a
 * mean over the whole text blurs: one word that is a synonym among ten that are not. Pure.
 */
import { dot } from './vector-table.ts'
import type { WordVectors } from './word-vectors.ts'
import { tellingWordsOf } from './words.ts'

/** Below this cosine two words have no meaning in common worth counting. */
const LEAST_LIKENESS = 0.45

/** Words of a question and of a text that are compared, the first ones: what bounds the time of one comparison. */
const QUESTION_WORDS = 32
const TEXT_WORDS = 128

/**
 * @param rarity how much a word, in its compared form, tells
 * @param vectors null while they are not to be had: only equal words count then
 * @returns for a text, from 0, nothing in common, to 1, every word of the question
 */
export function compareWith(
  question: string,
  rarity: (stem: string) => number,
  vectors: WordVectors | null,
): (text: string) => number {
  const wanted = tellingWordsOf(question)
    .slice(0, QUESTION_WORDS)
    .map(({ written, stem }) => ({ stem, vector: vectors?.vectorOf(written), rarity: rarity(stem) }))
  const total = wanted.reduce((sum, word) => sum + word.rarity, 0)
  if (total === 0) return () => 0
  // Texts have most of their words in common with one another.
  const seen = new Map<string, readonly number[]>()
  const likenessOf = (written: string): readonly number[] => {
    const before = seen.get(written)
    if (before) return before
    const other = vectors?.vectorOf(written)
    const likeness = wanted.map(({ vector }) => (vector && other ? likenessTo(other, vector) : 0))
    seen.set(written, likeness)
    return likeness
  }
  return (text) => {
    const best = new Float64Array(wanted.length)
    for (const { written, stem } of tellingWordsOf(text).slice(0, TEXT_WORDS)) {
      const likeness = likenessOf(written)
      for (const [at, word] of wanted.entries()) {
        const good = word.stem === stem ? 1 : (likeness[at] ?? 0)
        if (good > (best[at] ?? 0)) best[at] = good
      }
    }
    return wanted.reduce((sum, word, at) => sum + word.rarity * (best[at] ?? 0), 0) / total
  }
}

function likenessTo(other: Float32Array, vector: Float32Array): number {
  const likeness = dot(other, 0, vector)
  return likeness < LEAST_LIKENESS ? 0 : Math.min(1, likeness)
}
