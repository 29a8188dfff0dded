/**
 * Gives the memories of one collection the vectors they lack, in the background: batch by batch, after answers that are being
 * written, and again after whatever can pass (no tab, no network, a server that is down). What is committed stays, so that it
 * goes on where it was after a restart.
 */
import { HearthError } from '../../abi/index.ts'
import type { VectorEntry } from '../memory/vector-index.ts'
import type { Clock } from '../platform.ts'
import type { Database } from '../storage/database.ts'
import { isOtherDimensions } from './checked.ts'
import type { Collection } from './collection.ts'
import type { Holds } from './holds.ts'
import type { HoldUp } from './models.ts'
import * as param from './param.ts'
import type { EmbeddingSource } from './vectors.ts'

export interface FillerDeps {
  readonly database: Database
  readonly clock: Clock
  readonly source: EmbeddingSource
  readonly holds: Holds
  readonly holdUp: () => HoldUp | null
  readonly onProgress: () => void
  /** Whether its embedder has to be seen to work before it counts as full. */
  readonly unproven: () => boolean
  /** All has a vector. */
  readonly onFull: () => Promise<void>
}

export interface FillState {
  readonly state: 'idle' | 'embedding' | 'waiting' | 'failed'
  /** Why it waits or failed, for a person. */
  readonly reason: string | null
}

interface Taken {
  readonly number: number
  readonly text: string
}

export class Filler implements Disposable {
  readonly #collection: Collection
  readonly #deps: FillerDeps
  readonly #life = new AbortController()
  #state: FillState = { state: 'idle', reason: null }
  #wake = (): void => {}
  #poked = false
  #failures = 0
  /** Texts refused one after the other, each by itself. */
  #refused = 0
  #alone = false
  /** Whether its embedder was seen to work without giving a vector. */
  #proven = false

  constructor(collection: Collection, deps: FillerDeps) {
    this.#collection = collection
    this.#deps = deps
    void this.#run()
  }

  get state(): FillState {
    const { waiting } = this.#collection.host
    return this.#state.state === 'embedding' && waiting !== null ? { state: 'waiting', reason: waiting } : this.#state
  }

  /** Something may have changed: there is more to embed, or what it waited for is there. */
  poke(): void {
    this.#poked = true
    this.#wake()
  }

