/**
 * Who may change which entry. A change is decided on what is in memory and is true only once its commit is: whoever decides
 * for the same key waits until then. Several keys are taken at once, in one step, so nobody can wait in a circle.
 */
export class KeyLocks {
  readonly #last = new Map<string, Promise<void>>()

  /**
   * Resolves with what lets go of the keys, once everybody who asked before has let go of theirs. That may be called again.
   * @throws the signal's reason, with nothing held
   */
  async acquire(keys: readonly string[], signal?: AbortSignal): Promise<() => void> {
    let release = (): void => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    const before: Promise<void>[] = []
    for (const key of new Set(keys)) {
      const last = this.#last.get(key)
      if (last) before.push(last)
      // Whoever comes next waits for all before it, also when this one gives up.
      const mine = last ? last.then(() => released) : released
      this.#last.set(key, mine)
      void mine.then(() => {
        if (this.#last.get(key) === mine) this.#last.delete(key)
      })
    }
    await Promise.all(before)
    if (signal?.aborted) {
      release()
      throw signal.reason
    }
    return release
  }

  /** Keys held or waited for. */
  get size(): number {
    return this.#last.size
  }
}
