/** The whiteboard that every page and agent of this origin shares: entries by namespace and key, changed by compare-and-set. */
import { HearthError } from '../kernel/abi/index.ts'
import type { JsonValue, SharedEntry, SyscallEvent, SyscallInput, SyscallResult } from '../kernel/abi/index.ts'
import type { Call } from './call.ts'
import { follow } from './follow.ts'

/** `entries` comes first, with all there are; again after a kernel restart, in place of what was heard before. */
export type SharedEvent = SyscallEvent<'shared.watch'>

export interface SetOptions {
  /** Write only if the entry is at this version; 0: only if it is not there. */
  ifVersion?: number | undefined
  /** Milliseconds since 1970 at which it ends by itself. */
  validUntil?: number | null | undefined
  /** Default `common`, which is also what agents' tools use. */
  namespace?: string | undefined
}

type In = Pick<SetOptions, 'namespace'>
type ListOptions = Omit<SyscallInput<'shared.list'>, 'after'>

export interface Shared {
  /** @throws HearthError `conflict` with the version it is at, `over-limit`. */
  set(key: string, value: JsonValue, options?: SetOptions): Promise<SharedEntry>
  /** @throws HearthError `not-found`. */
  get(key: string, options?: In): Promise<SharedEntry>
  /** By key, of all namespaces unless one is given. `prefix` is whole parts: `db` finds `db/main` and not `dbx`. */
  list(options?: ListOptions): Promise<SharedEntry[]>
  namespaces(): Promise<SyscallResult<'shared.namespaces'>['namespaces']>
  /** @throws HearthError `not-found`, `conflict`. */
  delete(key: string, options?: Pick<SetOptions, 'namespace' | 'ifVersion'>): Promise<void>
  /**
   * Reads, changes and writes, and does so again when somebody else wrote in between: no update is lost.
   * @param change gets the value now, undefined when there is none; what it returns is written. It may be called several times.
   */
  update(
    key: string,
    change: (value: JsonValue | undefined) => JsonValue | Promise<JsonValue>,
    options?: In,
  ): Promise<SharedEntry>
  /** Its last values, newest first. */
  history(key: string, options?: In & { limit?: number }): Promise<SharedEntry[]>
  /** By words, best first. */
  search(
    query: string,
    options?: Partial<SyscallInput<'shared.search'>>,
  ): Promise<SyscallResult<'shared.search'>['hits']>
  /** Every change in order, without gap or repeat. Leaving the loop ends it. */
  watch(options?: In & { prefix?: string; signal?: AbortSignal }): AsyncIterable<SharedEvent>
  /** All entries, for `import`. */
  export(): Promise<SharedEntry[]>
  /** What is there and newer stays. They count as written by whoever imports them. */
  import(entries: readonly SharedEntry[]): Promise<SyscallResult<'shared.import'>>
}

const COMMON = 'common'
/** Entries of one call. */
const PAGE = 1_000

/** @internal */
export function createShared(call: Call): Shared {
  const at = <O extends In>(key: string, options?: O) => ({ ...options, key, namespace: options?.namespace ?? COMMON })
  const set: Shared['set'] = (key, value, options) => call('shared.set', { ...at(key, options), value })
  const get: Shared['get'] = (key, options) => call('shared.get', at(key, options))

  async function all(options: ListOptions): Promise<SharedEntry[]> {
    const found: SharedEntry[] = []
    for (;;) {
      const last = found.at(-1)
      const after = last?.entry && { namespace: last.scope, key: last.entry.key }
      const { entries, more } = await call('shared.list', { limit: PAGE, ...options, ...(after && { after }) })
      found.push(...entries)
      if (!more || options.limit !== undefined) return found
    }
  }

  return {
    set,
    get,
    list: (options = {}) => all(options),
    namespaces: async () => (await call('shared.namespaces', {})).namespaces,
    delete: async (key, options) => void (await call('shared.delete', at(key, options))),

    async update(key, change, options) {
      for (;;) {
        const entry = await get(key, options).catch((error: unknown) => {
          if (HearthError.is(error, 'not-found')) return undefined
          throw error
        })
        const value = await change(entry?.entry?.value)
        try {
          return await set(key, value, { ...options, ifVersion: entry?.version ?? 0 })
        } catch (error) {
          if (!HearthError.is(error, 'conflict')) throw error
        }
      }
    },

    history: async (key, options) => (await call('shared.history', at(key, options))).versions,
    search: async (query, options) => (await call('shared.search', { ...options, query })).hits,

    watch: ({ signal, ...args } = {}) =>
      follow(call, 'shared.watch', { ...args, namespace: args.namespace ?? COMMON }, signal),

    export: () => all({}),
    async import(entries) {
      const total = { added: 0, replaced: 0, kept: 0 }
      for (let from = 0; from < entries.length; from += PAGE) {
        const page = entries.slice(from, from + PAGE)
        const { added, replaced, kept } = await call('shared.import', { entries: page as never })
        total.added += added
        total.replaced += replaced
        total.kept += kept
      }
      return total
    },
  }
}
