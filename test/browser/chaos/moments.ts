/** Counts what the watching tab sees, so that things can be done at a point of a run instead of at a time. */
export class Moments {
  #seen = 0
  #over = false
  readonly #waiting = new Set<() => void>()

  get seen(): number {
    return this.#seen
  }

  tick(): void {
    this.#seen += 1
    for (const look of [...this.#waiting]) look()
  }

  /** Nothing more will be seen. */
  end(): void {
    this.#over = true
    for (const look of [...this.#waiting]) look()
  }

  /** Resolves once `count` events were seen in all, or at the end. */
  reached(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#seen < count && !this.#over) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }
}
