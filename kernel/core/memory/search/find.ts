/**
 * Answers one question: takes the nearest memories by words and by meaning, looks at each of them word by word, and weighs
 * what is known of them. Changes nothing.
 */
import type { MemoryRecord } from '../../storage/records.ts'
import type { MemorySearch } from '../memory-index.ts'
import type { VectorHit } from '../vector-index.ts'
import { fuse, isRelevant, type Candidate } from './fusion.ts'
import { compareWith } from './late-interaction.ts'
import { FOUND_BY_WORDS, HITS_FOR_BASELINE, WEIGHED } from './param.ts'
import { fits, formsAskedFor, isVague, toldIn } from './question.ts'
import { dot } from './vector-table.ts'
import { ownersAskedFor, ownersIn, sameOwner } from './whose.ts'
import type { WordHit, WordIndex } from './word-index.ts'
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
  const { k, nearest } = search
  const found = weighed(search).filter(isRelevant)
  return {
    match: nearest ? 'words and meaning' : 'words',
    hits: fuse(found, k).map(({ candidate: { memory }, score, parts }) => ({
      memory,
      score,
      // Without vectors a text answers a question by its words, and by nothing else.
      parts: nearest ? parts : { ...parts, words: parts.words + parts.meaning, meaning: 0 },
    })),
  }
}

/** What is known of each memory that is worth a closer look. */
function weighed(search: Search): (Candidate & { memory: MemoryRecord })[] {
  const { query, allowed, vectors } = search
  const answered = compareWith(query, (word) => search.words.rarity(word), vectors)
  const owners = ownersAskedFor(query)
  const forms = formsAskedFor(query)
  // Where nobody keeps vectors, those of the few texts that are weighed are made now.
  const asked = search.nearest === null ? (vectors?.embed(query) ?? null) : null
  return firstOf(search).flatMap(({ number, words, share, likeness: kept }) => {
    const memory = allowed(number)
    if (!memory) return []
    const { text, uses } = memory
    const told = toldIn(text)
    const own = asked && vectors?.embed(told || text)
    const likeness = own ? Math.max(0, dot(own, 0, asked)) : kept
    return {
      ...{ memory, number, words, share, likeness, uses, answered: answered(told || text) },
      ...{
        fits: fits(forms, text),
        tells: told !== '',
        vague: isVague(told),
        whose: sameOwner(owners, ownersIn(text)),
      },
    }
  })
}

interface First {
  readonly number: number
  readonly words: number
  readonly share: number
  readonly likeness: number | null
}

/** What is worth a closer look. */
function firstOf({ query, k, words, allowed, nearest, asked }: Search): First[] {
  const permit = (number: number): boolean => allowed(number) !== undefined
  const byWords = new Map<number, WordHit<number>>()
  for (const hit of words.search(query, Math.max(k, FOUND_BY_WORDS), permit)) byWords.set(hit.id, hit)
  const likenesses = new Map<number, number>()
  const baseline = baselineOf(nearest ?? [])
  for (const { id, score } of nearest ?? []) likenesses.set(id, Math.max(0, (score - baseline) / (1 - baseline)))
  // One that is not among the nearest is less like the question than the last of them.
  const missing = nearest && (nearest.length >= asked ? Math.min(...likenesses.values()) : 0)
  return [...new Set([...byWords.keys(), ...likenesses.keys()])]
    .map((number) => ({
      number,
      words: byWords.get(number)?.strength ?? 0,
      share: byWords.get(number)?.share ?? 0,
      likeness: likenesses.get(number) ?? missing,
    }))
    .sort((one, other) => worth(other) - worth(one) || other.number - one.number)
    .slice(0, Math.max(k, WEIGHED))
}

const worth = ({ words, likeness }: First): number => words + (likeness ?? 0)

/** Of many, the least like one: vectors of some models are like each other whatever the texts say. */
const baselineOf = (nearest: readonly VectorHit[]): number =>
  nearest.length < HITS_FOR_BASELINE ? 0 : Math.min(0.95, Math.max(0, nearest.at(-1)?.score ?? 0))
