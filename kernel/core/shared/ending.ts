/**
 * Takes off the whiteboard what has ended by itself, at its time, and tells watchers; forgets the versions of entries that
 * were deleted long ago when there are too many. Works in the background under the same locks as everybody.
 */
import type { Principal, SharedEntry } from '../../abi/index.ts'
import type { Clock } from '../platform.ts'
import { writtenBy } from '../provenance.ts'
import type { Database, Mutation } from '../storage/database.ts'
import type { Board } from './board.ts'
import { goneEntry, isGone, isThere, placeOf } from './entry.ts'
import type { KeyLocks } from './key-locks.ts'
import { SHARED_GONE_KEPT, SHARED_LOOK_MS, SHARED_PAGE } from './param.ts'
import type { Room } from './room.ts'
import { writesOf } from './writing.ts'

/** Highest version of a deleted entry that was forgotten: what begins after that, begins above it. */
export const FLOOR = 'shared-floor'

const KERNEL: Principal = { kind: 'kernel' }

export interface EndingDeps {
  readonly clock: Clock
  readonly database: Pick<Database, 'commit'>
  readonly board: Board
  readonly locks: KeyLocks
  readonly room: Room
  /** Takes these entries out of results on record (results.ts). */
  readonly resultsWithout: (ids: ReadonlySet<string>) => Promise<Mutation[]>
  readonly onPut: (entries: readonly SharedEntry[]) => void
}

export class Ending implements Disposable {
  readonly #deps: EndingDeps
  readonly #life = new AbortController()
  #floor: number
  /** Ends the sleep until the next look. */
  #nap: AbortController | null = null
  #wakeAt = Infinity
  #working = false

  constructor(deps: EndingDeps, floor: number) {
    this.#deps = deps
    this.#floor = floor
  }

  get floor(): number {
    return this.#floor
  }

  /** Call with what was put, and once at the beginning with nothing: then it looks at all. */
  look(entries?: Iterable<SharedEntry>): void {
    const { clock, board } = this.#deps
    let next = board.goneCount > SHARED_GONE_KEPT ? clock.now() : Infinity
    for (const entry of entries ?? board.ending()) {
      if (!isGone(entry) && entry.validUntil !== null) next = Math.min(next, entry.validUntil)
    }
    if (this.#working || this.#life.signal.aborted || next >= this.#wakeAt) return
    this.#wakeAt = next
    this.#nap?.abort(null)
    this.#nap = new AbortController()
    const signal = AbortSignal.any([this.#nap.signal, this.#life.signal])
    const wait = Math.min(Math.max(0, next - clock.now()), SHARED_LOOK_MS)
    clock.sleep(wait, signal).then(
      () => void this.#work(),
      () => {},
    )
  }

  [Symbol.dispose](): void {
    this.#life.abort(null)
  }

  async #work(): Promise<void> {
    this.#working = true
    this.#wakeAt = Infinity
    try {
      await this.#end()
      await this.#forget()
    } catch {
      // Storage is full or gone: what has ended is not shown anyway, and is taken off at a later look.
      await this.#deps.clock.sleep(SHARED_LOOK_MS, this.#life.signal).catch(() => {})
    }
    this.#working = false
    this.look()
  }

  async #end(): Promise<void> {
    const { clock, database, board, locks, room, resultsWithout, onPut } = this.#deps
    const ended = [...board.ending()].filter((entry) => !isThere(entry, clock.now())).slice(0, SHARED_PAGE)
    if (ended.length === 0) return
    const release = await locks.acquire(ended.map(({ id }) => id))
    try {
      const now = clock.now()
      const provenance = writtenBy(KERNEL)
      const changes = ended.flatMap((found) => {
        const before = board.find(placeOf(found))
        // It may have been written anew while we waited.
        return before === undefined || isGone(before) || isThere(before, now)
          ? []
          : [{ entry: goneEntry(before, now, provenance), before }]
      })
      const writes = changes.flatMap((change) => writesOf(change, KERNEL, now))
      const results = await resultsWithout(new Set(changes.map(({ entry }) => entry.id)))
      await database.commit([...writes, ...results], 'relaxed')
      for (const { entry, before } of changes) room.add(entry.scope, entry, before)
      onPut(changes.map(({ entry }) => entry))
    } finally {
      release()
    }
  }

  async #forget(): Promise<void> {
    const { database, board, locks } = this.#deps
    const excess = board.goneCount - SHARED_GONE_KEPT
    if (excess <= 0) return
    const oldest = board.gone.slice(0, Math.min(excess, SHARED_PAGE))
    const release = await locks.acquire(oldest.map(({ id }) => id))
    try {
      const still = oldest.filter((entry) => board.find(placeOf(entry)) === entry)
      const floor = still.reduce((highest, { version }) => Math.max(highest, version), this.#floor)
      const writes = still.map((entry): Mutation => ({ op: 'delete', store: 'shared', key: [entry.scope, entry.id] }))
      await database.commit([...writes, { op: 'put', store: 'meta', value: { name: FLOOR, value: floor } }], 'relaxed')
      this.#floor = floor
      for (const entry of still) board.drop(entry)
    } finally {
      release()
    }
  }
}