  /** After a failure that a person has done something about. */
  retry(): void {
    if (this.#state.state === 'failed') this.#tell('waiting', this.#state.reason)
    this.poke()
  }

  [Symbol.dispose](): void {
    this.#life.abort(new HearthError('cancelled', 'The embedder is not used any more.', { by: 'kernel' }))
    this.#wake()
  }

  async #run(): Promise<void> {
    const { signal } = this.#life
    while (!signal.aborted) {
      try {
        if (this.#state.state === 'failed') await this.#sleep(null)
        else if (await this.#step()) await this.#sleep(null)
      } catch (caught) {
        if (!this.#over()) await this.#sleep(this.#note(caught))
      }
    }
  }

  #over(): boolean {
    return this.#life.signal.aborted
  }

  /** One batch. True when nothing is left to do. */
  async #step(): Promise<boolean> {
    const { clock, onFull, unproven } = this.#deps
    const { host, missing, record } = this.#collection
    const { signal } = this.#life
    if (missing.size === 0 && (record.dimensions !== null || this.#proven || !unproven())) {
      this.#tell('idle', null)
      await onFull()
      return true
    }
    await this.#giveWay()
    // Nothing to embed yet: whether it can be used is known all the same before it becomes the current one.
    if (missing.size === 0) {
      await this.#probe()
      return false
    }
    this.#tell('embedding', null)
    const { batch } = await host.ready(signal)
    const taken = this.#take(this.#alone ? 1 : batch)
    if (taken.length === 0) return true
    const texts = taken.map(({ text }) => text)
    try {
      const vectors = await host.embed(texts, 'document', this.#collection.record.dimensions, signal)
      await this.#store(taken, vectors)
      this.#failures = this.#refused = 0
      this.#alone = false
    } catch (error) {
      if (!isRefusal(error)) throw error
      // Some text in it cannot be embedded: found by taking them one by one, and then left out.
      if (taken.length === 1 && (this.#refused += 1) >= param.EMBEDDING_REFUSALS) throw error
      if (taken.length === 1) this.#skip(taken)
      this.#alone = taken.length > 1 || this.#refused > 0
    }
    await clock.sleep(0, signal)
    return false
  }

  /** Answers go first, but not for ever: then one batch comes in between. */
  async #giveWay(): Promise<void> {
    const { clock, holdUp } = this.#deps
    const inTheWay = (waited: number): HoldUp | null => {
      const held = holdUp()
      return held?.by === 'answers' && waited >= param.EMBEDDING_PATIENCE_MS ? null : held
    }
    for (let waited = 0, held = inTheWay(0); held !== null; held = inTheWay((waited += param.EMBEDDING_YIELD_MS))) {
      this.#tell('waiting', held.reason)
      await clock.sleep(param.EMBEDDING_YIELD_MS, this.#life.signal)
    }
  }

  /** One that works may know nothing about this word, as the built-in one knows only those of its file. */
  async #probe(): Promise<void> {
    this.#tell('embedding', null)
    const [vector] = await this.#collection.host.embed(['hello'], 'document', null, this.#life.signal)
    if (vector) await this.#collection.shape(vector.length)
    this.#proven = true
  }

  /** Texts that nobody is changing, oldest first; what is gone is struck off. */
  #take(batch: number): Taken[] {
    const { missing } = this.#collection
    const taken: Taken[] = []
    for (const number of missing) {
      if (this.#deps.holds.has(number)) continue
      const entry = this.#deps.source.entry(number)
      if (entry) taken.push({ number, text: entry.text })
      else missing.delete(number)
      if (taken.length >= batch) break
    }
    return taken
  }

  async #store(taken: readonly Taken[], vectors: readonly (Float32Array | null)[]): Promise<void> {
    const { holds, source, database, onProgress } = this.#deps
    const { missing, unknown } = this.#collection
    const dimensions = vectors.find((vector) => vector !== null)?.length
    const index = dimensions === undefined ? this.#collection.index : await this.#collection.shape(dimensions)
    const add: VectorEntry[] = []
    // From here to the commit nothing may come in between, or a vector of an older text could be stored.
    for (const [at, { number, text }] of taken.entries()) {
      const entry = source.entry(number)
      if (!missing.has(number) || holds.has(number) || entry?.text !== text) continue
      const vector = vectors[at]
      if (vector && !index?.has(number)) add.push({ id: number, vector, attributes: entry.attributes })
      else {
        missing.delete(number)
        if (!vector) unknown.add(number)
      }
    }
    if (index && add.length > 0) {
      const numbers = add.map(({ id }) => id)
      await holds.fill(numbers, async () => {
        const prepared = await index.prepare({ add })
        await database.commit(prepared.writes, 'relaxed')
        prepared.apply()
        for (const number of numbers) missing.delete(number)
      })
    }
    onProgress()
  }

  #skip(taken: readonly Taken[]): void {
    for (const { number } of taken) {
      this.#collection.missing.delete(number)
      this.#collection.unknown.add(number)
    }
  }

  /** What a failure means, and how long to wait after it; null until somebody does something about it. */
  #note(caught: unknown): number | null {
    const error = caught instanceof HearthError ? (caught as HearthError) : null
    const reason = error?.message ?? `Embedding failed: ${caught instanceof Error ? caught.message : String(caught)}`
    if (!passes(error)) {
      this.#tell('failed', reason)
      return null
    }
    this.#tell('waiting', reason)
    return Math.min(param.EMBEDDING_RETRY_MOST_MS, param.EMBEDDING_RETRY_MS * 2 ** this.#failures++)
  }

  #tell(state: FillState['state'], reason: string | null): void {
    if (this.#state.state === state && this.#state.reason === reason) return
    this.#state = { state, reason }
    this.#deps.onProgress()
  }

  /** Until it is poked, at most for `ms`. */
  async #sleep(ms: number | null): Promise<void> {
    const { signal } = this.#life
    if (!this.#poked && !signal.aborted) {
      const enough = new AbortController()
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        if (ms !== null) this.#deps.clock.sleep(ms, enough.signal).then(resolve, resolve)
      })
      enough.abort()
      this.#wake = () => {}
    }
    this.#poked = false
  }
}

/** Failures that pass by themselves, or with a tab, a network or a server that comes back. */
function passes(error: HearthError | null): boolean {
  if (error === null) return false
  if (HearthError.is(error, 'engine-failed')) {
    const { status } = error.data
    if (isOtherDimensions(error)) return false
    return status === 408 || status === 429 || (status !== null && status >= 500)
  }
  const codes = ['engine-lost', 'no-lender', 'download-failed', 'out-of-memory', 'storage-full', 'storage-failed']
  return [...codes, 'timeout', 'over-limit'].includes(error.code)
}

/** The engine works and does not take this text. */
function isRefusal(error: unknown): boolean {
  if (HearthError.is(error, 'context-overflow')) return true
  return HearthError.is(error, 'engine-failed') && [400, 413, 422].includes(error.data.status ?? 0)
}
