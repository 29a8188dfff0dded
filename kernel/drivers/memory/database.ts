/**
 * The in-memory twin of drivers/idb, for Node and for tests: same key order, same batches applied whole or not at all, values
 * copied in and out. What it holds outlives a kernel for as long as the object does, which is how a restart is simulated.
 */
import { HearthError } from '../../abi/index.ts'
import type { Database, Mutation, Range } from '../../core/storage/database.ts'
import { compareKeys, keyOf } from '../../core/storage/keys.ts'
import { KEY_PATHS } from '../../core/storage/records.ts'
import type { Key, StoreName, StoreRecords } from '../../core/storage/records.ts'

interface Row {
  readonly key: Key
  readonly value: unknown
}

/** Rows in key order. A batch works on copies of the stores it touches, so that a failure leaves the old ones. */
type Rows = readonly Row[]

export function createMemoryDatabase(): Database {
  const stores = new Map<StoreName, Rows>((Object.keys(KEY_PATHS) as StoreName[]).map((name) => [name, []]))
  let closed = false

  const rowsOf = (store: StoreName): Rows => {
    if (closed) throw new HearthError('storage-failed', 'The database is closed.', { reason: 'closed' })
    return stores.get(store) ?? []
  }

  function within(store: StoreName, { from, to }: Range): Rows {
    const rows = rowsOf(store)
    const start = from === undefined ? 0 : place(rows, from, false)
    const end = to === undefined ? rows.length : place(rows, to, true)
    return rows.slice(start, Math.max(start, end))
  }

  return {
    async get(store, key) {
      const rows = rowsOf(store)
      const row = rows[place(rows, key, false)]
      return row !== undefined && compareKeys(row.key, key) === 0
        ? copy(row.value as StoreRecords[typeof store])
        : undefined
    },

    async list(store, range = {}) {
      let rows = within(store, range)
      if (range.reverse === true) rows = rows.toReversed()
      return rows.slice(0, range.limit).map((row) => copy(row.value as StoreRecords[typeof store]))
    },

    async count(store, range = {}) {
      return within(store, range).length
    },

    async commit(batch) {
      const changed = new Map<StoreName, Row[]>()
      for (const mutation of batch) {
        const rows = changed.get(mutation.store) ?? [...rowsOf(mutation.store)]
        changed.set(mutation.store, rows)
        apply(rows, mutation)
      }
      for (const [store, rows] of changed) stores.set(store, rows)
    },

    close() {
      closed = true
    },
  }
}

function apply(rows: Row[], mutation: Mutation): void {
  if (mutation.op === 'delete-range') {
    const start = place(rows, mutation.from, false)
    rows.splice(start, Math.max(0, place(rows, mutation.to, true) - start))
    return
  }
  const key = mutation.op === 'delete' ? mutation.key : keyOf(mutation.store, mutation.value)
  const at = place(rows, key, false)
  const found = rows[at]
  const exists = found !== undefined && compareKeys(found.key, key) === 0
  if (mutation.op === 'delete') {
    if (exists) rows.splice(at, 1)
    return
  }
  if (mutation.op === 'add' && exists) {
    const id = String(key)
    throw new HearthError('conflict', `There is a record ${id} in ${mutation.store} already.`, {
      kind: mutation.store,
      id,
    })
  }
  rows.splice(at, exists ? 1 : 0, { key: copy(key), value: copy(mutation.value) })
}

/** Index of the first row at or after `key`; after it, when `past`. */
function place(rows: Rows, key: Key, past: boolean): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const row = rows[middle]
    const order = row === undefined ? 0 : compareKeys(row.key, key)
    if (order < 0 || (past && order === 0)) low = middle + 1
    else high = middle
  }
  return low
}

/** As IndexedDB does: what cannot be cloned cannot be stored, and nobody shares an object with the store. */
function copy<T>(value: T): T {
  try {
    return structuredClone(value)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new HearthError('storage-failed', `A value could not be stored: ${reason}`, { reason }, { cause: error })
  }
}
