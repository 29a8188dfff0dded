/** Exact search: compares the query with every row of a bitset, four at a time. */
import { dot4, dotFloats } from './distance'
import { keyOf, offer, rowOf } from './heap'
import { floats, hasFloats, leastResult, offerResult, query, queryScale, resultCount, results } from './query'
import {
  blockAt,
  blocks,
  floatsOf,
  floatStride,
  linkedColumn,
  rowBits,
  rowCount,
  scaleOf,
  scalesColumn,
  stride,
  vectorOf,
} from './rows'

/** Rows that wait until there are four of them. */
const waiting = memory.data(16)

function compareWaiting(count: u32, capacity: u32): void {
  const a = load<u32>(waiting)
  const b = count > 1 ? load<u32>(waiting, 4) : a
  const c = count > 2 ? load<u32>(waiting, 8) : a
  const d = count > 3 ? load<u32>(waiting, 12) : a
  const dots = f32x4.convert_i32x4_s(dot4(query, vectorOf(a), vectorOf(b), vectorOf(c), vectorOf(d), stride))
  const scales = f32x4(scaleOf(a), scaleOf(b), scaleOf(c), scaleOf(d))
  offerFour(f32x4.mul(f32x4.mul(dots, scales), f32x4.splat(queryScale)), a, b, c, d, count, capacity)
}

function offerFour(similarities: v128, a: u32, b: u32, c: u32, d: u32, count: u32, capacity: u32): void {
  // Of four rows nearly always none belongs among the best.
  const least = f32x4.splat(leastResult(capacity))
  if (!v128.any_true(f32x4.ge(similarities, least))) return
  offerResult(capacity, keyOf(f32x4.extract_lane(similarities, 0), a))
  if (count > 1) offerResult(capacity, keyOf(f32x4.extract_lane(similarities, 1), b))
  if (count > 2) offerResult(capacity, keyOf(f32x4.extract_lane(similarities, 2), c))
  if (count > 3) offerResult(capacity, keyOf(f32x4.extract_lane(similarities, 3), d))
}

/**
 * Offers every row of the bitset at `column` to the results, by its int8 vector.
 * @param unlinkedOnly leaves out what is in the graph
 */
export function scanBytes(column: usize, unlinkedOnly: bool, capacity: u32): void {
  const words: u32 = (1 << rowBits) >> 5
  const scale = f32x4.splat(queryScale)
  let count: u32 = 0
  for (let block: u32 = 0; block < blocks; block++) {
    const start = block << rowBits
    if (start >= rowCount) break
    const base = blockAt(block)
    for (let word: u32 = 0; word < words; word++) {
      let rows = load<u32>(base + column + (word << 2))
      if (unlinkedOnly) rows &= ~load<u32>(base + linkedColumn() + (word << 2))
      if (rows === 0xffffffff) {
        let vector = base + (word << 5) * stride
        let scales = base + scalesColumn() + (word << 7)
        const first = start + (word << 5)
        for (let row = first; row < first + 32; row += 4) {
          const dots = dot4(query, vector, vector + stride, vector + 2 * stride, vector + 3 * stride, stride)
          const similarities = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(dots), v128.load(scales)), scale)
          offerFour(similarities, row, row + 1, row + 2, row + 3, 4, capacity)
          vector += stride << 2
          scales += 16
        }
        continue
      }
      while (rows !== 0) {
        const row = start + (word << 5) + ctz<u32>(rows)
        rows &= rows - 1
        store<u32>(waiting + (count << 2), row)
        if (++count === 4) {
          compareWaiting(4, capacity)
          count = 0
        }
      }
    }
  }
  if (count > 0) compareWaiting(count, capacity)
}

/** As `scanBytes`, by float32 vectors. */
export function scanFloats(column: usize, unlinkedOnly: bool, capacity: u32): void {
  const words: u32 = (1 << rowBits) >> 5
  for (let block: u32 = 0; block < blocks; block++) {
    const start = block << rowBits
    if (start >= rowCount) break
    const base = blockAt(block)
    for (let word: u32 = 0; word < words; word++) {
      let rows = load<u32>(base + column + (word << 2))
      if (unlinkedOnly) rows &= ~load<u32>(base + linkedColumn() + (word << 2))
      while (rows !== 0) {
        const row = start + (word << 5) + ctz<u32>(rows)
        rows &= rows - 1
        const similarity = dotFloats(floats, floatsOf(row), floatStride)
        if (similarity >= leastResult(capacity)) offerResult(capacity, keyOf(similarity, row))
      }
    }
  }
}

/** Every row of the bitset, by the best vectors there are. */
export function scan(column: usize, unlinkedOnly: bool, capacity: u32): void {
  if (hasFloats()) scanFloats(column, unlinkedOnly, capacity)
  else scanBytes(column, unlinkedOnly, capacity)
}

/** Replaces the similarities of the results, which were found by int8, by those of float32. */
export function rescore(): void {
  let size: u32 = 0
  for (let index: u32 = 0; index < resultCount; index++) {
    const row = rowOf(load<u64>(results + (index << 3)))
    const key = keyOf(dotFloats(floats, floatsOf(row), floatStride), row)
    // In place: the keys up to `index` are a heap already.
    size = offer(results, size, resultCount, key)
  }
}
