/** What is done to whole vectors of float32, their length a multiple of four. */

/** Sum of the four lanes. */
export function total(lanes: v128): f32 {
  const low = f32x4.extract_lane(lanes, 0) + f32x4.extract_lane(lanes, 1)
  return low + (f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3))
}

export function dot(a: usize, b: usize, length: u32): f32 {
  let sum = f32x4.splat(0)
  for (let at: u32 = 0; at < length << 2; at += 16) {
    sum = f32x4.add(sum, f32x4.mul(v128.load(a + at), v128.load(b + at)))
  }
  return total(sum)
}

/** Adds to `to`. */
export function add(from: usize, to: usize, length: u32): void {
  for (let at: u32 = 0; at < length << 2; at += 16) {
    v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)))
  }
}

/** Adds to `to` as many times as `factor` says. */
export function addTimes(from: usize, factor: f32, to: usize, length: u32): void {
  const factors = f32x4.splat(factor)
  for (let at: u32 = 0; at < length << 2; at += 16) {
    v128.store(to + at, f32x4.add(v128.load(to + at), f32x4.mul(factors, v128.load(from + at))))
  }
}

/** What is negative becomes zero. */
export function rectify(at: usize, length: u32): void {
  const end = at + ((<usize>length) << 2)
  for (; at < end; at += 16) v128.store(at, f32x4.max(v128.load(at), f32x4.splat(0)))
}

/** To a root mean square of one, then by its gain (Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019). */
export function normalise(from: usize, gain: usize, to: usize, length: u32): void {
  const factor = f32x4.splat(1 / sqrt<f32>(dot(from, from, length) / <f32>length + 1e-6))
  for (let at: u32 = 0; at < length << 2; at += 16) {
    v128.store(to + at, f32x4.mul(f32x4.mul(v128.load(from + at), factor), v128.load(gain + at)))
  }
}
