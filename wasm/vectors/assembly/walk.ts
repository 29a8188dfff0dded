/**
 * Walks through the graph (algorithms 2 and 5 of the paper): greedily down the levels, then best first over one of them. Rows
 * outside a bitset are walked through and not returned, so a filter costs steps and not results.
 */
import { dot4 } from './distance'
import { keyOf, pop, push, rowOf, similarityOf } from './heap'
import { entry, entryLevel, listOf } from './links'
import { allocate } from '../../shared/memory'
import { leastResult, offerResult, clearResults } from './query'
import { blockAt, blocks, hasBit, rowBits, rowMask, scaleOf, stampOf, stampsColumn, stride, vectorOf } from './rows'

/** Rows that wait to be walked from; beyond it the walk is far wider than any search that is worth it. */
const CANDIDATES: u32 = 32768

let candidates: usize = 0
/** Neighbours not visited yet, gathered so that four are read from memory at once. */
let fresh: usize = 0
let stamp: u32 = 0
/** Vectors that the last walk compared. */
export let compared: u32 = 0

export function setUpWalk(): bool {
  candidates = allocate(CANDIDATES * 8)
  fresh = allocate(64 * 4)
  return fresh !== 0
}

export function clearCompared(): void {
  compared = 0
}

/** Forgets which rows were visited. */
export function newVisit(): void {
  stamp++
  if (stamp <= 0xffff) return
  for (let block: u32 = 0; block < blocks; block++) memory.fill(blockAt(block) + stampsColumn(), 0, 2 << rowBits)
  stamp = 1
}

export function visit(row: u32): bool {
  const address = stampOf(row)
  if (load<u16>(address) === <u16>stamp) return false
  store<u16>(address, <u16>stamp)
  return true
}

/** Similarities of an int16 vector to four rows. */
export function compareFour(query: usize, scale: f32, a: u32, b: u32, c: u32, d: u32): v128 {
  const dots = f32x4.convert_i32x4_s(dot4(query, vectorOf(a), vectorOf(b), vectorOf(c), vectorOf(d), stride))
  return f32x4.mul(f32x4.mul(dots, f32x4(scaleOf(a), scaleOf(b), scaleOf(c), scaleOf(d))), f32x4.splat(scale))
}

/** Goes down from the entry to `level`, always to the most similar neighbour. @returns the key of where that ends */
export function descend(query: usize, scale: f32, level: u32): u64 {
  const first = compareFour(query, scale, entry, entry, entry, entry)
  let best = keyOf(f32x4.extract_lane(first, 0), entry)
  for (let at = entryLevel; at > level; at--) {
    while (true) {
      const before = best
      const list = listOf(rowOf(before), at)
      const count = load<u32>(list)
      for (let index: u32 = 0; index < count; index += 4) {
        const a = load<u32>(list + 4 + (index << 2))
        const b = index + 1 < count ? load<u32>(list + 8 + (index << 2)) : a
        const c = index + 2 < count ? load<u32>(list + 12 + (index << 2)) : a
        const d = index + 3 < count ? load<u32>(list + 16 + (index << 2)) : a
        const four = compareFour(query, scale, a, b, c, d)
        best = max(best, keyOf(f32x4.extract_lane(four, 0), a))
        best = max(best, keyOf(f32x4.extract_lane(four, 1), b))
        best = max(best, keyOf(f32x4.extract_lane(four, 2), c))
        best = max(best, keyOf(f32x4.extract_lane(four, 3), d))
      }
      compared += count
      if (best === before) break
    }
  }
  return best
}

/**
 * Gathers the `width` most similar rows of `level` that are in the bitset at `column`, starting from the rows in the keys
 * that `start` holds. They are in the heap of results then.
 * @returns false when it gave up because it had compared more than `budget` vectors
 */
export function walk(
  query: usize,
  scale: f32,
  level: u32,
  start: usize,
  startCount: u32,
  column: usize,
  width: u32,
  budget: u32,
): bool {
  newVisit()
  clearResults()
  let waiting: u32 = 0
  for (let index: u32 = 0; index < startCount; index++) {
    const key = load<u64>(start + (index << 3))
    const row = rowOf(key)
    if (!visit(row)) continue
    push(candidates, waiting++, ~key)
    if (hasBit(row, column)) offerResult(width, key)
  }
  while (waiting > 0) {
    const key = ~pop(candidates, waiting--)
    if (similarityOf(key) < leastResult(width)) break
    const list = listOf(rowOf(key), level)
    const count = load<u32>(list)
    let gathered: u32 = 0
    for (let index: u32 = 0; index < count; index++) {
      const row = load<u32>(list + 4 + (index << 2))
      if (!visit(row)) continue
      store<u32>(fresh + (gathered++ << 2), row)
    }
    compared += gathered
    if (compared > budget) return false
    for (let index: u32 = 0; index < gathered; index += 4) {
      const a = load<u32>(fresh + (index << 2))
      const b = index + 1 < gathered ? load<u32>(fresh + (index << 2), 4) : a
      const c = index + 2 < gathered ? load<u32>(fresh + (index << 2), 8) : a
      const d = index + 3 < gathered ? load<u32>(fresh + (index << 2), 12) : a
      const four = compareFour(query, scale, a, b, c, d)
      waiting = consider(f32x4.extract_lane(four, 0), a, column, width, waiting)
      if (index + 1 < gathered) waiting = consider(f32x4.extract_lane(four, 1), b, column, width, waiting)
      if (index + 2 < gathered) waiting = consider(f32x4.extract_lane(four, 2), c, column, width, waiting)
      if (index + 3 < gathered) waiting = consider(f32x4.extract_lane(four, 3), d, column, width, waiting)
    }
  }
  return true
}

function consider(similarity: f32, row: u32, column: usize, width: u32, waiting: u32): u32 {
  if (similarity < leastResult(width)) return waiting
  const key = keyOf(similarity, row)
  if (hasBit(row, column)) offerResult(width, key)
  if (waiting === CANDIDATES) return waiting
  push(candidates, waiting, ~key)
  return waiting + 1
}
