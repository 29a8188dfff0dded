/**
 * WebLLM's cache in IndexedDB, as WebLLM lays it out: three databases, each with one store of `{ url, data }`. Only reads and
 * deletes; a database that is not there is never made, and no connection stays open, as either could get in WebLLM's way.
 */
import { openDB } from 'idb'
import type { IDBPDatabase } from 'idb'

/** Weights, their list and tokenizers; configurations; compiled libraries. */
export const SCOPES = ['webllm/model', 'webllm/config', 'webllm/wasm'] as const
export type Scope = (typeof SCOPES)[number]

const STORE = 'urls'

/** Addresses of everything in it. */
export async function urlsIn(scope: Scope): Promise<readonly string[]> {
  const keys = await using(scope, (database) => database.getAllKeys(STORE))
  return (keys ?? []).filter((key) => typeof key === 'string')
}

/** What is kept of one address: an `ArrayBuffer`, or what JSON said; undefined when there is nothing. */
export async function dataAt(scope: Scope, url: string): Promise<unknown> {
  const entry: unknown = await using(scope, (database) => database.get(STORE, url) as Promise<unknown>)
  return typeof entry === 'object' && entry !== null && 'data' in entry ? entry.data : undefined
}

/** Deletes all of them or, when it throws, none. */
export async function deleteFrom(scope: Scope, urls: readonly string[]): Promise<void> {
  if (urls.length === 0) return
  await using(scope, async (database) => {
    const { done, store } = database.transaction(STORE, 'readwrite')
    await Promise.all([...urls.map((url) => store.delete(url)), done])
  })
}

/** Deletes everything in it. */
export async function clearScope(scope: Scope): Promise<void> {
  await using(scope, (database) => database.clear(STORE))
}

/** Undefined when there is no such database. */
async function using<T>(scope: Scope, use: (database: IDBPDatabase) => Promise<T>): Promise<T | undefined> {
  const database = await openExisting(scope)
  if (!database) return undefined
  try {
    return database.objectStoreNames.contains(STORE) ? await use(database) : undefined
  } finally {
    database.close()
  }
}

async function openExisting(scope: Scope): Promise<IDBPDatabase | null> {
  try {
    return await openDB(scope, undefined, {
      upgrade(_database, _from, _to, transaction) {
        // Asked for without a version, so it is new; giving up its making leaves nothing behind.
        transaction.done.catch(() => {})
        transaction.abort()
      },
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null
    throw error
  }
}
