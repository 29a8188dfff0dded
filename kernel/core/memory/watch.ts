/** Who watches memories. A memory that no longer passes a filter is still told of once, as it is now. */
import type { MemoryFilter, SyscallEvent } from '../../abi/index.ts'
import type { MemoryRecord } from '../storage/records.ts'
import type { Changed } from './changes.ts'
import { memoryOf } from './records.ts'
import { matcherOf } from './search/matches.ts'

export type MemoryEvent = SyscallEvent<'memory.watch'>

export class Watchers {
  readonly #watchers = new Set<(changes: readonly Changed[]) => void>()

  /** Tells `emit` of every change from now on. Rejects with the signal's reason once it aborts. */
  watch(filter: MemoryFilter, signal: AbortSignal, emit: (event: MemoryEvent) => void): Promise<never> {
    return new Promise((_resolve, reject) => {
      if (signal.aborted) return void reject(signal.reason)
      const passes = passesOf(filter)
      const tell = (changes: readonly Changed[]): void => {
        for (const { before, now } of changes) {
          if (!(before && passes(before)) && !(now && passes(now))) continue
          if (now) emit({ type: 'put', memory: memoryOf(now) })
          else if (before) emit({ type: 'deleted', id: before.id })
        }
      }
      const stop = (): void => {
        this.#watchers.delete(tell)
        reject(signal.reason)
      }
      this.#watchers.add(tell)
      signal.addEventListener('abort', stop, { once: true })
    })
  }

  tell(changes: readonly Changed[]): void {
    for (const watcher of [...this.#watchers]) watcher(changes)
  }
}

/** Time does not end a watch: unless a moment is asked for, what was true and what will be is told of as well. */
function passesOf(filter: MemoryFilter): (memory: MemoryRecord) => boolean {
  return matcherOf({ ...filter, validAt: filter.validAt ?? 'any' }, 0)
}
