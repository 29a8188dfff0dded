/**
 * Which ids there are under a key. Nearly every key has one: that is held as it is, since a set for each of some 300,000 keys is
 * what a collection of garbage then has to go through, while the kernel's thread stands still.
 */
export class IdsByKey {
  readonly #ids = new Map<string, string | Set<string>>()

  add(key: string, id: string): void {
    const held = this.#ids.get(key)
    if (held === undefined) this.#ids.set(key, id)
    else if (typeof held === 'object') held.add(id)
    else if (held !== id) this.#ids.set(key, new Set([held, id]))
  }

  delete(key: string, id: string): void {
    const held = this.#ids.get(key)
    if (held === id) this.#ids.delete(key)
    if (typeof held !== 'object') return
    held.delete(id)
    const [only] = held
    if (held.size === 1 && only !== undefined) this.#ids.set(key, only)
  }

  /** As they are now, in the order in which they were added. */
  get(key: string): readonly string[] {
    const held = this.#ids.get(key)
    if (held === undefined) return []
    return typeof held === 'object' ? [...held] : [held]
  }

  clear(): void {
    this.#ids.clear()
  }
}
