/** Who is told of changes in which folders. Telling never throws and never waits. */
import type { SyscallArgs, SyscallEvent } from '../../abi/index.ts'
import { isWithin } from './paths.ts'

type Event = SyscallEvent<'files.watch'>
type Watcher = SyscallArgs<'files.watch'> & { emit: (event: Event) => void }

export class FileWatchers {
  readonly #watchers = new Set<Watcher>()

  /** Until the signal aborts, with whose reason it rejects. */
  watch(args: SyscallArgs<'files.watch'>, signal: AbortSignal, emit: (event: Event) => void): Promise<never> {
    return new Promise((_resolve, reject) => {
      const watcher = { ...args, emit }
      const stop = (): void => {
        this.#watchers.delete(watcher)
        reject(signal.reason)
      }
      if (signal.aborted) return void reject(signal.reason)
      this.#watchers.add(watcher)
      signal.addEventListener('abort', stop, { once: true })
    })
  }

  tell(event: Event): void {
    const { space, path } = event.type === 'purged' ? event : event.file
    for (const watcher of this.#watchers) {
      if (watcher.space !== undefined && watcher.space !== space) continue
      // What is gone with a whole space is gone from every folder of it.
      if (isWithin(path, watcher.path) || path === '') watcher.emit(event)
    }
  }
}
