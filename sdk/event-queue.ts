/** Turns pushed events into something to iterate. One reader; what was read is let go. */

export class EventQueue<T> implements AsyncIterable<T> {
  readonly #onLeave: () => void
  #items: T[] = []
  #end: { error?: unknown } | undefined
  #wake: (() => void) | undefined

  /** @param onLeave called when the reader leaves before the end. */
  constructor(onLeave: () => void) {
    this.#onLeave = onLeave
  }

  push(item: T): void {
    this.#items.push(item)
    this.#wake?.()
  }

  /** Nothing comes after what was pushed; with an argument the reader then gets that error. */
  end(...error: [error?: unknown]): void {
    this.#end ??= error.length === 0 ? {} : { error: error[0] }
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        const batch = this.#items
        this.#items = []
        yield* batch
        if (this.#items.length > 0) continue
        if (this.#end && 'error' in this.#end) throw this.#end.error
        if (this.#end) return
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      if (!this.#end) this.#onLeave()
    }
  }
}
