/** Random numbers that a seed repeats (mulberry32, Tommy Ettinger's generator of 32 bits of state). */

/** @param {number} seed */
export function createSeededRandom(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    /** A whole number from `least` to `most`. @param {number} least @param {number} most */
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
  }
}
