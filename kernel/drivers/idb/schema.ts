/**
 * The schema of the IndexedDB database, as steps from one version to the next. A step is history: once released it never
 * changes, so it names its stores itself instead of reading today's KEY_PATHS. To add a store or change a record's type,
 * append a step (and test it: test/contract/database-upgrade). The number of steps is the version.
 */

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
]
