/** The texts that have one word: their places in ascending order, and how often each has it. */
export class Postings {
  #places = new Uint32Array(2)
  #counts = new Uint16Array(2)
  size = 0

  /** Places beyond `size` mean nothing; not to be kept across a change. */
  get places(): Uint32Array {
    return this.#places
  }

  get counts(): Uint16Array {
    return this.#counts
  }

  /** @param place one that is not in it */
  add(place: number, count: number): void {
    if (this.size === this.#places.length) this.#grow()
    const at = this.#find(place)
    this.#places.copyWithin(at + 1, at, this.size)
    this.#counts.copyWithin(at + 1, at, this.size)
    this.#places[at] = place
    this.#counts[at] = Math.min(count, 65_535)
    this.size += 1
  }

  remove(place: number): void {
    const at = this.#find(place)
    if (at === this.size || this.#places[at] !== place) return
    this.#places.copyWithin(at, at + 1, this.size)
    this.#counts.copyWithin(at, at + 1, this.size)
    this.size -= 1
  }

  /** The first that is not below. */
  #find(place: number): number {
    let low = 0
    let high = this.size
    // Nearly always: texts come with ever greater places.
    if (high > 0 && (this.#places[high - 1] ?? 0) < place) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#places[middle] ?? 0) < place) low = middle + 1
      else high = middle
    }
    return low
  }

  #grow(): void {
    const places = new Uint32Array(2 * this.#places.length)
    const counts = new Uint16Array(2 * this.#counts.length)
    places.set(this.#places)
    counts.set(this.#counts)
    this.#places = places
    this.#counts = counts
  }
}
