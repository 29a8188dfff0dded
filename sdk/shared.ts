/** The whiteboard that every page and agent of this origin shares: entries by namespace and key, changed by compare-and-set. */
import { HearthError } from '../kernel/abi/index.ts'
import type {
  ErrorCode,
  JsonValue,
  SharedEntry,
  SyscallEvent,
  SyscallInput,
  SyscallResult,
} from '../kernel/abi/index.ts'
import type { Call } from './call.ts'
import { follow } from './follow.ts'

/** `entries` comes first, with all there are; again after a kernel restart, in place of what was heard before. */
export type SharedEvent = SyscallEvent<'shared.watch'>

/** How a value is written. */
export interface SetOptions {
  /** Write only if the entry is at this version; 0: only if it is not there. */
  ifVersion?: number | undefined
  /** Milliseconds since 1970 at which it ends by itself. */
  validUntil?: number | null | undefined
  /** Default `common`, which is also what agents' tools use. */
  namespace?: string | undefined
}

type In = Pick<SetOptions, 'namespace'>
type ListOptions = SyscallInput<'shared.list'>

/** `hearth.shared`: the whiteboard. */
export interface Shared {
  /** @throws HearthError `conflict` with the version it is at, `over-limit`. */
  set(key: string, value: JsonValue, options?: SetOptions): Promise<SharedEntry>
  /** @throws HearthError `not-found`. */
  get(key: string, options?: In): Promise<SharedEntry>
  /**
   * By key, of all namespaces unless one is given. `prefix` is whole parts: `db` finds `db/main` and not `dbx`. At most `limit`,
   * 1 to 10,000 (default 1,000), from behind `after`.
   */
  list(options?: ListOptions): Promise<SharedEntry[]>
  /** Those with entries, and how many. */
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
  /** All entries, in pages that `import` takes. */
  export(): AsyncGenerator<SharedEntry[], void, undefined>
  /** All of a page or none of it; what is there and newer stays. They count as written by whoever imports them. */
  import(entries: readonly SharedEntry[]): Promise<SyscallResult<'shared.import'>>
}

const COMMON = 'common'

/** @internal */
export function createShared(call: Call): Shared {
  const at = <O extends In>(key: string, options?: O) => ({ ...options, key, namespace: options?.namespace ?? COMMON })
  const set: Shared['set'] = (key, value, options) => call('shared.set', { ...at(key, options), value })
  const get: Shared['get'] = (key, options) => call('shared.get', at(key, options))

  async function* pages(): AsyncGenerator<SharedEntry[], void, undefined> {
    for (let after: ListOptions['after'], left = true; left;) {
      const { entries, more } = await call('shared.list', { after })
      yield entries
      const last = entries.at(-1)
      after = last?.entry && { namespace: last.scope, key: last.entry.key }
      left = more
    }
  }

  return {
    set,
    get,
    list: async (options = {}) => (await call('shared.list', options)).entries,
    namespaces: async () => (await call('shared.namespaces', {})).namespaces,
    delete: async (key, options) => void (await call('shared.delete', at(key, options))),

    async update(key, change, options) {
      for (;;) {
        const entry = await get(key, options).catch(unless('not-found'))
        const value = await change(entry?.entry?.value)
        const written = await set(key, value, { ...options, ifVersion: entry?.version ?? 0 }).catch(unless('conflict'))
        if (written) return written
      }
    },

    history: async (key, options) => (await call('shared.history', at(key, options))).versions,
    search: async (query, options) => (await call('shared.search', { ...options, query })).hits,

    watch: ({ signal, ...args } = {}) =>
      follow(call, 'shared.watch', { ...args, namespace: args.namespace ?? COMMON }, signal),

    export: () => pages(),
    import: (entries) => call('shared.import', { entries: entries as never }),
  }
}

/** Passes over one kind of error. */
const unless =
  (code: ErrorCode) =>
  (error: unknown): undefined => {
    if (!HearthError.is(error, code)) throw error
  }
