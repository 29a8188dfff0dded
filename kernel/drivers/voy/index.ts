/**
 * voy-search behind our interface, for those who want it and to measure against. It is exact; compared with drivers/vectors it
 * has no graph, no int8 and no inner product; the tree cannot be saved in reasonable size, so a start builds it again, in
 * one go; filters are evaluated after the search, which then asks for four times as many until enough match. All of this
 * holds up the thread, so it takes VOY_VECTORS vectors and no more.
 */
import { HearthError } from '../../abi/index.ts'
import { FIRST_CHANGE_SEGMENT } from '../../core/memory/vector-index.ts'
import type {
  OpenVectorIndex,
  PreparedChange,
  SegmentDamage,
  VectorAttributes,
  VectorChange,
  VectorEntry,
  VectorHit,
  VectorIndex,
  VectorIndexOptions,
  VectorSearch,
  VectorStats,
  VectorUpdate,
} from '../../core/memory/vector-index.ts'
import { VECTOR_DIMENSIONS, VECTORS_PER_CHANGE, VOY_VECTORS } from '../../core/memory/param.ts'
import type { VectorSegmentRecord } from '../../core/storage/records.ts'
import { checkChange, checkSearch, DEFAULT_ATTRIBUTES, problemOf, refuse } from '../vectors/check.ts'
import { damagedError, shapeOf } from '../vectors/segment.ts'
import { blockOfChange, createSegmentStorage } from '../vectors/storage.ts'
import type { SegmentStorage } from '../vectors/storage.ts'
import { crc32 } from './crc32.ts'
import { changesLength, readChanges, writeChanges } from './journal.ts'
import type { Changes, Row } from './journal.ts'
import { matches } from './matches.ts'
import { createTree } from './tree.ts'
import type { Tree } from './tree.ts'

/** Sets these segments apart from those of drivers/vectors. */
const VOY_SHAPE = 2 ** 18

/** Neighbours asked for beyond those wanted, because the tree's vectors are moved a little. */
const SPARE = 8

/** See OpenVectorIndex; `precision`, `memoryBytes` and `graphFrom` have no meaning here. */
export const openVoy: OpenVectorIndex = async (options) => {
  const { collection, dimensions, database } = options
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > VECTOR_DIMENSIONS) {
    throw refuse('dimensions', `is ${dimensions}; give a whole number from 1 to ${VECTOR_DIMENSIONS}`)
  }
  if (options.metric === 'dot') throw refuse('metric', 'is dot, which voy cannot search by; use the built-in index')
  const shape = shapeOf(dimensions, true, true) + VOY_SHAPE
  const storage = createSegmentStorage(database, collection, shape, crc32)
  const index = new VoyIndex(dimensions, storage, await createTree())
  await index.load(options, shape)
  return index
}

class VoyIndex implements VectorIndex {
  readonly dimensions: number
  readonly #storage: SegmentStorage
  readonly #tree: Tree
  readonly #rows = new Map<number, Row>()
  readonly #damage: SegmentDamage[] = []
  /** Segments of the last checkpoint, and of the changes applied since. */
  #rowSegments: number[] = []
  #changeSegments: number[] = []
  #nextRows = 1
  #nextChange = FIRST_CHANGE_SEGMENT
  /** Vectors that those changes are about. */
  #journaled = 0
  #disposed = false

  constructor(dimensions: number, storage: SegmentStorage, tree: Tree) {
    this.dimensions = dimensions
    this.#storage = storage
    this.#tree = tree
  }

