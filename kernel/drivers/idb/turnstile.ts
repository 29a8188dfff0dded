/** Lets so many in at once; the others wait outside, in the order they came. */
export class Turnstile {
  readonly #most: number
  #inside = 0
  readonly #line: (() => void)[] = []

  constructor(most: number) {
    this.#most = most
  }

  /** Undefined when there is room, so that nobody waits for a microtask in vain. Whoever is let in calls `leave` once. */
  enter(): Promise<void> | undefined {
    if (this.#inside >= this.#most) return new Promise((go) => this.#line.push(go))
    this.#inside += 1
    return undefined
  }

  leave(): void {
    const next = this.#line.shift()
    // The place is handed over, so that nobody who comes now gets in before.
    if (next) next()
    else this.#inside -= 1
  }
}
