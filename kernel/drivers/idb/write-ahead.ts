/**
 * A write-ahead log for journaled calls. A strict commit to three stores takes a third longer than one to a single store,
 * and every journaled call waits for one. So a call's record is stored alone, with the other writes of its commit inside
 * it (`ahead`); a checkpoint carries many calls' writes out at once, relaxed, before anybody reads them.
 *
 * Invariants:
 * 1. The database is the only truth: what waits is found by an index on `calls`, never in this object's memory.
 * 2. A checkpoint carries writes out in the order of their calls and takes `ahead` off their records, in one transaction:
 *    a crash before it leaves everything to the next one, a crash after it nothing.
 * 3. Nobody reads or writes a store for which writes wait: `settle` comes first.
 */
import type { Mutation } from '../../core/storage/database.ts'
import type { CallRecord, StoreName } from '../../core/storage/records.ts'
import { apply, REQUESTS_AT_ONCE, transact } from './transact.ts'

/** Index on `calls` of the records whose writes wait (schema.ts). */
export const AHEAD_INDEX = 'ahead'

/** Calls whose writes wait before a checkpoint is made: with 8 it already costs each of them little. */
const CHECKPOINT_CALLS = 32

/** Calls that may wait while checkpoints fail; then commits wait for one to succeed. */
const MOST_WAITING = 4 * CHECKPOINT_CALLS

/** Milliseconds of rest after which what waits is carried out: rest is when it holds up nobody. */
const CHECKPOINT_AFTER_MS = 100

interface Ahead {
  /** Order of the calls. */
  readonly seq: number
  readonly writes: readonly Mutation[]
}

type StoredCall = CallRecord & { readonly ahead?: Ahead }

/** Runs `work` on the open connection; rejects with what it rejects with. */
type Connected = (work: (database: IDBDatabase) => Promise<void>) => Promise<void>

export class WriteAheadLog {
  readonly #connected: Connected
  /** Stores of the calls that wait or are just being stored, and when each is stored; a hint for `settle`, not the truth. */
  readonly #waiting = new Map<number, { stores: ReadonlySet<StoreName>; stored: Promise<unknown> }>()
  #checkpointing: Promise<void> | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #nextSeq = 1

  constructor(connected: Connected) {
    this.#connected = connected
  }

  /**
   * Whether this commit can go through the log. What it writes besides the call's record must not be able to conflict, as
   * that would show only after the caller had been told that it happened.
   */
  static takes(batch: readonly Mutation[]): boolean {
    // A large one would be cloned in one go, twice.
    if (batch.length > REQUESTS_AT_ONCE) return false
    return batch.length > 1 && batch.filter(({ op }) => op === 'add').length === 1 && batch.some(isNewCall)
  }

