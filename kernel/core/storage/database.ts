/**
 * Storage as the core sees it: typed stores, keys in order, and one way to write: a batch that is applied whole or not
 * at all. Drivers: drivers/idb (IndexedDB) and drivers/memory (its in-memory twin); both pass test/contract/database.
 */
import type { Key, StoreName, StoreRecords } from './records.ts'

export type Mutation = {
  [S in StoreName]:
    | { op: 'put'; store: S; value: StoreRecords[S] }
    /** Fails the whole batch with `conflict` when the key exists. */
    | { op: 'add'; store: S; value: StoreRecords[S] }
    | { op: 'delete'; store: S; key: Key }
    /** Deletes keys from `from` to `to`, both included. */
    | { op: 'delete-range'; store: S; from: Key; to: Key }
}[StoreName]

/**
 * `strict` survives a power cut once resolved (about 1.5 ms); `relaxed` survives a crash of the browser's process
 * (about 0.8 ms). Writes that an effect depends on are strict.
 */
export type Durability = 'strict' | 'relaxed'

export interface Range {
  /** Both included; either may be left out. */
  from?: Key
  to?: Key
  /** Largest key first. */
  reverse?: boolean
  limit?: number
}

export interface Database {
  get<S extends StoreName>(store: S, key: Key): Promise<StoreRecords[S] | undefined>
  /** In key order. */
  list<S extends StoreName>(store: S, range?: Range): Promise<StoreRecords[S][]>
  count(store: StoreName, range?: Omit<Range, 'reverse' | 'limit'>): Promise<number>
  /**
   * Applies the batch atomically.
   * @throws HearthError `storage-full`, `storage-failed`, or `conflict` from an `add`; then nothing was applied.
   */
  commit(batch: readonly Mutation[], durability: Durability): Promise<void>
  close(): void
}
