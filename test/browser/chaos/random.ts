/** Choices that a seed repeats. */
import { seeded } from '../../fixtures/seeded.ts'

export interface SeededRandom {
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number
  pick<const T>(choices: readonly [T, ...T[]]): T
}

export function createSeededRandom(seed: number): SeededRandom {
  const next = seeded(seed)
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  return { between, pick: (choices) => choices[between(0, choices.length - 1)] ?? choices[0] }
}
