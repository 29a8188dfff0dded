/** Of each word, by its number: the texts that have it, their places in ascending order, and how often each has it. */
import { longer, powerFor, Rooms } from './rooms.ts'

export class Postings {
  readonly #rooms = new Rooms()
  #places = new Uint32Array(1_024)
  #counts = new Uint16Array(1_024)
  /** By word: where its room begins, how much of it is used, and how large it is as a power of two; none when nothing is. */
  #starts = new Uint32Array(256)
  #sizes = new Uint32Array(256)
  #powers = new Uint8Array(256)

  /** Those of a word stand from `startOf` on, `sizeOf` of them. Not to be kept across a change. */
  get places(): Uint32Array {
    return this.#places
  }

  get counts(): Uint16Array {
    return this.#counts
  }

  startOf(word: number): number {
    return this.#starts[word] ?? 0
  }

  sizeOf(word: number): number {
    return this.#sizes[word] ?? 0
  }

  /** @param place one that is not in it */
  add(word: number, place: number, count: number): void {
    this.#makeRoom(word)
    const start = this.startOf(word)
    const end = start + this.sizeOf(word)
    const at = this.#find(place, start, end)
    if (at < end) {
      this.#places.copyWithin(at + 1, at, end)
      this.#counts.copyWithin(at + 1, at, end)
    }
    this.#places[at] = place
    this.#counts[at] = Math.min(count, 65_535)
    this.#sizes[word] = end + 1 - start
  }

  remove(word: number, place: number): void {
    const start = this.startOf(word)
    const end = start + this.sizeOf(word)
    const at = this.#find(place, start, end)
    if (at === end || this.#places[at] !== place) return
    this.#places.copyWithin(at, at + 1, end)
    this.#counts.copyWithin(at, at + 1, end)
    this.#sizes[word] = end - 1 - start
    if (end - 1 === start) this.#rooms.giveBack(this.#powers[word] ?? 0, start)
  }

  /** The first that is not below. */
  #find(place: number, start: number, end: number): number {
    // Nearly always: texts come with ever greater places.
    if (end > start && (this.#places[end - 1] ?? 0) < place) return end
    let low = start
    let high = end
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#places[middle] ?? 0) < place) low = middle + 1
      else high = middle
    }
    return low
  }

  /** For one more. */
  #makeRoom(word: number): void {
    const size = this.sizeOf(word)
    const before = size === 0 ? -1 : (this.#powers[word] ?? 0)
    const power = powerFor(size + 1)
    if (power <= before) return
    this.#starts = longer(this.#starts, word + 1)
    this.#sizes = longer(this.#sizes, word + 1)
    this.#powers = longer(this.#powers, word + 1)
    const start = this.startOf(word)
    const moved = this.#rooms.take(power)
    this.#places = longer(this.#places, this.#rooms.end)
    this.#counts = longer(this.#counts, this.#rooms.end)
    this.#places.copyWithin(moved, start, start + size)
    this.#counts.copyWithin(moved, start, start + size)
    if (size > 0) this.#rooms.giveBack(before, start)
    this.#starts[word] = moved
    this.#powers[word] = power
  }
}
