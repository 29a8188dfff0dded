/**
 * The schema of the IndexedDB database, as steps from one version to the next. A step is history: once released it never
 * changes, so it names its stores itself instead of reading today's KEY_PATHS. To add a store or change a record's type,
 * append a step (and test it: test/contract/database-upgrade). The number of steps is the version.
 */
import { CALLS_INDEX, LOG_STORE } from './write-ahead.ts'

/** Runs inside the upgrade's transaction; may read and rewrite records, but await nothing else. */
export type UpgradeStep = (database: IDBDatabase, transaction: IDBTransaction) => void | Promise<void>

export const UPGRADES: readonly UpgradeStep[] = [
  // 1: the first release.
  (database) => {
    database.createObjectStore('meta', { keyPath: 'name' })
    database.createObjectStore('calls', { keyPath: 'id' })
    database.createObjectStore('agents', { keyPath: 'id' })
    database.createObjectStore('turns', { keyPath: ['agent', 'index'] })
    database.createObjectStore('runs', { keyPath: 'id' })
    database.createObjectStore('journal', { keyPath: ['run', 'seq'] })
    database.createObjectStore('memories', { keyPath: 'id' })
    database.createObjectStore('models', { keyPath: 'id' })
    database.createObjectStore('audit', { keyPath: 'seq' })
  },
  // 2: scheduling, budgets and pages. What was stored before gets the defaults of its time.
  async (database, transaction) => {
    database.createObjectStore('pages', { keyPath: ['agent', 'from'] })
    database.createObjectStore('spending', { keyPath: 'account' })
    database.createObjectStore('calibrations', { keyPath: 'model' })
    // Records without the field are not in it: it holds only calls whose writes wait (write-ahead.ts).
    transaction.objectStore('calls').createIndex(CALLS_INDEX, 'ahead.seq')
    const scheduled = { class: 'normal', weight: 1 }
    await addFields(transaction, 'agents', { ...scheduled, budget: null, paused: false })
    await addFields(transaction, 'runs', { ...scheduled, spent: { tokens: 0, seconds: 0, calls: 0 } })
  },
  // 3: vector indexes.
  (database) => {
    database.createObjectStore('vectors', { keyPath: ['collection', 'segment'] })
  },
  // 4: memories of four kinds, with versions; files. What was remembered before were facts.
  async (database, transaction) => {
    database.createObjectStore('shared', { keyPath: ['scope', 'id'] })
    database.createObjectStore('versions', { keyPath: ['record', 'version'] })
    database.createObjectStore('collections', { keyPath: 'name' })
    database.createObjectStore('files', { keyPath: ['space', 'path'] })
    database.createObjectStore('fileVersions', { keyPath: ['space', 'path', 'version'] })
    database.createObjectStore('fileBlobs', { keyPath: ['space', 'hash'] })
    database.createObjectStore('fileSpaces', { keyPath: 'space' })
    database.createObjectStore('staging', { keyPath: 'seq' })
    await addFields(transaction, 'pages', { experience: null, standing: [], released: false, digest: null })
    let number = 0
    await rewrite<{ createdAt: number }>(transaction, 'memories', (memory) => ({
      ...{ kind: 'fact', scope: '', validFrom: memory.createdAt, validUntil: null, links: [], version: 1 },
      ...{ updatedAt: memory.createdAt, uses: 0, usedAt: null, number: (number += 1) },
      ...memory,
    }))
  },
  // 5: the write-ahead log, for calls whose writes wait; what waited before was carried out before the first step.
  (database, transaction) => {
    database.createObjectStore(LOG_STORE, { autoIncrement: true })
    transaction.objectStore('calls').deleteIndex(CALLS_INDEX)
  },
]

/** Adds fields to every record of a store that lacks them. */
function addFields(transaction: IDBTransaction, store: string, fields: object): Promise<void> {
  return rewrite<object>(transaction, store, (record) => ({ ...fields, ...record }))
}

function rewrite<R>(transaction: IDBTransaction, store: string, change: (record: R) => object): Promise<void> {
  return new Promise((resolve, reject) => {
    const reading = transaction.objectStore(store).openCursor()
    reading.onerror = () => reject(reading.error ?? new Error(`${store} could not be read`))
    reading.onsuccess = () => {
      const cursor = reading.result
      if (cursor === null) return void resolve()
      cursor.update(change(cursor.value as R))
      cursor.continue()
    }
  })
}
