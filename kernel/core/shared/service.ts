/**
 * The whiteboard: loaded whole when it is first asked for, then read from memory. A change is decided under its key's lock
 * (writing.ts), committed, and only then put on the board (board.ts), which tells watchers in the same step.
 */
import type { JsonValue, Principal, SharedEntry, SyscallArgs, SyscallResult } from '../../abi/index.ts'
import type { AtomicOutcome, Call } from '../call.ts'
import { changeResults } from '../call-results.ts'
import type { KernelEvents } from '../events.ts'
import type { MemorySearch } from '../memory/memory-index.ts'
import type { Platform } from '../platform.ts'
import { writtenBy } from '../provenance.ts'
import type { Mutation } from '../storage/database.ts'
import { KEY_END } from '../storage/records.ts'
import { Board } from './board.ts'
import { Ending, FLOOR } from './ending.ts'
import { idOf, isGone, isThere, isUnder, keyOf } from './entry.ts'
import type { Place } from './entry.ts'
import { absent } from './errors.ts'
import { KeyLocks } from './key-locks.ts'
import { SHARED_PAGE } from './param.ts'
import { withoutEntries } from './results.ts'
import { Room } from './room.ts'
import { BoardSearch } from './search.ts'
import type { SharedHit, Weighing } from './search.ts'
import { createWriting } from './writing.ts'
import type { Writing } from './writing.ts'

export interface SharedService extends Disposable {
  readonly writing: Writing
  /** Undefined when there is none now. */
  find(place: Place): SharedEntry | undefined
  /** @throws HearthError `not-found` */
  get(place: Place): SharedEntry
  list(args: SyscallArgs<'shared.list'>): SyscallResult<'shared.list'>
  namespaces(): SyscallResult<'shared.namespaces'>
  history(args: SyscallArgs<'shared.history'>): Promise<SyscallResult<'shared.history'>>
  /** Best first, by words. */
  search(query: string, k: number, namespaces?: readonly string[]): Promise<SharedHit[]>
  /** The same among memories: weighed as they are. */
  weigh(
    query: string,
    k: number,
    passes: Weighing['passes'],
    vectors: Weighing['vectors'],
  ): Promise<MemorySearch['hits']>
  /** Settles only by the call's signal. */
  watch(call: Pick<Call<'shared.watch'>, 'args' | 'emit' | 'signal'>): Promise<never>
  /** For a tool, which is not in an atomic call: writes and commits. @throws HearthError as `shared.set` does */
  write(place: Place, value: JsonValue, by: ToolWriter, ifVersion?: number): Promise<SharedEntry>
}

/** Who writes through which tool. */
export interface ToolWriter {
  readonly principal: Principal
  readonly tool: string
  readonly signal: AbortSignal
  /** Commits what makes the entry what it is. */
  readonly commit: (writes: readonly Mutation[], entry: SharedEntry) => Promise<void>
}

export interface SharedDeps {
  readonly platform: Pick<Platform, 'clock' | 'database'>
  readonly events: KernelEvents
}

