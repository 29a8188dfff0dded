/**
 * One set of vectors: what one embedder made of the memories. It knows which of them lack a vector, and what a change of
 * memories means for it. Who is current, and when that changes, is decided in collections.ts; filling it up in filler.ts.
 */
import { HearthError } from '../../abi/index.ts'
import type { EmbedderChoice } from '../../abi/index.ts'
import type { PreparedChange, VectorIndex, VectorUpdate, VectorEntry, OpenVectorIndex } from '../memory/vector-index.ts'
import { VECTORS_PER_CHANGE } from '../memory/param.ts'
import type { Clock } from '../platform.ts'
import type { Database, Mutation } from '../storage/database.ts'
import type { CollectionRecord } from '../storage/records.ts'
import type { EmbedderHost } from './embedder-host.ts'
import type { EmbeddingSource, VectorPut, VectorsChange } from './vectors.ts'
import { EMBEDDING_SCAN } from './param.ts'

export interface CollectionDeps {
  readonly database: Database
  readonly clock: Clock
  readonly vectorIndex: OpenVectorIndex
  /** Does what changes the record while nobody else does. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>
}

/** A change as this collection takes part in it. */
export interface Part {
  readonly writes: readonly Mutation[]
  apply(): void
}

export class Collection implements AsyncDisposable {
  record: CollectionRecord
  host: EmbedderHost
  /** Memories that have no vector here and are to get one. */
  readonly missing = new Set<number>()
  /** Those the embedder knows nothing about. */
  readonly unknown = new Set<number>()
  readonly #deps: CollectionDeps
  #index: VectorIndex | null = null
  #opening: Promise<VectorIndex> | null = null
  #closed = false

  constructor(record: CollectionRecord, host: EmbedderHost, deps: CollectionDeps) {
    this.record = record
    this.host = host
    this.#deps = deps
  }

