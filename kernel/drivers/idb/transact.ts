/** One read-write transaction of IndexedDB, and mutations as its requests. */
import { HearthError } from '../../abi/index.ts'
import type { Durability, Mutation } from '../../core/storage/database.ts'
import { compareKeys, keyOf } from '../../core/storage/keys.ts'

/**
 * Without `idb`'s wrapping of each request: a batch needs one promise, not one a record, and this is the path of every
 * journaled call. `work` makes the requests and calls `commit()`, which saves waiting for the last one's event.
 * @throws what `work` threw or gave to `fail`, or the DOMException that aborted the transaction
 */
export function transact(
  database: IDBDatabase,
  stores: Iterable<string>,
  durability: Durability,
  work: (transaction: IDBTransaction, fail: (error: Error) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction([...stores], 'readwrite', { durability })
    let failure: unknown
    transaction.oncomplete = () => resolve()
    transaction.onabort = () =>
      reject(failure instanceof Error ? failure : (transaction.error ?? new Error('the transaction was aborted')))
    try {
      work(transaction, (error) => (failure ??= error))
    } catch (error) {
      failure = error
      transaction.abort()
    }
  })
}

/** Requests made in one go: cloning so many records takes some milliseconds. */
export const REQUESTS_AT_ONCE = 256

/**
 * @param onConflict an `add` found its key taken: its transaction aborts
 * @returns the last request
 * @throws DOMException when a value cannot be cloned or a key is none
 */
export function apply(
  transaction: IDBTransaction,
  batch: readonly Mutation[],
  onConflict: (error: HearthError<'conflict'>) => void,
): IDBRequest | undefined {
  let last: IDBRequest | undefined
  for (const mutation of batch) {
    const store = transaction.objectStore(mutation.store)
    if (mutation.op === 'put') last = store.put(mutation.value)
    else if (mutation.op === 'delete') last = store.delete(mutation.key as IDBValidKey)
    else if (mutation.op === 'delete-range') {
      // IndexedDB throws for a range that ends before it begins, and in the write-ahead log it would throw for ever.
      const empty = compareKeys(mutation.from, mutation.to) > 0
      if (!empty) last = store.delete(IDBKeyRange.bound(mutation.from, mutation.to))
    } else {
      last = store.add(mutation.value)
      // An error nobody prevents aborts the transaction, which is what is wanted.
      last.onerror = (event) => {
        if ((event.target as IDBRequest).error?.name === 'ConstraintError') onConflict(conflict(mutation))
      }
    }
  }
  return last
}

/** The same in slices, between which the thread does other things, and then commits. One transaction nevertheless. */
export function applyInSlices(
  transaction: IDBTransaction,
  batch: readonly Mutation[],
  fail: (error: Error) => void,
  from = 0,
): void {
  const to = from + REQUESTS_AT_ONCE
  const last = apply(transaction, batch.slice(from, to), fail)
  if (to >= batch.length) return void transaction.commit()
  // A slice of nothing but empty ranges makes no request to wait for.
  if (!last) return void applyInSlices(transaction, batch, fail, to)
  last.onsuccess = () => {
    try {
      applyInSlices(transaction, batch, fail, to)
    } catch (error) {
      if (error instanceof Error) fail(error)
      transaction.abort()
    }
  }
}

function conflict(mutation: Extract<Mutation, { op: 'add' }>): HearthError<'conflict'> {
  const id = String(keyOf(mutation.store, mutation.value))
  return new HearthError('conflict', `There is a record ${id} in ${mutation.store} already.`, {
    kind: mutation.store,
    id,
  })
}
