/** Numbers for a scheduler's ties, from one id of the platform's own randomness: a test's ids give the same numbers again. */
import type { Random } from '../platform.ts'

/** From 0 to below 1: mulberry32, seeded with an FNV-1a hash when it is first asked. */
export function seededRandom(random: Random): () => number {
  let state: number | null = null
  return () => {
    state = ((state ?? hash(random.id('seed'))) + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return value | 0
}
