/**
 * Hands out rooms in one long array, each of a power of two, and takes them back (Knuth, The Art of Computer Programming,
 * volume 1, 2.5, without joining buddies: rooms of lists that grow are wanted again by others that do). So that hundreds of
 * thousands of short lists are one object for the garbage collector, which stops the thread for as long as it moves objects.
 */
export class Rooms {
  readonly #free: number[][] = []
  #end = 0

  /** Length that an array needs for all rooms that were ever handed out. */
  get end(): number {
    return this.#end
  }

  /** @returns where a room of `2 ** power` begins */
  take(power: number): number {
    const found = this.#free[power]?.pop()
    if (found !== undefined) return found
    const at = this.#end
    this.#end += 2 ** power
    return at
  }

  giveBack(power: number, at: number): void {
    const free = (this.#free[power] ??= [])
    free.push(at)
  }
}

/** The least power of two that is not below `length`, which is at least 1. */
export const powerFor = (length: number): number => 32 - Math.clz32(length - 1)

/** Itself, or what is in it in one at least twice as long. */
export function longer<A extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(array: A, length: number): A {
  if (array.length >= length) return array
  const Type = array.constructor as new (length: number) => A
  const grown = new Type(Math.max(length, 2 * array.length))
  grown.set(array)
  return grown
}
