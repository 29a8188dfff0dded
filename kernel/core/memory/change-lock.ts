/**
 * One change of memory at a time, from reading what is there until the commit: what a change was decided on still holds when
 * it is written. Whoever takes it has to release it, on every path.
 */
export class ChangeLock {
  #last: Promise<void> = Promise.resolve()

  /**
   * Waits for the changes before this one.
   * @param signal gives it up, also once it was taken: for calls that are not committed after their signal aborted
   * @returns releases it; harmless when called again
   * @throws the signal's reason
   */
  async take(signal?: AbortSignal): Promise<() => void> {
    let free = (): void => {}
    const mine = new Promise<void>((resolve) => (free = resolve))
    const before = this.#last
    this.#last = before.then(() => mine)
    const release = (): void => {
      signal?.removeEventListener('abort', release)
      free()
    }
    signal?.addEventListener('abort', release, { once: true })
    if (signal?.aborted) release()
    await before
    signal?.throwIfAborted()
    return release
  }
}
