/**
 * How memories change: one change at a time, in one commit with all that belongs to it, and visible only after it. Whoever
 * keeps something beside the index (the book, watchers) is told here and nowhere else.
 */
import type { AtomicOutcome } from '../call.ts'
import type { Database, Durability, Mutation } from '../storage/database.ts'
import type { MemoryRecord } from '../storage/records.ts'
import { ChangeLock } from './change-lock.ts'
import type { MemoryIndex, PreparedMemories } from './memory-index.ts'

/** What a change is made of. */
export interface Plan<R> {
  readonly result: R
  readonly put?: readonly MemoryRecord[]
  readonly remove?: readonly string[]
  /** What is committed along: versions, turns that quoted what is forgotten. */
  readonly writes?: readonly Mutation[]
  /** Runs after the commit; must not throw. */
  readonly after?: () => void
}

/** One record that is another now: `before` is undefined for a new one, `now` for one that is gone. */
export interface Changed {
  readonly before: MemoryRecord | undefined
  readonly now: MemoryRecord | undefined
}

interface Ready<R> {
  readonly plan: Plan<R>
  readonly prepared: PreparedMemories
  readonly changes: readonly Changed[]
  readonly writes: readonly Mutation[]
}

export class Changes {
  readonly #lock = new ChangeLock()
  readonly #index: MemoryIndex
  readonly #database: Pick<Database, 'commit'>
  readonly #onChange: (changes: readonly Changed[]) => void

  constructor(deps: {
    index: MemoryIndex
    database: Pick<Database, 'commit'>
    onChange: (changes: readonly Changed[]) => void
  }) {
    this.#index = deps.index
    this.#database = deps.database
    this.#onChange = deps.onChange
  }

  /** For an atomic syscall: its own commit has the writes. @param signal the call's: once it aborts nothing is committed */
  async atomic<R>(signal: AbortSignal, make: () => Promise<Plan<R>>): Promise<AtomicOutcome<R>> {
    const release = await this.#lock.take(signal)
    try {
      const ready = await this.#prepare(make)
      return {
        result: ready.plan.result,
        writes: ready.writes,
        after: () => {
          try {
            this.#apply(ready)
          } finally {
            release()
          }
        },
        failed: () => {
          ready.prepared.drop()
          release()
        },
      }
    } catch (error) {
      release()
      throw error
    }
  }

  /** A change with a commit of its own. @param signal gives up waiting for it; once begun it is carried out */
  now<R>(durability: Durability, make: () => Promise<Plan<R>>, signal?: AbortSignal): Promise<R> {
    return this.by((writes) => this.#database.commit(writes, durability), make, signal)
  }

  /** The same with a commit of the caller's. */
  async by<R>(
    commit: (writes: readonly Mutation[]) => Promise<void>,
    make: () => Promise<Plan<R>>,
    signal?: AbortSignal,
  ): Promise<R> {
    const release = await this.#lock.take()
    try {
      signal?.throwIfAborted()
      const ready = await this.#prepare(make)
      if (ready.writes.length > 0) {
        await commit(ready.writes).catch((error: unknown) => {
          ready.prepared.drop()
          throw error
        })
      }
      this.#apply(ready)
      return ready.plan.result
    } finally {
      release()
    }
  }

  async #prepare<R>(make: () => Promise<Plan<R>>): Promise<Ready<R>> {
    const plan = await make()
    const { put = [], remove = [], writes = [] } = plan
    const changes: Changed[] = []
    for (const now of put) changes.push({ before: await this.#index.get(now.id), now })
    for (const id of remove) {
      const before = await this.#index.get(id)
      if (before) changes.push({ before, now: undefined })
    }
    const prepared = await this.#index.prepare({ put, remove })
    return { plan, prepared, changes, writes: [...prepared.writes, ...writes] }
  }

  #apply<R>({ plan, prepared, changes }: Ready<R>): void {
    prepared.apply()
    this.#onChange(changes)
    plan.after?.()
  }
}
