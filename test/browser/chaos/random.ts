/** Random numbers that a seed repeats (mulberry32, Tommy Ettinger's generator of 32 bits of state). */
export interface SeededRandom {
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number
  pick<const T>(choices: readonly [T, ...T[]]): T
}

export function createSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  return { between, pick: (choices) => choices[between(0, choices.length - 1)] ?? choices[0] }
}