  /** Commits a batch that `takes` accepted, strictly. Rejects with a DOMException, or `conflict` when the call's id is taken. */
  async commit(batch: readonly Mutation[]): Promise<void> {
    const record = batch.find(isNewCall)?.value
    if (!record) throw new TypeError('There is no new call in this batch.')
    if (this.#waiting.size >= MOST_WAITING) await this.checkpoint()
    const seq = this.#nextSeq++
    const writes = batch.filter((mutation) => !isNewCall(mutation))
    const stores = new Set<StoreName>(['calls', ...writes.map(({ store }) => store)])
    const stored = this.#connected((database) => add(database, { ...record, ahead: { seq, writes } }))
    this.#waiting.set(seq, { stores, stored })
    try {
      await stored
    } catch (error) {
      this.#waiting.delete(seq)
      throw error
    }
    this.#schedule()
  }

  /** Resolves when no write waits for any of these stores; at once, in the common case. */
  settle(stores: Iterable<StoreName>): Promise<void> | undefined {
    if (this.#waiting.size === 0) return undefined
    const wanted = [...stores]
    for (const entry of this.#waiting.values()) {
      if (wanted.some((store) => entry.stores.has(store))) return this.checkpoint()
    }
    return undefined
  }

  /** Carries out what waits. Rejects when that cannot be stored; it then still waits. */
  async checkpoint(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    // One under way may have begun before the last call was stored.
    await this.#checkpointing?.catch(() => {})
    this.#checkpointing ??= this.#carryOut().finally(() => (this.#checkpointing = null))
    await this.#checkpointing
  }

  /** Carries out what an earlier connection left; call it before anything else on a new one. */
  async recover(database: IDBDatabase): Promise<void> {
    const left = await waitingIn(database)
    if (left.length === 0) return
    this.#nextSeq = Math.max(this.#nextSeq, ...left.map(({ ahead }) => (ahead?.seq ?? 0) + 1))
    await carryOut(database, new Set(left.flatMap(({ ahead }) => ahead?.writes.map(({ store }) => store) ?? [])))
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    if (this.#waiting.size >= CHECKPOINT_CALLS) void this.checkpoint().catch(() => {})
    else this.#timer ??= setTimeout(() => void this.checkpoint().catch(() => {}), CHECKPOINT_AFTER_MS)
  }

  async #carryOut(): Promise<void> {
    const entries = [...this.#waiting]
    await Promise.allSettled(entries.map(([, { stored }]) => stored))
    const stores = new Set(entries.flatMap(([, entry]) => [...entry.stores]))
    if (entries.length > 0) await this.#connected((database) => carryOut(database, stores))
    for (const [seq] of entries) this.#waiting.delete(seq)
  }
}

/**
 * Inside an upgrade: carries out what waits before any step changes the shape of records, as its writes have the old one.
 * Resolves when the requests are made; the upgrade's transaction does the rest.
 */
export function carryOutBeforeUpgrade(transaction: IDBTransaction): Promise<void> {
  const { objectStoreNames } = transaction
  if (!objectStoreNames.contains('calls')) return Promise.resolve()
  const calls = transaction.objectStore('calls')
  if (!calls.indexNames.contains(AHEAD_INDEX)) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const reading = calls.index(AHEAD_INDEX).getAll() as IDBRequest<StoredCall[]>
    reading.onerror = () => reject(reading.error ?? new Error('calls could not be read'))
    reading.onsuccess = () => {
      carryOutEach(transaction, reading.result)
      resolve()
    }
  })
}

const isNewCall = (mutation: Mutation): mutation is Extract<Mutation, { op: 'add'; store: 'calls' }> =>
  mutation.op === 'add' && mutation.store === 'calls'

function add(database: IDBDatabase, record: StoredCall): Promise<void> {
  return transact(database, ['calls'], 'strict', (transaction, fail) => {
    apply(transaction, [{ op: 'add', store: 'calls', value: record }], fail)
    transaction.commit()
  })
}

function carryOut(database: IDBDatabase, stores: ReadonlySet<StoreName>): Promise<void> {
  return transact(database, new Set<StoreName>(['calls', ...stores]), 'relaxed', (transaction) => {
    const reading = transaction.objectStore('calls').index(AHEAD_INDEX).getAll() as IDBRequest<StoredCall[]>
    reading.onsuccess = () => {
      // A call that came meanwhile may write to stores that are not of this transaction; it and all after it wait on.
      const outside = reading.result.findIndex(({ ahead }) =>
        ahead?.writes.some(({ store }) => !transaction.objectStoreNames.contains(store)),
      )
      carryOutEach(transaction, outside < 0 ? reading.result : reading.result.slice(0, outside))
      transaction.commit()
    }
  })
}

/** @param calls in the order of their numbers, as the index gives them */
function carryOutEach(transaction: IDBTransaction, calls: readonly StoredCall[]): void {
  for (const { ahead, ...record } of calls) {
    apply(transaction, ahead?.writes ?? [], () => {})
    transaction.objectStore('calls').put(record)
  }
}

function waitingIn(database: IDBDatabase): Promise<StoredCall[]> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction('calls')
    const reading = transaction.objectStore('calls').index(AHEAD_INDEX).getAll() as IDBRequest<StoredCall[]>
    reading.onsuccess = () => resolve(reading.result)
    transaction.onabort = () => reject(transaction.error ?? new Error('calls could not be read'))
  })
}
