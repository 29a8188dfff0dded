/** What agents and people know: facts, experience, and blocks that are always in an agent's window. */
import type { Memory, SyscallEvent, SyscallInput, SyscallResult } from '../kernel/abi/index.ts'
import type { Call } from './call.ts'

/** A fact unless `kind` says otherwise; `owner` is an agent's id, or null (default) when every agent may recall it. */
export type NewMemory = SyscallInput<'memory.add'>

/** What to change; `ifVersion` refuses when somebody else changed it meanwhile. */
export type MemoryChanges = Omit<SyscallInput<'memory.update'>, 'id'>

/** Which memories; what is left out does not narrow it. `owner` is an agent's id: its own and the common ones. */
export type MemoryFilter = SyscallInput<'memory.watch'>

/** Which memories, and `k`, how many at most. */
export type SearchOptions = Omit<SyscallInput<'memory.search'>, 'query'> & { signal?: AbortSignal | undefined }

/** A memory and how well it matched, in parts; scores are comparable within one answer only. */
export type MemoryHit = SyscallResult<'memory.search'>['hits'][number]
/** Why it is known: the turns it came from, what it was made of, what it replaced and what replaced it. */
export type MemoryExplanation = SyscallResult<'memory.explain'>
/** A memory that was put, or the id of one that is gone. */
export type MemoryEvent = SyscallEvent<'memory.watch'>
/** Memories with their earlier versions. */
export type MemoryPage = Pick<SyscallResult<'memory.export'>, 'memories' | 'history'>

/** `hearth.memory`. */
export interface MemoryStore {
  /**
   * A fact ends the one that it contradicts, unless `supersede` is false; that one stays in the history.
   * @throws HearthError `over-limit`, `bad-request`, `conflict` for a block's name in use.
   */
  add(memory: NewMemory | string): Promise<Memory>
  /** @throws HearthError `not-found`. */
  get(id: string): Promise<Memory>
  /** An earlier version is brought back by updating to what it was. @throws HearthError `conflict`, `not-found`, `over-limit`. */
  update(id: string, changes: MemoryChanges): Promise<Memory>
  /**
   * Forgets it with its history, wherever it is kept or quoted. What was said in somebody's own words stays in their
   * conversation. @throws HearthError `not-found`.
   */
  delete(id: string): Promise<void>
  /** Newest first; `limit` is 1 to 10,000 (default 500), `before` the id of the last one of the page before. */
  list(options?: SyscallInput<'memory.list'>): Promise<Memory[]>
  /** Best first: by words, and by meaning where the embedder knows them. */
  search(query: string, options?: SearchOptions): Promise<MemoryHit[]>
  /** What it was at each version, newest first, followed by what it superseded. @throws HearthError `not-found`. */
  history(id: string): Promise<SyscallResult<'memory.history'>['versions']>
  /** @throws HearthError `not-found`. */
  explain(id: string): Promise<MemoryExplanation>
  /** Tells of every change until `signal` aborts, and then rejects with `cancelled`. */
  watch(
    listener: (event: MemoryEvent) => void,
    options?: MemoryFilter & { signal?: AbortSignal | undefined },
  ): Promise<void>
  /** All memories, in pages that `import` takes. */
  export(): AsyncGenerator<MemoryPage, void, undefined>
  /** All of a page or none of it; what is there and newer stays. @throws HearthError `bad-request`, `over-limit`. */
  import(page: MemoryPage): Promise<SyscallResult<'memory.import'>>
}

export function createMemory(call: Call): MemoryStore {
  return {
    add: (memory) => call('memory.add', typeof memory === 'string' ? { text: memory } : memory),
    get: (id) => call('memory.get', { id }),
    update: (id, changes) => call('memory.update', { ...changes, id }),
    delete: async (id) => void (await call('memory.delete', { id })),
    list: async (options = {}) => (await call('memory.list', options)).memories,
    search: async (query, { signal, ...options } = {}) =>
      (await call('memory.search', { query, ...options }, { signal })).hits,
    history: async (id) => (await call('memory.history', { id })).versions,
    explain: (id) => call('memory.explain', { id }),
    watch: async (onEvent, { signal, ...filter } = {}) =>
      void (await call('memory.watch', filter, { signal, onEvent })),
    async *export() {
      for (let after: string | undefined, more = true; more;) {
        const { next, ...page } = await call('memory.export', { after })
        yield page
        more = next !== null
        after = next ?? undefined
      }
    },
    import: ({ memories, history }) => call('memory.import', { memories, history }),
  }
}
