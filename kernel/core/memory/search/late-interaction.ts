/**
 * How much of a question a text answers, word by word: each word of the question is taken for as good as its best match in
 * the text (late interaction: Khattab and Zaharia, "ColBERT", 2020, here over the built-in word vectors). It sees what a
 * mean over the whole text blurs: one word that is a synonym among ten that are not. Pure.
 */
import { dot } from './vector-table.ts'
import type { WordVectors } from './word-vectors.ts'
import { tellingWordsOf } from './words.ts'

/** Below this cosine two words have no meaning in common worth counting; from there on likeness counts from 0 to 1. */
const LEAST_LIKENESS = 0.25

/** What the same word counts, and one that means the same at most. */
const SAME = 1
const MOST_LIKENESS = 0.999

/** Words of a question and of a text that are compared, the first ones: what bounds the time of one comparison. */
const QUESTION_WORDS = 32
const TEXT_WORDS = 128

export interface Answered {
  /** From 0, nothing in common, to 1, every word of the question. */
  readonly share: number
  /** The same in words that could not tell more: of a long question more may be answered than of a short one. */
  readonly words: number
  /** Of that, what is answered by the same words and not by others that mean the same. */
  readonly equal: number
  /** Telling words of the text that were compared. */
  readonly length: number
}

const NOTHING: Answered = { share: 0, words: 0, equal: 0, length: 0 }

/**
 * @param rarity how much a word, in its compared form, tells here
 * @param vectors null while they are not to be had: only equal words count then
 */
export function compareWith(
  question: string,
  rarity: (stem: string) => number,
  vectors: WordVectors | null,
): (text: string) => Answered {
  // There is no empty word: what it tells is what one tells that nobody has used.
  const most = rarity('')
  const wanted = tellingWordsOf(question)
    .slice(0, QUESTION_WORDS)
    .map(({ written, stem }) => ({
      stem,
      vector: vectors?.vectorOf(written),
      // A word that everybody uses says little of what is meant, also where nobody has used it yet.
      telling: (rarity(stem) / most) * (vectors?.weightOf(written) ?? 1),
    }))
  const total = wanted.reduce((sum, word) => sum + word.telling, 0)
  if (total === 0) return () => NOTHING
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
    const compared = tellingWordsOf(text).slice(0, TEXT_WORDS)
    for (const { written, stem } of compared) {
      const likeness = likenessOf(written)
      for (const [at, word] of wanted.entries()) {
        const good = word.stem === stem ? SAME : (likeness[at] ?? 0)
        if (good > (best[at] ?? 0)) best[at] = good
      }
    }
    const words = wanted.reduce((sum, word, at) => sum + word.telling * (best[at] ?? 0), 0)
    const equal = wanted.reduce((sum, word, at) => sum + (best[at] === SAME ? word.telling : 0), 0)
    return { share: words / total, words, equal, length: compared.length }
  }
}

function likenessTo(other: Float32Array, vector: Float32Array): number {
  const likeness = dot(other, 0, vector)
  return Math.max(0, Math.min(MOST_LIKENESS, (likeness - LEAST_LIKENESS) / (1 - LEAST_LIKENESS)))
}
