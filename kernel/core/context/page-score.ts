/**
 * Weighs what is known of each turn of a page that may be what a question is about. Pure.
 *
 * The weights are older than those of memories (memory/search/fusion.ts), and not better: they were chosen on the generator of
 * test/bench/memory, with topics and seeds that its benchmark does not report, when memories had the same, and with other word
 * vectors; with those of today the bars were tried again there, and neither higher nor lower ones were better. Those of memories
 * were fitted anew since, on facts that stand by themselves; a turn stands among talk, and nothing has been fitted on pages again.
 * Taking the others over without measuring pages would be a guess.
 */
import { ranked } from '../memory/search/ranked.ts'

/** A turn that was found, by words or by meaning. */
export interface Candidate {
  /** Of two that are equal the greater comes first: it was written later. */
  readonly number: number
  /** BM25, of the most that the query could have: from 0 to 1. */
  readonly words: number
  /** Likeness of the vectors of the query and the memory: from 0 to 1. */
  readonly likeness: number
  /** What share of the question it answers word by word, from 0 to 1 (late-interaction.ts). */
  readonly answered: number
  /** Whether it holds what is asked for: a time, a number, a name (question.ts). */
  readonly fits: -1 | 0 | 1
  /** Which part of it is no question itself, from 0 to 1. */
  readonly stated: number
  /** Whether it is about the same person's things as the question (whose.ts). */
  readonly whose: -1 | 0 | 1
  /** Milliseconds since 1970-01-01 UTC. */
  readonly createdAt: number
  /** Times it was recalled. */
  readonly uses: number
}

export interface Fused<C extends Candidate> {
  readonly candidate: C
  /** Comparable within one answer only. */
  readonly score: number
}

const WORDS = 0.5
const LIKENESS = 0.7
const ANSWERED = 0.7
const FITS = 1
const STATED = 0.075
const WHOSE = 0.8
/** Never decide alone: they only tell equals apart. */
const RECENCY = 0.05
const USE = 0.05

/** Uses from which on more say little. */
const MANY_USES = 10

/** What stands against a memory takes at most this share of what speaks for it, so that a score stays above zero. */
const MOST_AGAINST = 0.9

const evidenceOf = ({ words, likeness, answered }: Candidate): number =>
  WORDS * words + LIKENESS * likeness + ANSWERED * answered

/** Comparable between queries: below a bar, nothing says that a memory has to do with the question. */
export function relevanceOf(candidate: Candidate): number {
  const { fits, stated, whose } = candidate
  return evidenceOf(candidate) * (1 + 0.3 * fits) * (0.6 + 0.4 * stated) * (1 + 0.3 * whose)
}

/** Best first. */
export const fuse = <C extends Candidate>(candidates: readonly C[], k: number): Fused<C>[] =>
  ranked(candidates, scored, k)

function scored<C extends Candidate>(candidate: C, age: number): Fused<C> {
  const { fits, stated, uses } = candidate
  const evidence = evidenceOf(candidate)
  // What is hardly like the question does not become its answer for holding a number.
  const scale = Math.min(1, 2 * evidence)
  const form = scale * (FITS * fits + STATED * stated)
  const owner = scale * WHOSE * candidate.whose
  const against = Math.min(0, form) + Math.min(0, owner)
  const held = against < -MOST_AGAINST * evidence ? (-MOST_AGAINST * evidence) / against : 1
  const told = (form < 0 ? form * held : form) + (owner < 0 ? owner * held : owner)
  return { candidate, score: evidence + told + RECENCY * age + (USE * uses) / (uses + MANY_USES) }
}
