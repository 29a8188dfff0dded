/** Puts rows into the graph (algorithm 1 of the paper), one at a time, so that the host can stop between any two. */
import { widen } from './distance'
import { keyOf } from './heap'
import { entryLevel, levelFor, linkedCount, listOf, LOWEST_LINKS, openRow, roomOf, setEntry } from './links'
import { allocate } from '../../shared/memory'
import { choose } from './choose'
import { resultCount, results, sortResults } from './query'
import { liveColumn, scaleOf, stride, vectorOf } from './rows'
import { clearCompared, compareFour, descend, walk } from './walk'
import { markLinks } from './dirty'

let widened: usize = 0
let start: usize = 0
let chosen: usize = 0
let neighbour: usize = 0
let keys: usize = 0

const NO_BUDGET: u32 = 0xffffffff

export function setUpInsert(): bool {
  widened = allocate(stride << 1)
  neighbour = allocate(stride << 1)
  start = allocate(8)
  chosen = allocate((LOWEST_LINKS + 1) << 2)
  keys = allocate((LOWEST_LINKS + 1) << 3)
  return keys !== 0
}

/**
 * Links a live row.
 * @param width candidates to choose links from, efConstruction in the paper
 * @returns false without memory; the row is not linked then
 */
export function insertRow(row: u32, width: u32): bool {
  const level = levelFor(row)
  const first = linkedCount === 0
  if (!openRow(row, level)) return false
  markLinks(row)
  if (first) {
    setEntry(row, level)
    return true
  }
  widen(vectorOf(row), widened, stride)
  const scale = scaleOf(row)
  clearCompared()
  const from = min(level, entryLevel)
  store<u64>(start, descend(widened, scale, from))
  for (let at: i32 = from; at >= 0; at--) {
    walk(widened, scale, at, start, 1, liveColumn(), width, NO_BUDGET)
    sortResults()
    if (resultCount > 0) {
      store<u64>(start, load<u64>(results))
      const count = choose(results, resultCount, roomOf(at) >> (at === 0 ? 1 : 0), chosen)
      const list = listOf(row, at)
      store<u32>(list, count)
      memory.copy(list + 4, chosen, count << 2)
      for (let index: u32 = 0; index < count; index++) linkBack(load<u32>(list + 4 + (index << 2)), row, at)
    }
  }
  if (level > entryLevel) setEntry(row, level)
  return true
}

/** Adds a link from `row` to `to`; where there is no room, the links are chosen anew. */
function linkBack(row: u32, to: u32, level: u32): void {
  markLinks(row)
  const list = listOf(row, level)
  const count = load<u32>(list)
  const room = roomOf(level)
  if (count < room) {
    store<u32>(list + 4 + (count << 2), to)
    store<u32>(list, count + 1)
    return
  }
  memory.copy(chosen + 0, list + 4, count << 2)
  store<u32>(chosen + (count << 2), to)
  sortAround(row, chosen, count + 1, keys)
  store<u32>(list, choose(keys, count + 1, room, list + 4))
}

/** Writes keys of `count` rows by their similarity to `row`, most similar first. */
export function sortAround(row: u32, rows: usize, count: u32, into: usize): void {
  widen(vectorOf(row), neighbour, stride)
  const scale = scaleOf(row)
  for (let index: u32 = 0; index < count; index += 4) {
    const a = load<u32>(rows + (index << 2))
    const b = index + 1 < count ? load<u32>(rows + (index << 2), 4) : a
    const c = index + 2 < count ? load<u32>(rows + (index << 2), 8) : a
    const d = index + 3 < count ? load<u32>(rows + (index << 2), 12) : a
    const four = compareFour(neighbour, scale, a, b, c, d)
    insertKey(into, index, keyOf(f32x4.extract_lane(four, 0), a))
    if (index + 1 < count) insertKey(into, index + 1, keyOf(f32x4.extract_lane(four, 1), b))
    if (index + 2 < count) insertKey(into, index + 2, keyOf(f32x4.extract_lane(four, 2), c))
    if (index + 3 < count) insertKey(into, index + 3, keyOf(f32x4.extract_lane(four, 3), d))
  }
}

/** One step of an insertion sort, greatest first. */
function insertKey(into: usize, count: u32, key: u64): void {
  let at = count
  while (at > 0) {
    const before = load<u64>(into + ((at - 1) << 3))
    if (before >= key) break
    store<u64>(into + (at << 3), before)
    at--
  }
  store<u64>(into + (at << 3), key)
}
