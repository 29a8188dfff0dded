/** One timer that can be set again and again: what is due earliest counts. */
import type { Clock } from '../platform.ts'

export class Alarm implements Disposable {
  readonly #clock: Clock
  readonly #ring: () => void
  #set: { readonly at: number; readonly off: AbortController } | null = null

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /**
   * Rings once the monotonic clock shows `at`, in ms, or earlier: one that is set for an earlier time stays, since whoever it
   * wakes asks for the next time anyway. Null turns it off.
   */
  set(at: number | null): void {
    if (at === null) return void this[Symbol.dispose]()
    if (this.#set && this.#set.at <= at) return
    this.#set?.off.abort()
    const set = { at, off: new AbortController() }
    this.#set = set
    // Never at once: whoever sets it is in the middle of things.
    this.#clock.sleep(Math.max(1, at - this.#clock.monotonic()), set.off.signal).then(
      () => {
        if (this.#set !== set) return
        this.#set = null
        this.#ring()
      },
      () => {},
    )
  }

  [Symbol.dispose](): void {
    this.#set?.off.abort()
    this.#set = null
  }
}
