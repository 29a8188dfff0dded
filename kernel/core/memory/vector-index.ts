/**
 * The vector index as the core sees it: vectors by id, each with a few numbers to filter by. Drivers: drivers/vectors (our
 * own, exact and as a graph) and drivers/voy; both pass test/contract/vectors. What is not here is text: an index knows ids.
 *
 * Ids are 32-bit numbers, the caller's own. As strings of 30 characters they would cost 100,000 vectors 6 MB more on disk,
 * some 10 MB more of memory and a third more time to load; a record that is indexed can carry a number.
 */
import type { HearthError } from '../../abi/index.ts'
import type { Clock } from '../clock.ts'
import type { Database, Mutation } from '../storage/database.ts'

/** A whole number from 0 to 2^32 - 1. */
export type VectorId = number

/** What filters look at. The caller decides what the numbers stand for, and numbers its owners and scopes itself. */
export interface VectorAttributes {
  /** 32-bit number; 0 unless given. */
  readonly owner: number
  /** 32-bit number; 0 unless given. */
  readonly scope: number
  /** From 0 to 31; 0 unless given. */
  readonly kind: number
  /** 32 bits; none unless given. */
  readonly labels: number
  /** Since when it holds, in milliseconds since 1970-01-01 UTC; 0 unless given. */
  readonly time: number
  /** Until when, exclusive; Infinity, for ever, unless given. */
  readonly until: number
}

export interface VectorEntry {
  readonly id: VectorId
  /** `dimensions` finite numbers; of any length but zero under `cosine`. It is copied. */
  readonly vector: ArrayLike<number>
  readonly attributes?: Partial<VectorAttributes>
}

/** What is left out stays as it was. Without a vector it costs next to nothing. */
export interface VectorUpdate {
  readonly id: VectorId
  readonly vector?: ArrayLike<number>
  readonly attributes?: Partial<VectorAttributes>
}

/** Takes effect whole or not at all. An id is in it once. */
export interface VectorChange {
  readonly add?: readonly VectorEntry[]
  readonly update?: readonly VectorUpdate[]
  /** Ids that are not there are no error. */
  readonly remove?: readonly VectorId[]
}

/** All parts that are given must hold. Evaluated during the search: `k` results are found if that many match. */
export interface VectorFilter {
  /** Any of these; at most 64. An empty list matches nothing. */
  readonly owners?: readonly number[]
  readonly scopes?: readonly number[]
  readonly kinds?: readonly number[]
  /** Bits that must all be set. */
  readonly allLabels?: number
  /** Bits of which none may be set. */
  readonly noLabels?: number
  /** Bounds of `time`, both included. */
  readonly from?: number
  readonly to?: number
  /** A moment at which it must hold: time ≤ validAt < until. */
  readonly validAt?: number
}

export interface VectorHit {
  readonly id: VectorId
  /** Cosine of the angle, or inner product; from vectors as they are stored, so int8 rounds in the third decimal. */
  readonly score: number
}

export interface VectorSearch {
  readonly filter?: VectorFilter
  /** Compare with everything, also where a graph would do. */
  readonly exact?: boolean
  /** Vectors a graph gathers before the best are taken of them (ef); more finds more and takes longer. */
  readonly width?: number
}

export interface VectorStats {
  readonly vectors: number
  /** Of them, how many the graph reaches; the others are compared one by one until it does. */
  readonly linked: number
  /** Vectors that are gone and whose room is not free yet. */
  readonly tombstones: number
  readonly memoryBytes: number
  /** Changes since the last checkpoint, which a restart reads again. */
  readonly journaled: number
  /** What was found damaged when the index was opened with `damaged: 'skip'`. */
  readonly damage: readonly SegmentDamage[]
  /** Why the last work in the background failed; null when it did not. It is tried again with the next change. */
  readonly problem: HearthError | null
}

export interface SegmentDamage {
  readonly segment: number
  readonly what: 'manifest' | 'rows' | 'links' | 'changes'
  /** Vectors that are missing for it at most; 0 when it held only links, which are made again. */
  readonly vectors: number
}

export interface PreparedChange {
  /** To be committed by the caller, in one transaction with what belongs to it. */
  readonly writes: readonly Mutation[]
  /** Makes the change visible to searches. Once, after `writes` are committed; not at all when they could not be. */
  apply(): void
}

/**
 * What `change` resolved for survives a crash. Whoever opens an index is the only one to have it open.
 * @throws HearthError from every method: `bad-request` for wrong input, which changes nothing; `over-limit` when the memory
 * that was granted is used up; `storage-full`, `storage-failed`; `cancelled` once it is disposed of.
 */
export interface VectorIndex extends AsyncDisposable {
  readonly dimensions: number
  readonly size: number
  has(id: VectorId): boolean
  /** Undefined for an id that is not there. */
  attributes(id: VectorId): VectorAttributes | undefined
  /**
   * Checks a change and says what to write for it. Another change of the same ids has to wait until this one is applied: of
   * two that overlap, a restart may take the other for the later one.
   * @throws HearthError also `conflict` for an `add` that is there, `not-found` for an `update` that is not
   */
  prepare(change: VectorChange): Promise<PreparedChange>
  /** Prepares, commits (`relaxed`) and applies. */
  change(change: VectorChange): Promise<void>
  add(entries: readonly VectorEntry[]): Promise<void>
  update(updates: readonly VectorUpdate[]): Promise<void>
  remove(ids: readonly VectorId[]): Promise<void>
  /**
   * The `k` most similar vectors, best first.
   * @param query `dimensions` finite numbers
   * @param k from 1 to 1,024
   */
  search(query: ArrayLike<number>, k: number, search?: VectorSearch): Promise<VectorHit[]>
  /** Resolves once everything is linked and in segments, so that the next start has nothing to catch up on. */
  save(signal?: AbortSignal): Promise<void>
  stats(): VectorStats
}

export interface VectorIndexOptions {
  /** Name of this set of vectors; one for each embedding model. */
  readonly collection: string
  readonly dimensions: number
  readonly metric?: 'cosine' | 'dot'
  /** `int8`: a quarter of the memory, and scores that are right to about 0.005. `float32` keeps both. */
  readonly precision?: 'int8' | 'float32'
  readonly database: Pick<Database, 'get' | 'list' | 'commit'>
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>
  /** Bytes the index may take; VECTOR_MEMORY_BYTES unless given. */
  readonly memoryBytes?: number
  /** Vectors from which on a graph is built; VECTOR_GRAPH_FROM unless given. */
  readonly graphFrom?: number
  /** What to do about a segment that is not what was written: refuse to open, or open without it and tell in `stats`. */
  readonly damaged?: 'refuse' | 'skip'
}

/**
 * @throws HearthError `storage-failed` for a damaged segment, `conflict` when the collection holds vectors of another shape,
 * `over-limit` when it does not fit the memory granted
 */
export type OpenVectorIndex = (options: VectorIndexOptions) => Promise<VectorIndex>

/** Segments are numbered from here down; changes between two checkpoints from here up. */
export const FIRST_CHANGE_SEGMENT = 2 ** 32
export const LAST_SEGMENT = Number.MAX_SAFE_INTEGER

/** What deletes a whole collection. Its index must not be open. */
export function deletionOf(collection: string): Mutation {
  return { op: 'delete-range', store: 'vectors', from: [collection, 0], to: [collection, LAST_SEGMENT] }
}
