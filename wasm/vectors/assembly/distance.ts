/**
 * Inner products. The side that is compared with many is widened to int16 once, so that each step is one load that widens
 * eight int8, one multiply-add of pairs and one add; four rows go together, to share the loads of the query and to have four
 * reads from memory under way at once.
 */

/** Products of one int16 vector with four int8 vectors of `length` bytes, a multiple of 16. */
export function dot4(query: usize, a: usize, b: usize, c: usize, d: usize, length: u32): v128 {
  let sumA = i32x4.splat(0)
  let sumB = i32x4.splat(0)
  let sumC = i32x4.splat(0)
  let sumD = i32x4.splat(0)
  for (let at: u32 = 0; at < length; at += 16) {
    const low = v128.load(query + (at << 1))
    const high = v128.load(query + (at << 1), 16)
    sumA = i32x4.add(sumA, i32x4.dot_i16x8_s(low, v128.load8x8_s(a + at)))
    sumB = i32x4.add(sumB, i32x4.dot_i16x8_s(low, v128.load8x8_s(b + at)))
    sumC = i32x4.add(sumC, i32x4.dot_i16x8_s(low, v128.load8x8_s(c + at)))
    sumD = i32x4.add(sumD, i32x4.dot_i16x8_s(low, v128.load8x8_s(d + at)))
    sumA = i32x4.add(sumA, i32x4.dot_i16x8_s(high, v128.load8x8_s(a + at, 8)))
    sumB = i32x4.add(sumB, i32x4.dot_i16x8_s(high, v128.load8x8_s(b + at, 8)))
    sumC = i32x4.add(sumC, i32x4.dot_i16x8_s(high, v128.load8x8_s(c + at, 8)))
    sumD = i32x4.add(sumD, i32x4.dot_i16x8_s(high, v128.load8x8_s(d + at, 8)))
  }
  const ab = i32x4.add(v128.shuffle<i32>(sumA, sumB, 0, 1, 4, 5), v128.shuffle<i32>(sumA, sumB, 2, 3, 6, 7))
  const cd = i32x4.add(v128.shuffle<i32>(sumC, sumD, 0, 1, 4, 5), v128.shuffle<i32>(sumC, sumD, 2, 3, 6, 7))
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 2, 4, 6), v128.shuffle<i32>(ab, cd, 1, 3, 5, 7))
}

/** Product of two float32 vectors of `length` bytes, a multiple of 64. */
export function dotFloats(a: usize, b: usize, length: u32): f32 {
  let sum0 = f32x4.splat(0)
  let sum1 = f32x4.splat(0)
  let sum2 = f32x4.splat(0)
  let sum3 = f32x4.splat(0)
  for (let at: u32 = 0; at < length; at += 64) {
    sum0 = f32x4.add(sum0, f32x4.mul(v128.load(a + at), v128.load(b + at)))
    sum1 = f32x4.add(sum1, f32x4.mul(v128.load(a + at, 16), v128.load(b + at, 16)))
    sum2 = f32x4.add(sum2, f32x4.mul(v128.load(a + at, 32), v128.load(b + at, 32)))
    sum3 = f32x4.add(sum3, f32x4.mul(v128.load(a + at, 48), v128.load(b + at, 48)))
  }
  const sum = f32x4.add(f32x4.add(sum0, sum1), f32x4.add(sum2, sum3))
  return (
    f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3))
  )
}

/** Widens `length` int8, a multiple of 16, to int16. */
export function widen(from: usize, to: usize, length: u32): void {
  for (let at: u32 = 0; at < length; at += 8) v128.store(to + (at << 1), v128.load8x8_s(from + at))
}
