/** Chance that a seed repeats, so that it gives the same conversations everywhere. */
import { seeded } from '../../fixtures/seeded.ts'

export interface Dice {
  /** A whole number from 0 to `below` - 1. */
  roll(below: number): number
  pick<T>(from: readonly T[]): T
  shuffle<T>(all: readonly T[]): T[]
}

export function createDice(seed: number): Dice {
  const next = seeded(seed)
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
