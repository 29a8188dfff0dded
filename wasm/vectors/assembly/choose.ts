/**
 * Chooses whom a row links to (algorithm 4 of the paper): of the similar rows, those that are not more similar to one chosen
 * already, so that links go in all directions. The most similar of the others fill up to a floor, without which near
 * duplicates would link to one row only and could not be reached once that is gone.
 */
import { widen } from './distance'
import { rowOf, similarityOf } from './heap'
import { LOWEST_LINKS } from './links'
import { allocate } from '../../shared/memory'
import { scaleOf, stride, vectorOf } from './rows'
import { compareFour } from './walk'

/** The candidate in question, as int16. */
let widened: usize = 0
let passedOver: usize = 0

export function setUpChoose(): bool {
  widened = allocate(stride << 1)
  passedOver = allocate(LOWEST_LINKS << 2)
  return passedOver !== 0
}

/** Whether `row` is more similar to one of `count` chosen rows than `similarity`. */
function covered(row: u32, similarity: f32, chosen: usize, count: u32): bool {
  if (count === 0) return false
  widen(vectorOf(row), widened, stride)
  const least = f32x4.splat(similarity)
  for (let index: u32 = 0; index < count; index += 4) {
    const a = load<u32>(chosen + (index << 2))
    const b = index + 1 < count ? load<u32>(chosen + (index << 2), 4) : a
    const c = index + 2 < count ? load<u32>(chosen + (index << 2), 8) : a
    const d = index + 3 < count ? load<u32>(chosen + (index << 2), 12) : a
    if (v128.any_true(f32x4.gt(compareFour(widened, scaleOf(row), a, b, c, d), least))) return true
  }
  return false
}

/**
 * Writes at most `room` rows to `chosen`.
 * @param sorted keys, most similar first
 * @returns how many
 */
export function choose(sorted: usize, count: u32, room: u32, chosen: usize): u32 {
  const floor = room >> 1
  let taken: u32 = 0
  let passed: u32 = 0
  for (let index: u32 = 0; index < count && taken < room; index++) {
    const key = load<u64>(sorted + (index << 3))
    const row = rowOf(key)
    if (!covered(row, similarityOf(key), chosen, taken)) store<u32>(chosen + (taken++ << 2), row)
    else if (passed < floor) store<u32>(passedOver + (passed++ << 2), row)
  }
  for (let index: u32 = 0; index < passed && taken < floor; index++) {
    store<u32>(chosen + (taken++ << 2), load<u32>(passedOver + (index << 2)))
  }
  return taken
}
