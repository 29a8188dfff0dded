/** What the index of words keeps of each text, by its place: how long it is, which words it has, and when it came. */
import { longer, powerFor, Rooms } from './rooms.ts'

export class Texts {
  readonly #rooms = new Rooms()
  #words = new Uint32Array(1_024)
  #starts = new Uint32Array(64)
  /** How many different words it has. */
  #sizes = new Uint32Array(64)
  #lengths = new Uint32Array(64)
  #turns = new Float64Array(64)
  #turn = 0

  /** Words of the text, each as often as it is in there. */
  lengthOf(place: number): number {
    return this.#lengths[place] ?? 0
  }

  /** Later texts have greater ones. */
  turnOf(place: number): number {
    return this.#turns[place] ?? 0
  }

  /** @param words their numbers, each once */
  put(place: number, length: number, words: readonly number[]): void {
    this.#starts = longer(this.#starts, place + 1)
    this.#sizes = longer(this.#sizes, place + 1)
    this.#lengths = longer(this.#lengths, place + 1)
    this.#turns = longer(this.#turns, place + 1)
    this.#sizes[place] = words.length
    this.#lengths[place] = length
    this.#turns[place] = this.#turn += 1
    if (words.length === 0) return
    const start = this.#rooms.take(powerFor(words.length))
    this.#words = longer(this.#words, this.#rooms.end)
    this.#words.set(words, start)
    this.#starts[place] = start
  }

  /** Forgets a text. @returns its words' numbers */
  take(place: number): Uint32Array {
    const size = this.#sizes[place] ?? 0
    if (size === 0) return new Uint32Array(0)
    const start = this.#starts[place] ?? 0
    this.#sizes[place] = 0
    this.#rooms.giveBack(powerFor(size), start)
    return this.#words.slice(start, start + size)
  }
}
