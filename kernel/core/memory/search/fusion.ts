/**
 * Weighs what is known of each fact that a search found into one score, and says what each part of it was. Pure; the weights
 * were chosen on the generator of test/bench/memory with seeds that its benchmark does not use.
 */
export interface ScoreParts {
  /** Words in common, by BM25. */
  readonly words: number
  /** Likeness in meaning; 0 when the search went by words alone. */
  readonly meaning: number
  /** A little for newer facts: it decides between equals. */
  readonly recency: number
  /** A little for facts that were of use before. */
  readonly use: number
  /** Whether the question and the fact are about the same person's things; below 0 when they are not. */
  readonly whose: number
}

/** A fact that was found, by words or by meaning. */
export interface Candidate {
  /** Of two that are equal the greater comes first: it was written later. */
  readonly number: number
  /** Times it was recalled. */
  readonly uses: number
  /** BM25, of the most that the query could have: from 0 to 1. */
  readonly words: number
  /** Cosine of the vectors of the query and the fact. */
  readonly cosine: number
  /** What share of the question it answers word by word, from 0 to 1 (late-interaction.ts). */
  readonly answered: number
  /** Milliseconds since 1970-01-01 UTC. */
  readonly createdAt: number
  /** Whether it is about the same person's things as the question (whose.ts). */
  readonly whose: -1 | 0 | 1
}

export interface Fused<C extends Candidate> {
  readonly candidate: C
  /** Sum of the parts; comparable within one answer only. */
  readonly score: number
  readonly parts: ScoreParts
}

const WORDS = 2.2
const COSINE = 1
const ANSWERED = 2
const RECENCY = 0.05
const USE = 0.05
/** Never more than half of what else speaks for a fact, so that a score stays above zero. */
const WHOSE = 0.3

/** Best first. Cosines count by the best one, because how high they are depends on how long the texts are. */
export function fuse<C extends Candidate>(candidates: readonly C[], k: number): Fused<C>[] {
  const best = Math.max(...candidates.map(({ cosine }) => cosine), Number.MIN_VALUE)
  const times = candidates.map(({ createdAt }) => createdAt)
  const oldest = Math.min(...times)
  const span = Math.max(...times) - oldest || 1
  return candidates
    .map((candidate) => {
      const { words, cosine, answered, createdAt, uses, whose } = candidate
      const found = WORDS * words
      const meaning = (COSINE * Math.max(0, cosine)) / best + ANSWERED * answered
      const parts = {
        ...{ words: found, meaning },
        recency: (RECENCY * (createdAt - oldest)) / span,
        use: (USE * uses) / (uses + 10),
        whose: whose * Math.min(WHOSE, (found + meaning) / 2),
      }
      return { candidate, score: parts.words + parts.meaning + parts.recency + parts.use + parts.whose, parts }
    })
    .sort((left, right) => right.score - left.score || right.candidate.number - left.candidate.number)
    .slice(0, k)
}
