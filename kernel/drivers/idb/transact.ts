/** One read-write transaction of IndexedDB, and mutations as its requests. */
import { HearthError } from '../../abi/index.ts'
import type { Durability, Mutation } from '../../core/storage/database.ts'
import { keyOf } from '../../core/storage/keys.ts'
import type { StoreName } from '../../core/storage/records.ts'

/**
 * Without `idb`'s wrapping of each request: a batch needs one promise, not one a record, and this is the path of every
 * journaled call. `work` makes the requests and calls `commit()`, which saves waiting for the last one's event.
 * @throws what `work` threw or gave to `fail`, or the DOMException that aborted the transaction
 */
export function transact(
  database: IDBDatabase,
  stores: Iterable<StoreName>,
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

/**
 * @param onConflict an `add` found its key taken: its transaction aborts
 * @throws DOMException when a value cannot be cloned or a key is none
 */
export function apply(
  transaction: IDBTransaction,
  batch: readonly Mutation[],
  onConflict: (error: HearthError<'conflict'>) => void,
): void {
  for (const mutation of batch) {
    const store = transaction.objectStore(mutation.store)
    if (mutation.op === 'put') store.put(mutation.value)
    else if (mutation.op === 'delete') store.delete(mutation.key as IDBValidKey)
    else if (mutation.op === 'delete-range') store.delete(IDBKeyRange.bound(mutation.from, mutation.to))
    else {
      // An error nobody prevents aborts the transaction, which is what is wanted.
      store.add(mutation.value).onerror = (event) => {
        if ((event.target as IDBRequest).error?.name === 'ConstraintError') onConflict(conflict(mutation))
      }
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
