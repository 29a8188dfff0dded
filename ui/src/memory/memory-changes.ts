/** Every change of the memory, from one watch that all parts of the room share. */
import type { Hearth, SyscallEvent } from '../../../sdk/index.ts'

export type MemoryChange = SyscallEvent<'memory.watch'>

export class MemoryChanges {
  readonly #listeners = new Set<(change: MemoryChange) => void>()
  readonly #closed = new AbortController()

  constructor(hearth: Hearth) {
    const tell = (change: MemoryChange): void => {
      for (const listener of this.#listeners) listener(change)
    }
    // A new kernel is asked again by the client itself; what this ends with is that the room or the tab is closed.
    hearth
      .call('memory.watch', { validAt: 'any' }, { signal: this.#closed.signal, onEvent: tell })
      .catch(() => undefined)
  }

  /** @returns a function that stops it. */
  listen(listener: (change: MemoryChange) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  [Symbol.dispose](): void {
    this.#closed.abort()
    this.#listeners.clear()
  }
}
