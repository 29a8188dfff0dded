/**
 * Storage on IndexedDB, through `idb`. One database per origin, one connection, reopened when the browser closes it. The
 * in-memory twin is drivers/memory/database.ts; both pass test/contract/database.
 */
import { openDB, unwrap } from 'idb'
import type { IDBPDatabase } from 'idb'
import { HearthError } from '../../abi/index.ts'
import type { Database, Durability, Mutation, Range } from '../../core/storage/database.ts'
import type { Key, StoreName, StoreRecords } from '../../core/storage/records.ts'
import { noIndexedDb, storageError } from './errors.ts'
import { UPGRADES } from './schema.ts'
import type { UpgradeStep } from './schema.ts'
import { applyInSlices, transact } from './transact.ts'
import { Turnstile } from './turnstile.ts'
import { carryOutBeforeUpgrade, WriteAheadLog } from './write-ahead.ts'

/**
 * Opens the database, upgrading it where it is of an older version.
 * @throws HearthError `unsupported` without IndexedDB; `storage-failed`, `storage-full`.
 */
export async function openIdbDatabase(name: string, upgrades: readonly UpgradeStep[] = UPGRADES): Promise<Database> {
  const database = new IdbDatabase(name, upgrades)
  await database.open()
  return database
}

/** Transactions under way at once. Of thousands each took Chromium longer the more there were. */
const TRANSACTIONS_AT_ONCE = 64

class IdbDatabase implements Database {
  readonly #name: string
  readonly #upgrades: readonly UpgradeStep[]
  /** Undefined while there is no connection. */
  #connection: IDBPDatabase | undefined
  #opening: Promise<IDBPDatabase> | undefined
  #closed = false
  readonly #turnstile = new Turnstile(TRANSACTIONS_AT_ONCE)
  readonly #log = new WriteAheadLog((work) => this.#onConnection((database) => work(unwrap(database))))

  constructor(name: string, upgrades: readonly UpgradeStep[]) {
    this.#name = name
    this.#upgrades = upgrades
  }

  async get<S extends StoreName>(store: S, key: Key): Promise<StoreRecords[S] | undefined> {
    return this.#use(
      [store],
      (database) => database.get(store, key as IDBValidKey) as Promise<StoreRecords[S] | undefined>,
    )
  }

  async list<S extends StoreName>(store: S, range: Range = {}): Promise<StoreRecords[S][]> {
    const { limit, reverse } = range
    if (limit === 0) return []
    return this.#use([store], async (database) => {
      if (reverse !== true) return (await database.getAll(store, keyRange(range), limit)) as StoreRecords[S][]
      const found: StoreRecords[S][] = []
      let cursor = await database.transaction(store).store.openCursor(keyRange(range), 'prev')
      while (cursor !== null && found.length < (limit ?? Infinity)) {
        found.push(cursor.value as StoreRecords[S])
        cursor = await cursor.continue()
      }
      return found
    })
  }

  async count(store: StoreName, range: Range = {}): Promise<number> {
    return this.#use([store], (database) => database.count(store, keyRange(range)))
  }

  async commit(batch: readonly Mutation[], durability: Durability): Promise<void> {
    if (batch.length === 0) return
    if (durability === 'strict' && this.#log.takes(batch)) {
      await this.#log.commit(batch).catch(async (error: unknown) => Promise.reject(await storageError(error)))
      return
    }
    const stores = new Set(batch.map(({ store }) => store))
    await this.#use(stores, (database) =>
      transact(unwrap(database), stores, durability, (transaction, fail) => applyInSlices(transaction, batch, fail)),
    )
  }

  /** What waits in the log is carried out by the next who opens it. */
  close(): void {
    this.#closed = true
    this.#log.stop()
    this.#connection?.close()
    this.#connection = undefined
  }

  open(): Promise<IDBPDatabase> {
    this.#opening ??= this.#connect().finally(() => (this.#opening = undefined))
    return this.#opening
  }

  async #connect(): Promise<IDBPDatabase> {
    if (this.#closed) throw new HearthError('storage-failed', 'The database is closed.', { reason: 'closed' })
    if (!('indexedDB' in globalThis)) throw noIndexedDb()
    const drop = (): void => {
      this.#connection?.close()
      this.#connection = undefined
    }
    let failure: unknown
    try {
      const connection = await openDB(this.#name, this.#upgrades.length, {
        upgrade: (database, from, _to, transaction) => {
          transaction.done.catch(() => {})
          upgrade(unwrap(database), unwrap(transaction), this.#upgrades.slice(from)).catch((error: unknown) => {
            // Nothing else would undo what the steps before it did.
            failure = error
            transaction.abort()
          })
        },
        // Another context wants a newer version, or wants it deleted: it goes first, the next use opens again.
        blocking: drop,
        // The browser closed it: the user cleared the site's data, or the disk failed.
        terminated: drop,
      })
      await this.#log.recover(unwrap(connection))
      return this.#adopt(connection)
    } catch (error) {
      // Firefox's private windows have the object and refuse its use.
      if (error instanceof DOMException && error.name === 'SecurityError') throw noIndexedDb(error)
      throw await storageError(failure ?? error)
    }
  }

  /** Unless `close` came while it was being opened. */
  #adopt(connection: IDBPDatabase): IDBPDatabase {
    if (this.#closed) connection.close()
    else this.#connection = connection
    return connection
  }

  /** Runs `work` once nothing waits for its stores. */
  async #use<T>(stores: Iterable<StoreName>, work: (database: IDBPDatabase) => Promise<T>): Promise<T> {
    try {
      await this.#log.settle(stores)
      return await this.#onConnection(work)
    } catch (error) {
      throw await storageError(error)
    }
  }

  /** Runs `work`, which must not wait for another transaction, when it is its turn. */
  async #onConnection<T>(work: (database: IDBPDatabase) => Promise<T>): Promise<T> {
    const turn = this.#turnstile.enter()
    if (turn) await turn
    try {
      return await this.#connected(work)
    } finally {
      this.#turnstile.leave()
    }
  }

  /** Runs `work` on the connection; once more on a new one when it was closed underneath. */
  async #connected<T>(work: (database: IDBPDatabase) => Promise<T>): Promise<T> {
    try {
      return await work(this.#connection ?? (await this.open()))
    } catch (error) {
      if (!isClosedUnderneath(error) || this.#closed) throw error
    }
    this.#connection = undefined
    return work(await this.open())
  }
}

async function upgrade(
  database: IDBDatabase,
  transaction: IDBTransaction,
  steps: readonly UpgradeStep[],
): Promise<void> {
  await carryOutBeforeUpgrade(transaction)
  for (const step of steps) await step(database, transaction)
}

function keyRange({ from, to }: Range): IDBKeyRange | undefined {
  if (from === undefined) return to === undefined ? undefined : IDBKeyRange.upperBound(to)
  return to === undefined ? IDBKeyRange.lowerBound(from) : IDBKeyRange.bound(from, to)
}

/** Only a transaction that could not even begin is safe to try again. */
function isClosedUnderneath(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'InvalidStateError'
}