  /** Once, before anything else. */
  async load({ damaged = 'refuse' }: VectorIndexOptions, shape: number): Promise<void> {
    const read = (kind: 'rows' | 'changes', record: VectorSegmentRecord): void => {
      const { segment } = record
      this.#storage.checkShape(record, shape)
      const payload = this.#storage.decode(kind, segment % FIRST_CHANGE_SEGMENT, record)
      if (payload !== null) this.#put(readChanges(payload, this.dimensions))
      else if (damaged === 'refuse') throw damagedError(this.#storage.collection, segment, kind)
      else this.#damage.push({ segment, what: kind, vectors: VECTORS_PER_CHANGE })
    }
    for (const record of await this.#storage.segments()) {
      read('rows', record)
      this.#rowSegments.push(record.segment)
      this.#nextRows = record.segment + 1
    }
    this.#journaled = 0
    for (const record of await this.#storage.changes()) {
      read('changes', record)
      this.#changeSegments.push(record.segment)
      this.#nextChange = record.segment + 1
    }
    this.#fill()
  }

  get size(): number {
    return this.#live().size
  }

  has(id: number): boolean {
    return this.#live().has(id)
  }

  attributes(id: number): VectorAttributes | undefined {
    return this.#live().get(id)?.attributes
  }

  async prepare(change: VectorChange): Promise<PreparedChange> {
    const changes = this.#check(change)
    const segment = this.#nextChange++
    const length = changesLength(changes, this.dimensions)
    const bytes = this.#storage.encode('changes', blockOfChange(segment), length, (payload) =>
      writeChanges(payload, changes),
    )
    return {
      writes: [this.#storage.put(segment, bytes)],
      apply: () => {
        if (this.#disposed) return
        this.#changeSegments.push(segment)
        this.#plant(changes)
      },
    }
  }

  async change(change: VectorChange): Promise<void> {
    const prepared = await this.prepare(change)
    await this.#storage.commit(prepared.writes, 'relaxed')
    prepared.apply()
  }

  add(entries: readonly VectorEntry[]): Promise<void> {
    return this.change({ add: entries })
  }

  update(updates: readonly VectorUpdate[]): Promise<void> {
    return this.change({ update: updates })
  }

  remove(ids: readonly number[]): Promise<void> {
    return this.change({ remove: ids })
  }

  async search(query: ArrayLike<number>, k: number, { filter, width }: VectorSearch = {}): Promise<VectorHit[]> {
    const rows = this.#live()
    checkSearch(k, filter, width)
    const unit = this.#unit(query, 'query')
    if (rows.size === 0) return []
    if (this.#tree.broken) this.#fill()
    for (let count = Math.min(rows.size, k + SPARE); ; count = Math.min(rows.size, count * 4)) {
      const hits: VectorHit[] = []
      for (const id of this.#tree.nearest(unit, count)) {
        const row = rows.get(id)
        if (row === undefined || (filter !== undefined && !matches(row.attributes, filter))) continue
        hits.push({ id, score: product(unit, row.vector) })
      }
      if (hits.length < k + SPARE && count < rows.size && (filter !== undefined || hits.length < k)) continue
      return hits.sort((left, right) => right.score - left.score).slice(0, k)
    }
  }

  /** Writes everything again, in one commit. */
  async save(signal?: AbortSignal): Promise<void> {
    const rows = [...this.#live().values()]
    signal?.throwIfAborted()
    if (this.#changeSegments.length === 0) return
    const applied = [...this.#changeSegments]
    const journaled = this.#journaled
    const writes = [...this.#rowSegments, ...applied].map((segment) => this.#storage.remove(segment))
    const fresh: number[] = []
    for (let start = 0; start < rows.length; start += VECTORS_PER_CHANGE) {
      const changes = { rows: rows.slice(start, start + VECTORS_PER_CHANGE), marks: [], removed: [] }
      const segment = this.#nextRows++
      const length = changesLength(changes, this.dimensions)
      const encode = (payload: Uint8Array): void => writeChanges(payload, changes)
      writes.push(this.#storage.put(segment, this.#storage.encode('rows', segment, length, encode)))
      fresh.push(segment)
    }
    await this.#storage.commit(writes, 'strict')
    this.#rowSegments = fresh
    this.#changeSegments = this.#changeSegments.filter((segment) => !applied.includes(segment))
    this.#journaled -= journaled
  }

  stats(): VectorStats {
    const vectors = this.#live().size
    return {
      vectors,
      linked: vectors,
      tombstones: 0,
      memoryBytes: this.#tree.memoryBytes + vectors * this.dimensions * 4,
      journaled: this.#journaled,
      damage: this.#damage,
      problem: null,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    this.#tree.free()
  }

  #live(): Map<number, Row> {
    if (!this.#disposed) return this.#rows
    throw new HearthError('cancelled', 'The vector index was closed. Nothing was lost; reload the page.', {
      by: 'kernel',
    })
  }

  #check(change: VectorChange): Changes {
    const live = this.#live()
    checkChange(change)
    const rows: Row[] = []
    const marks: Omit<Row, 'vector'>[] = []
    for (const [index, { id, vector, attributes }] of (change.add ?? []).entries()) {
      if (live.has(id)) {
        const message = `There is a vector ${id} already. Nothing was changed; update it instead.`
        throw new HearthError('conflict', message, { kind: 'vector', id: String(id) })
      }
      const unit = this.#unit(vector, `add.${index}.vector`)
      rows.push({ id, vector: unit, attributes: { ...DEFAULT_ATTRIBUTES, ...attributes } })
    }
    for (const [index, { id, vector, attributes }] of (change.update ?? []).entries()) {
      const before = live.get(id)
      if (before === undefined) {
        const message = `There is no vector ${id}. Nothing was changed; add it instead.`
        throw new HearthError('not-found', message, { kind: 'vector', id: String(id) })
      }
      const mark = { id, attributes: { ...before.attributes, ...attributes } }
      if (vector === undefined) marks.push(mark)
      else rows.push({ ...mark, vector: this.#unit(vector, `update.${index}.vector`) })
    }
    if (live.size + (change.add?.length ?? 0) > VOY_VECTORS) {
      const message = `The voy index takes ${VOY_VECTORS} vectors. Nothing was changed; use the built-in index for more.`
      throw new HearthError('over-limit', message, { limit: 'vectors', maximum: VOY_VECTORS, retryAfterMs: null })
    }
    return { rows, marks, removed: change.remove ?? [] }
  }

  #unit(vector: ArrayLike<number>, path: string): Float32Array {
    const problem = problemOf(vector, this.dimensions, true)
    if (problem !== null) throw refuse(path, problem)
    const unit = Float32Array.from(vector)
    const length = Math.sqrt(unit.reduce((sum, value) => sum + value * value, 0))
    return unit.map((value) => value / length)
  }

  #fill(): void {
    this.#tree.fill(Array.from(this.#rows.values(), ({ id, vector }) => [id, vector] as const))
  }

  /** Into the tree too. */
  #plant(changes: Changes): void {
    for (const id of [...changes.removed, ...changes.rows.map((row) => row.id)]) {
      const old = this.#rows.get(id)
      if (old !== undefined) this.#tree.remove(id, old.vector)
    }
    this.#put(changes)
    for (const { id, vector } of changes.rows) this.#tree.add(id, vector)
  }

  #put({ rows, marks, removed }: Changes): void {
    for (const row of rows) this.#rows.set(row.id, row)
    for (const { id, attributes } of marks) {
      const row = this.#rows.get(id)
      if (row !== undefined) this.#rows.set(id, { ...row, attributes })
    }
    for (const id of removed) this.#rows.delete(id)
    this.#journaled += rows.length + marks.length + removed.length
  }
}

function product(left: Float32Array, right: Float32Array): number {
  let sum = 0
  for (const [index, value] of left.entries()) sum += value * (right[index] ?? 0)
  return sum
}