/** @throws HearthError `storage-failed` */
export async function openShared({ platform, events }: SharedDeps): Promise<SharedService> {
  const { clock, database } = platform
  const [board, room, locks] = [new Board(), new Room(), new KeyLocks()]
  const search = new BoardSearch(board)

  function onPut(entries: readonly SharedEntry[]): void {
    for (const entry of entries) board.put(entry)
    search.follow(entries)
    ending.look(entries)
    for (const namespace of new Set(entries.map(({ scope }) => scope))) events.publish({ type: 'shared', namespace })
  }

  const resultsWithout = (ids: ReadonlySet<string>) => changeResults(platform, withoutEntries(ids))

  const floor = await database.get('meta', FLOOR)
  const ending = new Ending(
    { clock, database, board, locks, room, resultsWithout, onPut },
    typeof floor?.value === 'number' ? floor.value : 0,
  )
  const gone: SharedEntry[] = []
  for await (const entry of stored(platform)) {
    room.add(entry.scope, entry)
    if (isGone(entry)) gone.push(entry)
    else board.put(entry)
  }
  for (const entry of gone.sort((a, b) => a.updatedAt - b.updatedAt)) board.put(entry)
  ending.look()

  const writing = createWriting({ clock, board, locks, room, floor: () => ending.floor, resultsWithout, onPut })

  const find = (place: Place): SharedEntry | undefined => {
    const entry = board.find(place)
    return isThere(entry, clock.now()) ? entry : undefined
  }

  return {
    writing,
    find,
    get(place) {
      const entry = find(place)
      if (!entry) throw absent(place)
      return entry
    },

    list({ namespace, prefix, after, limit }) {
      const now = clock.now()
      const entries: SharedEntry[] = []
      const names = namespace === undefined ? board.namespaces() : [namespace]
      for (const name of names) {
        if (after && name < after.namespace) continue
        for (const entry of board.entries(name, now, prefix, name === after?.namespace ? after.key : undefined)) {
          if (entries.length === limit) return { entries, more: true }
          entries.push(entry)
        }
      }
      return { entries, more: false }
    },

    namespaces() {
      const namespaces = []
      for (const namespace of board.namespaces()) {
        let [entries, updatedAt] = [0, 0]
        for (const entry of board.entries(namespace, clock.now())) {
          entries += 1
          updatedAt = Math.max(updatedAt, entry.updatedAt)
        }
        if (entries > 0) namespaces.push({ namespace, entries, updatedAt })
      }
      return { namespaces }
    },

    async history({ limit, ...place }) {
      const entry = find(place)
      if (!entry) return { versions: [] }
      const id = idOf(place)
      const range = { from: [id, 0], to: [id, KEY_END], reverse: true, limit }
      const before = await database.list('versions', range)
      const older = before.filter(({ version }) => version < entry.version).map(({ memory }) => memory)
      return { versions: [entry, ...older].slice(0, limit) }
    },

    search: (query, k, namespaces) => search.find(query, k, clock.now(), () => clock.sleep(0), namespaces),

    weigh: (query, k, passes, vectors) =>
      search.weigh(query, k, { now: clock.now(), pause: () => clock.sleep(0), passes, vectors }),

    watch: ({ args: { namespace, prefix }, emit, signal }) =>
      new Promise((_, reject) => {
        if (signal.aborted) return void reject(signal.reason)
        // In one step: what is committed later is told of later.
        emit({ type: 'entries', entries: [...board.entries(namespace, clock.now(), prefix)] })
        const subscription = board.subscribe(namespace, (entry) => {
          const key = keyOf(entry)
          if (!isUnder(key, prefix)) return
          if (isGone(entry)) emit({ type: 'deleted', namespace, key, version: entry.version })
          else emit({ type: 'set', entry })
        })
        const stop = (): void => {
          subscription[Symbol.dispose]()
          reject(signal.reason)
        }
        signal.addEventListener('abort', stop, { once: true })
      }),

    async write(place, value, { principal, tool, signal, commit }, ifVersion) {
      const provenance = { ...writtenBy(principal), tool }
      const request = { ...place, value, validUntil: null, provenance, ...(ifVersion !== undefined && { ifVersion }) }
      const outcome = await writing.set(request, signal)
      return settle(outcome, commit)
    },

    [Symbol.dispose]: () => ending[Symbol.dispose](),
  }
}

/** Does what the gate does with the outcome of an atomic call. */
async function settle<R>(
  { result, writes, after, failed }: AtomicOutcome<R>,
  commit: (writes: readonly Mutation[], result: R) => Promise<void>,
): Promise<R> {
  try {
    await commit(writes, result)
  } catch (error) {
    failed?.()
    throw error
  }
  after?.()
  return result
}

/** All records, a page at a time. */
async function* stored({ database }: SharedDeps['platform']): AsyncGenerator<SharedEntry, void, undefined> {
  let from: [string, string] | undefined
  for (;;) {
    const page = await database.list('shared', { ...(from && { from }), limit: SHARED_PAGE })
    for (const entry of page) if (entry.scope !== from?.[0] || entry.id !== from[1]) yield entry
    const last = page.at(-1)
    if (last === undefined || page.length < SHARED_PAGE) return
    from = [last.scope, last.id]
  }
}
