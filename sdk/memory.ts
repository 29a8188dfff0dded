/** Long-term facts that agents recall. */
import type { Memory, SyscallResult } from '../kernel/abi/index.ts'
import type { Call } from './call.ts'

export interface NewMemory {
  text: string
  /** An agent's id, or null (default) when every agent of this origin may recall it. */
  owner?: string | null | undefined
}

export interface SearchOptions {
  /** Most hits, 1 to 100; default 5. */
  k?: number | undefined
  /** An agent's id: its own memories and the common ones; null (default): the common ones. */
  owner?: string | null | undefined
  signal?: AbortSignal | undefined
}

/** A memory and how well it matched; scores are comparable within one answer only. */
export type MemoryHit = SyscallResult<'memory.search'>['hits'][number]

export interface MemoryStore {
  add(memory: NewMemory | string): Promise<Memory>
  /** Newest first; `limit` is 1 to 10,000 (default 500). */
  list(options?: { limit?: number }): Promise<Memory[]>
  /** Best first: by words, and by meaning where it knows them (English). */
  search(query: string, options?: SearchOptions): Promise<MemoryHit[]>
  /** @throws HearthError `not-found`. */
  delete(id: string): Promise<void>
}

export function createMemory(call: Call): MemoryStore {
  return {
    add: (memory) => call('memory.add', typeof memory === 'string' ? { text: memory } : memory),
    list: async (options = {}) => (await call('memory.list', options)).memories,
    search: async (query, { signal, ...options } = {}) =>
      (await call('memory.search', { query, ...options }, { signal })).hits,
    delete: async (id) => void (await call('memory.delete', { id })),
  }
}
