/** Seeded randomness: the same seed gives the same conversations everywhere. mulberry32, public domain (Tommy Ettinger). */
export interface Dice {
  /** A whole number from 0 to `below` - 1. */
  roll(below: number): number
  pick<T>(from: readonly T[]): T
  shuffle<T>(all: readonly T[]): T[]
}

export function createDice(seed: number): Dice {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const roll = (below: number): number => Math.floor(next() * below)
  return {
    roll,
    pick<T>(from: readonly T[]): T {
      const chosen = from[roll(from.length)]
      if (chosen === undefined) throw new RangeError('There is nothing to pick from.')
      return chosen
    },
    shuffle<T>(all: readonly T[]): T[] {
      const mixed = [...all]
      for (let at = mixed.length - 1; at > 0; at -= 1) {
        const other = roll(at + 1)
        const [one, two] = [mixed[at] as T, mixed[other] as T]
        mixed[at] = two
        mixed[other] = one
      }
      return mixed
    },
  }
}
