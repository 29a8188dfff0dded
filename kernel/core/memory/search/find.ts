/**
 * Answers one question: takes the nearest memories by words and by meaning, looks at each of them word by word, and weighs
 * what is known of them. Changes nothing.
 */
import type { MemoryRecord } from '../../storage/records.ts'
import type { MemorySearch } from '../memory-index.ts'
import type { VectorHit } from '../vector-index.ts'
import { fuse, relevanceOf, type Candidate } from './fusion.ts'
import { compareWith } from './late-interaction.ts'
import { FOUND_BY_WORDS, HITS_FOR_BASELINE, LEAST_RELEVANCE, WEIGHED } from './param.ts'
import { fits, formsAskedFor, statedShare } from './question.ts'
import { ownersAskedFor, ownersIn, sameOwner } from './whose.ts'
import type { WordIndex } from './word-index.ts'
import type { WordVectors } from './word-vectors.ts'

export interface Search {
  readonly query: string
  readonly k: number
  readonly words: WordIndex<number>
  /** Undefined for a number that is gone or that the filter excludes. */
  readonly allowed: (number: number) => MemoryRecord | undefined
  /** Best first, also such as are not allowed; null when no vectors are to be had. */
  readonly nearest: readonly VectorHit[] | null
  /** How many were asked for: with fewer, all that have a vector are among them. */
  readonly asked: number
  readonly vectors: WordVectors | null
}

export function find(search: Search): MemorySearch {
  const { query, k, allowed, nearest, vectors } = search
  const answered = compareWith(query, (word) => search.words.rarity(word), vectors)
  const owners = ownersAskedFor(query)
  const forms = formsAskedFor(query)
  const candidates: (Candidate & { memory: MemoryRecord })[] = []
  for (const { number, words, likeness } of firstOf(search)) {
    const memory = allowed(number)
    if (!memory) continue
    const { text, createdAt, uses } = memory
    const candidate = {
      ...{ memory, number, words, likeness, createdAt, uses },
      answered: answered(text),
      fits: fits(forms, text),
      stated: statedShare(text),
      whose: sameOwner(owners, ownersIn(text)),
    }
    if (relevanceOf(candidate) >= LEAST_RELEVANCE) candidates.push(candidate)
  }
  return {
    match: nearest ? 'words and meaning' : 'words',
    hits: fuse(candidates, k).map(({ candidate: { memory }, score, parts }) => ({
      memory,
      score,
      // Without vectors a text answers a question by its words, and by nothing else.
      parts: nearest ? parts : { ...parts, words: parts.words + parts.meaning, meaning: 0 },
    })),
  }
}

interface First {
  readonly number: number
  readonly words: number
  readonly likeness: number
}

/** What is worth a closer look. */
function firstOf({ query, k, words, allowed, nearest, asked }: Search): First[] {
  const permit = (number: number): boolean => allowed(number) !== undefined
  const strengths = new Map<number, number>()
  for (const { id, strength } of words.search(query, Math.max(k, FOUND_BY_WORDS), permit)) strengths.set(id, strength)
  const likenesses = new Map<number, number>()
  const baseline = baselineOf(nearest ?? [])
  for (const { id, score } of nearest ?? []) likenesses.set(id, Math.max(0, (score - baseline) / (1 - baseline)))
  // One that is not among the nearest is less like the question than the last of them.
  const missing = nearest && nearest.length >= asked ? Math.min(...likenesses.values()) : 0
  return [...new Set([...strengths.keys(), ...likenesses.keys()])]
    .map((number) => ({
      number,
      words: strengths.get(number) ?? 0,
      likeness: likenesses.get(number) ?? missing,
    }))
    .sort((one, other) => other.words + other.likeness - one.words - one.likeness || other.number - one.number)
    .slice(0, Math.max(k, WEIGHED))
}

/** Of many, the least like one: vectors of some models are like each other whatever the texts say. */
const baselineOf = (nearest: readonly VectorHit[]): number =>
  nearest.length < HITS_FOR_BASELINE ? 0 : Math.min(0.95, Math.max(0, nearest.at(-1)?.score ?? 0))
