/**
 * What finds memories: all of them by id, by words and by meaning, and the writes that keep the index true, to be committed
 * with the memories' own. memory/service.ts is the only one to change it.
 */
import type { MemoryFilter, SyscallResult } from '../../abi/index.ts'
import type { Mutation } from '../storage/database.ts'
import type { MemoryRecord } from '../storage/records.ts'

export type MemorySearch = SyscallResult<'memory.search'>

export interface MemoryChange {
  /** New ones, and new versions of those that are there. */
  readonly put?: readonly MemoryRecord[]
  /** Ids; those that are not there are no error. */
  readonly remove?: readonly string[]
}

export interface PreparedMemories {
  /** The memories themselves, their vectors, and nothing else; to be committed in one transaction. */
  readonly writes: readonly Mutation[]
  /** Makes the change visible. Once, after `writes` are committed; not at all when they could not be. */
  apply(): void
  /** Instead of `apply`, when they could not be committed. */
  drop(): void
}

/** Every method may wait while the index is being loaded. */
export interface MemoryIndex extends AsyncDisposable {
  get(id: string): Promise<MemoryRecord | undefined>
  /** All that pass, newest first: 100,000 at most, so narrow it. */
  list(filter: MemoryFilter, page?: { before?: string; limit?: number }): Promise<MemoryRecord[]>
  count(filter: MemoryFilter): Promise<number>
  /** The number for the next memory; each is given once. */
  nextNumber(): Promise<number>
  /** Two changes of one memory have to wait for each other. */
  prepare(change: MemoryChange): Promise<PreparedMemories>
  /** Best first. @param k from 1 to 1,000 */
  search(query: string, k: number, filter: MemoryFilter): Promise<MemorySearch>
  /** Those that say most nearly the same as a text, best first, with the cosine of their vectors. */
  similar(text: string, k: number, filter: MemoryFilter): Promise<{ memory: MemoryRecord; cosine: number }[]>
}
