/**
 * A write-ahead log for journaled calls. Every journaled call waits for a strict commit, and one to three stores takes a
 * third longer than one of a single record. So a call's record and the other writes of its commit are stored as one record of
 * the log, a store without indexes or keys inside its records, which a browser would have to read back before it stores
 * them; a checkpoint carries many calls out at once, relaxed, before anybody reads what they change.
 *
 * Invariants:
 * 1. The database is the only truth: what waits is in the log's store, never in this object's memory alone.
 * 2. A checkpoint carries calls out in their order and takes them off the log, in one transaction: a crash before it leaves
 *    everything to the next one, a crash after it nothing.
 * 3. Nobody reads or writes a store for which writes wait: `settle` comes first.
 * 4. A call whose id may be on record does not go through the log: an `add` to `calls` decides whether it is new.
 */
import type { Mutation } from '../../core/storage/database.ts'
import type { CallRecord, StoreName } from '../../core/storage/records.ts'
import { SeenIds } from './seen-ids.ts'
import { apply, REQUESTS_AT_ONCE, transact } from './transact.ts'

/** Store of the log: keys count up, so that their order is the calls'. The driver's own, which the core does not know. */
export const LOG_STORE = 'ahead'

/** Until version 5 there was no log; writes waited inside the records of their calls, found by this index. */
export const CALLS_INDEX = 'ahead'

type WaitingInCall = CallRecord & { readonly ahead: { readonly writes: readonly Mutation[] } }

/** Calls whose writes wait before a checkpoint is made: with 8 it already costs each of them little. */
const CHECKPOINT_CALLS = 32

/** Calls that may wait while checkpoints fail; those after them wait for one to succeed. */
const MOST_WAITING = 4 * CHECKPOINT_CALLS

/** Milliseconds of rest after which what waits is carried out: rest is when it holds up nobody. */
const CHECKPOINT_AFTER_MS = 100

/** A journaled call whose writes wait. */
interface Waiting {
  readonly call: CallRecord
  readonly writes: readonly Mutation[]
}

/** Runs `work` on the open connection; rejects with what it rejects with. */
type Connected = (work: (database: IDBDatabase) => Promise<void>) => Promise<void>

export class WriteAheadLog {
  readonly #connected: Connected
  /** Stores of the calls that wait or are just being stored, and when each is stored; a hint for `settle`, not the truth. */
  readonly #waiting = new Map<number, { stores: ReadonlySet<StoreName>; stored: Promise<unknown> }>()
  #checkpointing: Promise<void> | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #count = 0
  /** Ids of calls that are or were on record. */
  readonly #seen = new SeenIds()

  constructor(connected: Connected) {
    this.#connected = connected
  }

  /**
   * Whether this strict commit can go through the log; ask once for each. What it writes besides the call's record must not
   * be able to conflict, as that would show only after the caller had been told that it happened, and nor must the record.
   */
  takes(batch: readonly Mutation[]): boolean {
    const call = batch.find(isNewCall)?.value
    if (!call || this.#seen.add(call.id)) return false
    // A large one would be cloned in one go, twice.
    if (batch.length > REQUESTS_AT_ONCE || this.#waiting.size >= MOST_WAITING) return false
    return batch.length > 1 && batch.filter(({ op }) => op === 'add').length === 1
  }

  /** Commits a batch that `takes` accepted, strictly. Rejects with a DOMException. */
  async commit(batch: readonly Mutation[]): Promise<void> {
    const call = batch.find(isNewCall)?.value
    if (!call) throw new TypeError('There is no new call in this batch.')
    const number = this.#count++
    const writes = batch.filter((mutation) => !isNewCall(mutation))
    const stores = new Set<StoreName>(['calls', ...writes.map(({ store }) => store)])
    const stored = this.#connected((database) => append(database, { call, writes }))
    this.#waiting.set(number, { stores, stored })
    try {
      await stored
    } catch (error) {
      this.#waiting.delete(number)
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

  /** Carries out what an earlier connection left, and reads which calls are on record; call it before anything else on a new one. */
  async recover(database: IDBDatabase): Promise<void> {
    // Opened as an earlier version of itself, which has no log, and which nobody but a test does.
    if (!database.objectStoreNames.contains(LOG_STORE)) return
    const transaction = database.transaction([LOG_STORE, 'calls'])
    const [left, ids] = await Promise.all([
      answerOf(transaction.objectStore(LOG_STORE).getAll() as IDBRequest<Waiting[]>),
      answerOf(transaction.objectStore('calls').getAllKeys() as IDBRequest<string[]>),
    ])
    for (const id of [...ids, ...left.map(({ call }) => call.id)]) this.#seen.add(id)
    if (left.length === 0) return
    await carryOut(database, new Set(left.flatMap(({ writes }) => writes.map(({ store }) => store))))
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
    for (const [number] of entries) this.#waiting.delete(number)
  }
}

/**
 * Inside an upgrade: carries out what waits before any step changes the shape of records, as its writes have the old one.
 * Resolves when the requests are made; the upgrade's transaction does the rest.
 */
export async function carryOutBeforeUpgrade(transaction: IDBTransaction): Promise<void> {
  if (!transaction.objectStoreNames.contains('calls')) return
  const calls = transaction.objectStore('calls')
  if (calls.indexNames.contains(CALLS_INDEX)) {
    const found = await answerOf(calls.index(CALLS_INDEX).getAll() as IDBRequest<WaitingInCall[]>)
    carryOutEach(
      transaction,
      found.map(({ ahead, ...call }) => ({ call, writes: ahead.writes })),
    )
  }
  if (transaction.objectStoreNames.contains(LOG_STORE)) {
    const log = transaction.objectStore(LOG_STORE)
    carryOutEach(transaction, await answerOf(log.getAll() as IDBRequest<Waiting[]>))
    log.clear()
  }
}

const isNewCall = (mutation: Mutation): mutation is Extract<Mutation, { op: 'add'; store: 'calls' }> =>
  mutation.op === 'add' && mutation.store === 'calls'

function append(database: IDBDatabase, waiting: Waiting): Promise<void> {
  return transact(database, [LOG_STORE], 'strict', (transaction) => {
    transaction.objectStore(LOG_STORE).add(waiting)
    transaction.commit()
  })
}

function carryOut(database: IDBDatabase, stores: ReadonlySet<StoreName>): Promise<void> {
  return transact(database, new Set([LOG_STORE, 'calls', ...stores]), 'relaxed', (transaction) => {
    const log = transaction.objectStore(LOG_STORE)
    const keys = log.getAllKeys()
    const reading = log.getAll() as IDBRequest<Waiting[]>
    reading.onsuccess = () => {
      // A call that came meanwhile may write to stores that are not of this transaction; it and all after it wait on.
      const outside = reading.result.findIndex(({ writes }) =>
        writes.some(({ store }) => !transaction.objectStoreNames.contains(store)),
      )
      const calls = outside < 0 ? reading.result : reading.result.slice(0, outside)
      carryOutEach(transaction, calls)
      const last = keys.result[calls.length - 1]
      if (last !== undefined) log.delete(IDBKeyRange.upperBound(last))
      transaction.commit()
    }
  })
}

/** @param calls in their order, as the log gives them */
function carryOutEach(transaction: IDBTransaction, calls: readonly Waiting[]): void {
  for (const { call, writes } of calls) {
    apply(transaction, [...writes, { op: 'put', store: 'calls', value: call }], () => {})
  }
}

function answerOf<T>(reading: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    reading.onsuccess = () => resolve(reading.result)
    reading.onerror = () => reject(reading.error ?? new Error('the store could not be read'))
  })
}
