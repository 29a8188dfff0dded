/** Chance that comes out the same each time, so that the same texts are made. */

/** @param {number} seed whole @returns draws, by Mulberry32 (Tommy Ettinger, 2017) */
export function randomFrom(seed) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (count) => Math.floor(next() * count)
  return { next, below, one: (list) => list[below(list.length)], chance: (share) => next() < share }
}
