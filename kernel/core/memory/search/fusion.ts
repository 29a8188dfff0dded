/**
 * Weighs what is known of each memory that a search found into one score, and says what each part of it was. Pure; the weights
 * were fitted on the generator of test/bench/memory, with all of its topics but the held-out ones, on which its benchmark is judged.
 */
import type { MemorySearch } from '../memory-index.ts'
import type { Answered } from './late-interaction.ts'
import { ranked } from './ranked.ts'

export type ScoreParts = MemorySearch['hits'][number]['parts']

/** A memory that was found, by words or by meaning. */
export interface Candidate {
  /** Of two that are equal the greater comes first: it was written later. */
  readonly number: number
  /** BM25, of the most that the query could have: from 0 to 1. */
  readonly words: number
  /** Of the query's words, each weighted by how rare it is, the share that it has: from 0 to 1. */
  readonly share: number
  /** Likeness of the vectors of the query and the memory: from 0 to 1; null when there are none to compare. */
  readonly likeness: number | null
  /** How much of the question it answers word by word (late-interaction.ts). */
  readonly answered: Answered
  /** Whether it holds what is asked for: a time, a number, a name (question.ts). */
  readonly fits: -1 | 0 | 1
  /** Whether it tells anything: what only asks does not. */
  readonly tells: boolean
  /** Whether what it tells is about things in general, or about what might be. */
  readonly vague: boolean
  /** Whether it is about the same person's things as the question (whose.ts). */
  readonly whose: -1 | 0 | 1
  /** Times it was recalled. */
  readonly uses: number
}

export interface Fused<C extends Candidate> {
  readonly candidate: C
  /** Sum of the parts; comparable within one answer only. */
  readonly score: number
  readonly parts: ScoreParts
}

/** What a likeness of ENOUGH_LIKENESS and more counts; the first steps towards it tell the most. */
const LIKENESS = 0.63
const ENOUGH_LIKENESS = 0.8
/** For each of the question's words. */
const ANSWERED = 0.3
const FITS = 0.1
const MISFITS = -0.1
const TELLS_NOTHING = -0.35
const VAGUE = -0.12
const SAME_OWNER = 0.4
const OTHER_OWNER = -0.14
/** They only tell apart what answers about as well. */
const RECENCY = 0.19
const USE = 0.02

/** Uses from which on more say little. */
const MANY_USES = 10

/** What stands against a memory takes at most this share of what speaks for it, so that a score stays above zero. */
const MOST_AGAINST = 0.95

/** With this share of a question's words a memory has to do with it, whatever else it says; and without vectors to ask. */
const ENOUGH_WORDS = 0.75
const ENOUGH_WORDS_ALONE = 0.25

/** What has to speak for a memory to be found at all: it told answers from what was found for questions that have none. */
const LEAST_RELEVANCE = 0.42

/** That it is the same person's thing makes nothing of what hardly means the same. */
const LEAST_MEANING = 0.15

/** Telling words from which on more make a text no longer: of a long one much is not what was asked. */
const MANY_WORDS = 12

/** Whether a memory has to do with the question. Fitted by itself: what ranks answers is not what tells that there is none. */
export function isRelevant({ words, share, likeness, answered, fits, tells, vague, whose }: Candidate): boolean {
  if (share >= (likeness === null ? ENOUGH_WORDS_ALONE : ENOUGH_WORDS)) return true
  if (likeness === null) return false
  const form = (fits > 0 ? -0.03 : fits < 0 ? -0.09 : 0) + (tells ? 0 : -0.54) + (vague ? -0.11 : 0)
  const owner = whose > 0 ? 0.25 : whose < 0 ? -0.05 : 0
  const meaning = likeness + 0.15 * answered.words + 0.45 * towards(answered.words, 2) + 0.1 * words
  const length = 0.22 * Math.min(1, answered.length / MANY_WORDS)
  return meaning >= LEAST_MEANING && meaning - length + form + owner >= LEAST_RELEVANCE
}

/** From 0 to 1 at `enough`, where it stays; each step counts less than the one before. */
const towards = (value: number, enough: number): number => 1 - (1 - Math.min(1, value / enough)) ** 2

/** Best first. */
export const fuse = <C extends Candidate>(candidates: readonly C[], k: number): Fused<C>[] =>
  ranked(candidates, scored, k)

function scored<C extends Candidate>(candidate: C, age: number): Fused<C> {
  const { likeness, answered, fits, tells, vague, whose, uses } = candidate
  const speaks = {
    words: ANSWERED * answered.equal,
    meaning: LIKENESS * towards(likeness ?? 0, ENOUGH_LIKENESS) + ANSWERED * (answered.words - answered.equal),
    recency: RECENCY * age,
    use: (USE * uses) / (uses + MANY_USES),
  }
  const answer = (fits > 0 ? FITS : fits < 0 ? MISFITS : 0) + (tells ? 0 : TELLS_NOTHING) + (vague ? VAGUE : 0)
  const owner = whose > 0 ? SAME_OWNER : whose < 0 ? OTHER_OWNER : 0
  const evidence = speaks.words + speaks.meaning + speaks.recency + speaks.use
  const against = Math.min(0, answer) + Math.min(0, owner)
  const held = against < -MOST_AGAINST * evidence ? (-MOST_AGAINST * evidence) / against : 1
  const parts = { ...speaks, answer: answer < 0 ? answer * held : answer, whose: owner < 0 ? owner * held : owner }
  return { candidate, score: evidence + parts.answer + parts.whose, parts }
}
