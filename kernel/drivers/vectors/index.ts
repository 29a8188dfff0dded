/**
 * Our own vector index: exact up to VECTOR_GRAPH_FROM vectors, beyond that a graph (HNSW), in WebAssembly with SIMD.
 *
 * It runs in the kernel's thread, not in a worker. A search takes well below a millisecond, less than a message to a worker
 * and back would; a lent worker dies with its tab, and tens of megabytes would have to move to the next one; a SharedWorker
 * can start none of its own. What takes longer than a few milliseconds is cut into slices (maintenance.ts, load.ts).
 */
import { HearthError } from '../../abi/index.ts'
import { abortable } from '../../core/engines/abortable.ts'
import { FIRST_CHANGE_SEGMENT } from '../../core/memory/vector-index.ts'
import type {
  OpenVectorIndex,
  PreparedChange,
  VectorAttributes,
  VectorChange,
  VectorEntry,
  VectorHit,
  VectorIndex,
  VectorSearch,
  VectorStats,
  VectorUpdate,
} from '../../core/memory/vector-index.ts'
import {
  VECTOR_DIMENSIONS,
  VECTOR_GRAPH_FROM,
  VECTOR_MEMORY_BYTES,
  VECTOR_SEARCH_WIDTH,
} from '../../core/memory/param.ts'
import { checkChange, checkSearch, NO_DIRECTION, NOT_FINITE, refuse, wrongLength } from './check.ts'
import type { Stored } from './checkpoint.ts'
import { writeFilter } from './filter.ts'
import { createInstance } from './instance.ts'
import type { Instance } from './instance.ts'
import { applyChanges, ATTRIBUTE_BYTES, countOf, readAttributes } from './journal.ts'
import { loadIndex } from './load.ts'
import type { Loaded } from './load.ts'
import { Maintenance } from './maintenance.ts'
import { shapeOf } from './segment.ts'
import { stageChange } from './stage.ts'
import { blockOfChange, createSegmentStorage } from './storage.ts'
import type { SegmentStorage } from './storage.ts'

/** See OpenVectorIndex. */
export const openVectors: OpenVectorIndex = async (options) => {
  const { collection, dimensions, database, clock, damaged = 'refuse' } = options
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > VECTOR_DIMENSIONS) {
    throw refuse('dimensions', `is ${dimensions}; give a whole number from 1 to ${VECTOR_DIMENSIONS}`)
  }
  const cosine = options.metric !== 'dot'
  const floats = options.precision === 'float32'
  const memoryBytes = options.memoryBytes ?? VECTOR_MEMORY_BYTES
  const instance = await createInstance({ dimensions, floats, cosine, memoryBytes })
  const shape = shapeOf(dimensions, cosine, floats)
  const checksum = (bytes: Uint8Array): bigint =>
    BigInt.asUintN(64, instance.call.checksum(instance.lend(bytes), bytes.length))
  const storage = createSegmentStorage(database, collection, shape, checksum)
  const loaded = await loadIndex({ instance, storage, shape, clock, damaged })
  const { manifest, changes, journaled, leftovers } = loaded
  const stored = { manifest, changes: [...changes], journaled, leftovers: [...leftovers], swept: false }
  const graphFrom = options.graphFrom ?? VECTOR_GRAPH_FROM
  const maintenance = new Maintenance({ instance, storage, stored, clock, graphFrom })
  maintenance.kick()
  return new HearthVectorIndex({ dimensions, instance, storage, stored, maintenance, loaded })
}

class HearthVectorIndex implements VectorIndex {
  readonly dimensions: number
  readonly #instance: Instance
  readonly #storage: SegmentStorage
  readonly #stored: Stored
  readonly #maintenance: Maintenance
  readonly #damage: Loaded['damage']
  #nextChange: number
  #disposed = false

  constructor(parts: {
    dimensions: number
    instance: Instance
    storage: SegmentStorage
    stored: Stored
    maintenance: Maintenance
    loaded: Loaded
  }) {
    this.dimensions = parts.dimensions
    this.#instance = parts.instance
    this.#storage = parts.storage
    this.#stored = parts.stored
    this.#maintenance = parts.maintenance
    this.#damage = parts.loaded.damage
    this.#nextChange = Math.max(FIRST_CHANGE_SEGMENT - 1, ...parts.loaded.changes) + 1
  }

  get size(): number {
    return this.#call().liveCount()
  }

  has(id: number): boolean {
    return this.#call().rowOfId(id) >= 0
  }

  attributes(id: number): VectorAttributes | undefined {
    const call = this.#call()
    const row = call.rowOfId(id)
    if (row < 0) return undefined
    const at = this.#instance.reserve(ATTRIBUTE_BYTES)
    call.getAttributes(row, at)
    return readAttributes(this.#instance.view(at, ATTRIBUTE_BYTES))
  }

  async prepare(change: VectorChange): Promise<PreparedChange> {
    this.#call()
    checkChange(change)
    const segment = this.#nextChange++
    const bytes = stageChange({
      change,
      instance: this.#instance,
      dimensions: this.dimensions,
      attributesOf: (id) => this.attributes(id),
      encode: (length, fill) => this.#storage.encode('changes', blockOfChange(segment), length, fill),
    })
    return {
      writes: [this.#storage.put(segment, bytes.segment)],
      apply: () => {
        // A kernel that is going down has it on disk all the same.
        if (this.#disposed) return
        applyChanges(this.#instance, bytes.payload)
        this.#stored.changes.push(segment)
        this.#stored.journaled += countOf(bytes.payload)
        if ((change.remove?.length ?? 0) > 0) this.#maintenance.removed()
        else this.#maintenance.kick()
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

  async search(query: ArrayLike<number>, k: number, search: VectorSearch = {}): Promise<VectorHit[]> {
    const call = this.#call()
    checkSearch(k, search.filter, search.width)
    if (query.length !== this.dimensions) throw refuse('query', wrongLength(query.length, this.dimensions))
    const input = this.#instance.bytes(call.queryAt(), this.dimensions * 4)
    new Float32Array(input.buffer, input.byteOffset, this.dimensions).set(query)
    const state = call.takeQuery()
    if (state !== 0) throw refuse('query', state === 1 ? NOT_FINITE : NO_DIRECTION)
    const filtered = writeFilter(this.#instance, search.filter)
    const count = call.search(k, search.width ?? VECTOR_SEARCH_WIDTH, filtered, search.exact === true)
    const found = this.#instance.view(call.foundAt(), count * 8)
    const hits: VectorHit[] = []
    for (let index = 0; index < count; index++) {
      hits.push({ id: found.getUint32(8 * index, true), score: found.getFloat32(8 * index + 4, true) })
    }
    return hits
  }

  async save(signal?: AbortSignal): Promise<void> {
    this.#call()
    signal?.throwIfAborted()
    const saved = this.#maintenance.save()
    await (signal === undefined ? saved : abortable(saved, signal))
  }

  stats(): VectorStats {
    const call = this.#call()
    const { tombstones, problem } = this.#maintenance
    return {
      vectors: call.liveCount(),
      linked: call.linkedCount() - tombstones,
      tombstones,
      memoryBytes: call.bytesUsed(),
      journaled: this.#stored.journaled,
      damage: this.#damage,
      problem,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true
    await this.#maintenance.stop()
  }

  #call(): Instance['call'] {
    if (!this.#disposed) return this.#instance.call
    throw new HearthError('cancelled', 'The vector index was closed. Nothing was lost; reload the page.', {
      by: 'kernel',
    })
  }
}
