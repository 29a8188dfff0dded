/**
 * From float32 to what is compared. A vector becomes int8 with a scale of its own: its largest component is 127. A query
 * becomes int16, which costs the scan nothing and leaves no error of its own worth mentioning.
 */
import { cosine, dimensions, stride } from './rows'

export const FINE: i32 = 0
export const NOT_FINITE: i32 = 1
export const NO_DIRECTION: i32 = 2

/** Components below this are zero: their inverse would be infinite. */
const NOTHING: f32 = 1e-30

/** Largest sum that an int32 accumulator may reach. */
const ACCUMULATOR: f64 = 2147483647

/**
 * Copies `dimensions` floats to `to`, `stride` floats with zeros at the end, at length 1 for cosine.
 * @returns FINE, NOT_FINITE for NaN, infinity or a length beyond float32, NO_DIRECTION for zeros under cosine
 */
export function takeFloats(from: usize, to: usize): i32 {
  memory.copy(to, from, dimensions << 2)
  memory.fill(to + (dimensions << 2), 0, (stride - dimensions) << 2)
  let squares: f64 = 0
  for (let at: u32 = 0; at < dimensions << 2; at += 4) {
    const value = <f64>load<f32>(to + at)
    squares += value * value
  }
  // Infinity or NaN when any component is.
  if (!(squares <= <f64>f32.MAX_VALUE)) return NOT_FINITE
  if (!cosine) return FINE
  if (squares < 1e-60) return NO_DIRECTION
  const factor = 1 / Math.sqrt(squares)
  for (let at: u32 = 0; at < dimensions << 2; at += 4) store<f32>(to + at, <f32>(<f64>load<f32>(to + at) * factor))
  return FINE
}

function largest(floats: usize): f32 {
  let most = f32x4.splat(0)
  for (let at: u32 = 0; at < stride << 2; at += 16) most = f32x4.max(most, f32x4.abs(v128.load(floats + at)))
  return max(
    max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
    max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
  )
}

/** @returns the scale: a component is its int8 times this. */
export function quantise(floats: usize, to: usize): f32 {
  const most = largest(floats)
  if (most < NOTHING) {
    memory.fill(to, 0, stride)
    return 0
  }
  const factor = f32x4.splat(127 / most)
  for (let at: u32 = 0; at < stride; at += 16) {
    const from = floats + (at << 2)
    const a = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(from), factor)))
    const b = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(from, 16), factor)))
    const c = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(from, 32), factor)))
    const d = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(from, 48), factor)))
    v128.store(to + at, i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)))
  }
  return most / 127
}

/** As `quantise`, to int16, as fine as the accumulators of `dot4` can sum up. */
export function quantiseQuery(floats: usize, to: usize): f32 {
  const most = largest(floats)
  if (most < NOTHING) {
    memory.fill(to, 0, stride << 1)
    return 0
  }
  // A lane sums a quarter of the products; the four are then added.
  const limit = <f32>min(32767, Math.floor(ACCUMULATOR / (127 * <f64>stride)))
  const factor = f32x4.splat(limit / most)
  for (let at: u32 = 0; at < stride; at += 8) {
    const from = floats + (at << 2)
    const a = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(from), factor)))
    const b = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(from, 16), factor)))
    v128.store(to + (at << 1), i16x8.narrow_i32x4_s(a, b))
  }
  return most / limit
}
