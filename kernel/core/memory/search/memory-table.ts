/** All memories in memory, by id, by number and in order of time. What is handed out is what was put in: do not write to it. */
import type { MemoryRecord } from '../../storage/records.ts'

/** Negative when `one` comes before `other`: newest first, of two of one time the one written later. */
export const newestFirst = (one: MemoryRecord, other: MemoryRecord): number =>
  other.createdAt - one.createdAt || other.number - one.number

export class MemoryTable {
  readonly #byId = new Map<string, MemoryRecord>()
  readonly #byNumber = new Map<number, MemoryRecord>()
  /** Oldest first, so that a new one goes to the end. */
  #order: MemoryRecord[] = []

  get size(): number {
    return this.#byId.size
  }

  get(id: string): MemoryRecord | undefined {
    return this.#byId.get(id)
  }

  numbered(number: number): MemoryRecord | undefined {
    return this.#byNumber.get(number)
  }

  numbers(): Iterable<number> {
    return this.#byNumber.keys()
  }

  put(memory: MemoryRecord): void {
    const before = this.#byId.get(memory.id)
    if (before?.number === memory.number && before.createdAt === memory.createdAt) return void this.#replace(memory)
    this.remove(memory.id)
    this.#byId.set(memory.id, memory)
    this.#byNumber.set(memory.number, memory)
    const last = this.#order.at(-1)
    if (last === undefined || newestFirst(memory, last) < 0) this.#order.push(memory)
    else this.#order.splice(this.#placeOf(memory), 0, memory)
  }

  remove(id: string): void {
    const memory = this.#byId.get(id)
    if (!memory) return
    this.#byId.delete(id)
    this.#byNumber.delete(memory.number)
    this.#order.splice(this.#placeOf(memory), 1)
  }

  /** The first half of putting many at once: then they are known, and in no order yet. */
  enter(memory: MemoryRecord): void {
    this.#byId.set(memory.id, memory)
    this.#byNumber.set(memory.number, memory)
  }

  /** The second half. @param all that were entered, oldest first; it is kept */
  arrange(all: MemoryRecord[]): void {
    this.#order = all
  }

  /** All of them, newest first. */
  all(): MemoryRecord[] {
    return this.#order.toReversed()
  }

  /** Newest first. @param before only those after this one in that order */
  *newest(before?: MemoryRecord): Iterable<MemoryRecord> {
    for (let at = (before ? this.#placeOf(before) : this.#order.length) - 1; at >= 0; at -= 1) {
      const memory = this.#order[at]
      if (memory) yield memory
    }
  }

  /** In the place it has: moving 100,000 others to and fro takes a tenth of a millisecond, and each recall counts several. */
  #replace(memory: MemoryRecord): void {
    this.#byId.set(memory.id, memory)
    this.#byNumber.set(memory.number, memory)
    this.#order[this.#placeOf(memory)] = memory
  }

  /** Where it is, or would be. */
  #placeOf(memory: MemoryRecord): number {
    let low = 0
    let high = this.#order.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#order[middle]
      if (other && newestFirst(memory, other) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
