/** One after another: changes of files share counts and limits, so each begins when the one before is committed or given up. */

export class Lock {
  #last: Promise<void> = Promise.resolve()

  /** Resolves with what releases it, to be called once or more. Rejects with the signal's reason; the turn then passes on. */
  async acquire(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    let release = (): void => {}
    const mine = new Promise<void>((resolve) => (release = resolve))
    const before = this.#last
    this.#last = before.then(() => mine)
    await before
    if (signal.aborted) {
      release()
      signal.throwIfAborted()
    }
    return release
  }
}
