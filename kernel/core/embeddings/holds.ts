/**
 * Numbers of memories that somebody is changing just now. A change holds them from before it is prepared until it is applied
 * or dropped; filling leaves those alone, and a change waits for the moment in which filling commits them. So of two writes
 * of one vector a restart never has to guess which is the later one.
 */
export class Holds {
  readonly #held = new Map<number, number>()
  readonly #filling = new Map<number, Promise<void>>()
  #onFree: (() => void)[] = []

  /** True while no change is between being prepared and being applied. */
  get free(): boolean {
    return this.#held.size === 0
  }

  has(number: number): boolean {
    return this.#held.has(number)
  }

  /** Resolves to how to let go of them, once nobody commits vectors of theirs. */
  async hold(numbers: readonly number[]): Promise<() => void> {
    for (;;) {
      const commits = new Set(numbers.flatMap((number) => this.#filling.get(number) ?? []))
      if (commits.size === 0) break
      await Promise.all(commits)
    }
    for (const number of numbers) this.#held.set(number, (this.#held.get(number) ?? 0) + 1)
    let over = false
    return () => {
      if (over) return
      over = true
      for (const number of numbers) {
        const others = (this.#held.get(number) ?? 1) - 1
        if (others === 0) this.#held.delete(number)
        else this.#held.set(number, others)
      }
      if (this.free) for (const act of this.#onFree.splice(0)) act()
    }
  }

  /** Commits vectors of numbers that nobody holds; changes of theirs wait meanwhile. */
  async fill(numbers: readonly number[], commit: () => Promise<void>): Promise<void> {
    const done = commit()
    const settled = done.then(
      () => {},
      () => {},
    )
    for (const number of numbers) this.#filling.set(number, settled)
    try {
      await done
    } finally {
      for (const number of numbers) if (this.#filling.get(number) === settled) this.#filling.delete(number)
    }
  }

  /** Calls once, as soon as no change is under way. */
  whenFree(act: () => void): void {
    if (this.free) act()
    else this.#onFree.push(act)
  }
}