  /** Null before anything was embedded. */
  get index(): VectorIndex | null {
    return this.#index
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Memories that it knows of. */
  get total(): number {
    return (this.#index?.size ?? 0) + this.missing.size + this.unknown.size
  }

  has(number: number): boolean {
    return this.#index?.has(number) === true || this.unknown.has(number)
  }

  /** Opens what is stored. @throws HearthError what opening threw. */
  async open(): Promise<void> {
    if (this.record.dimensions !== null) await this.#open(this.record.dimensions)
  }

  /** The index, made now that it is known how long its vectors are. @throws HearthError */
  async shape(dimensions: number): Promise<VectorIndex> {
    if (this.record.dimensions === null) {
      await this.#deps.exclusively(async () => {
        if (this.#closed) throw new HearthError('cancelled', 'Another embedder was chosen.', { by: 'kernel' })
        if (this.record.dimensions !== null) return
        const record = { ...this.record, dimensions }
        await this.#deps.database.commit([{ op: 'put', store: 'collections', value: record }], 'relaxed')
        this.record = record
      })
    }
    return this.#open(this.record.dimensions ?? dimensions)
  }

  /** The same embedder with what may be another key. */
  rekey(record: CollectionRecord, hostFor: (choice: EmbedderChoice) => EmbedderHost): void {
    const same = JSON.stringify(this.record.embedder) === JSON.stringify(record.embedder)
    this.record = record
    if (same) return
    void this.host[Symbol.asyncDispose]()
    this.host = hostFor(record.embedder)
  }

  /**
   * Notes every memory that has no vector here. In slices.
   * @returns numbers that have one and are no memory's, as when an archive brought other memories in their place
   */
  async scan(source: EmbeddingSource): Promise<number[]> {
    let looked = 0
    let present = 0
    let highest = -1
    for (const number of source.numbers()) {
      if (this.#closed) return []
      if (!this.has(number)) this.missing.add(number)
      else if (this.#index?.has(number)) present += 1
      highest = Math.max(highest, number)
      if (++looked % EMBEDDING_SCAN === 0) await this.#deps.clock.sleep(0)
    }
    const strays: number[] = []
    if ((this.#index?.size ?? 0) <= present) return strays
    // An index cannot be asked for its ids; numbers only grow, so these are all that there can be.
    for (let number = 0; number <= highest; number += 1) {
      if (this.#index?.has(number) && !source.entry(number)) strays.push(number)
      if (number % EMBEDDING_SCAN === 0) await this.#deps.clock.sleep(0)
    }
    return strays
  }

  /** Takes vectors out that are no memory's. */
  async remove(numbers: readonly number[]): Promise<void> {
    for (let at = 0; at < numbers.length; at += VECTORS_PER_CHANGE) {
      await this.#index?.remove(numbers.slice(at, at + VECTORS_PER_CHANGE))
    }
  }

  /**
   * What to write here for a change, and what is then true. New texts are embedded at once if the embedder can do that.
   * @throws HearthError when the index cannot take it
   */
  async prepare(change: VectorsChange): Promise<Part> {
    const fresh = change.put.filter(({ textChanged }) => textChanged)
    const vectors = await this.#embedNow(fresh)
    const index = this.#index
    const nothing = new Set(fresh.filter(({ number }) => vectors?.get(number) === null).map(({ number }) => number))
    const apply = () => this.note(change, nothing)
    if (!index) return { writes: [], apply }
    const add: VectorEntry[] = []
    const update: VectorUpdate[] = []
    const remove = change.remove.filter((number) => index.has(number))
    for (const { number, attributes, textChanged } of change.put) {
      const vector = textChanged ? vectors?.get(number) : undefined
      if (!index.has(number)) {
        if (vector) add.push({ id: number, vector, attributes })
      } else if (vector) update.push({ id: number, vector, attributes })
      else if (textChanged) remove.push(number)
      else update.push({ id: number, attributes })
    }
    const parts: PreparedChange[] = []
    for (const part of chunks({ add, update, remove })) parts.push(await index.prepare(part))
    return {
      writes: parts.flatMap(({ writes }) => writes),
      apply: () => {
        // Its vectors are to be deleted, or already are.
        if (this.#closed) return
        for (const part of parts) part.apply()
        apply()
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await this.host[Symbol.asyncDispose]()
    const index = this.#index ?? (await this.#opening?.catch(() => null)) ?? null
    this.#index = null
    await index?.[Symbol.asyncDispose]()
  }

  /** Null when the vectors have to follow. */
  async #embedNow(fresh: readonly VectorPut[]): Promise<Map<number, Float32Array | null> | null> {
    if (fresh.length === 0 || this.host.choice.kind !== 'built-in') return null
    try {
      const texts = fresh.map(({ text }) => text)
      const found = await this.host.embed(texts, 'document', this.record.dimensions, new AbortController().signal)
      const dimensions = found.find((vector) => vector !== null)?.length
      if (dimensions !== undefined) await this.shape(dimensions)
      return new Map(fresh.map(({ number }, at) => [number, found[at] ?? null]))
    } catch (error) {
      // Without the files of the built-in embedder a memory is found by the words it shares, and gets its vector once they are there.
      if (HearthError.is(error, 'storage-full') || HearthError.is(error, 'storage-failed')) throw error
      return null
    }
  }

  /** What is true once a change is committed. @param nothing those of whose texts the embedder knows nothing */
  note({ put, remove }: VectorsChange, nothing: ReadonlySet<number> = new Set()): void {
    for (const number of remove) {
      this.missing.delete(number)
      this.unknown.delete(number)
    }
    for (const { number, textChanged } of put) {
      if (textChanged) this.unknown.delete(number)
      if (nothing.has(number)) this.unknown.add(number)
      if (this.has(number)) this.missing.delete(number)
      else this.missing.add(number)
    }
  }

  #open(dimensions: number): Promise<VectorIndex> {
    const { database, clock, vectorIndex } = this.#deps
    this.#opening ??= vectorIndex({
      ...{ collection: this.record.name, dimensions, database, clock },
      // What a damaged segment held is embedded again.
      damaged: 'skip',
    }).then(
      async (index) => {
        if (this.#closed) await index[Symbol.asyncDispose]()
        else this.#index = index
        return index
      },
      (error: unknown) => {
        this.#opening = null
        throw error
      },
    )
    return this.#opening
  }
}

interface Lists {
  readonly add: readonly VectorEntry[]
  readonly update: readonly VectorUpdate[]
  readonly remove: readonly number[]
}

/** An index takes so many vectors in one change; each number is in one of the lists only. */
function* chunks({ add, update, remove }: Lists): Generator<Partial<Lists>> {
  const most = VECTORS_PER_CHANGE
  for (let at = 0; at < add.length; at += most) yield { add: add.slice(at, at + most) }
  for (let at = 0; at < update.length; at += most) yield { update: update.slice(at, at + most) }
  for (let at = 0; at < remove.length; at += most) yield { remove: remove.slice(at, at + most) }
}
