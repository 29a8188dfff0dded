/** Every token looks at every other, in heads of their own (Vaswani et al., "Attention Is All You Need", 2017). */
import { addTimes, dot, total } from './vectors'

/** Below this e^x would leave float32. */
const LEAST: f32 = -87

/** e^x of four x up to 0, to the last digit of float32 (Moshier's Cephes, expf): the same bits on every machine. */
function exp(x: v128): v128 {
  x = f32x4.max(x, f32x4.splat(LEAST))
  const power = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504088896341)))
  // What remains after 2^power, its logarithm in two parts.
  x = f32x4.sub(x, f32x4.mul(power, f32x4.splat(0.693359375)))
  x = f32x4.sub(x, f32x4.mul(power, f32x4.splat(-2.1219444e-4)))
  let sum = f32x4.splat(1.98756915e-4)
  sum = f32x4.add(f32x4.mul(sum, x), f32x4.splat(1.3981999507e-3))
  sum = f32x4.add(f32x4.mul(sum, x), f32x4.splat(8.3334519073e-3))
  sum = f32x4.add(f32x4.mul(sum, x), f32x4.splat(4.1665795894e-2))
  sum = f32x4.add(f32x4.mul(sum, x), f32x4.splat(1.6666665459e-1))
  sum = f32x4.add(f32x4.mul(sum, x), f32x4.splat(5.0000001201e-1))
  sum = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(sum, x), x), x), f32x4.splat(1))
  const exponent = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(power), i32x4.splat(127)), 23)
  return f32x4.mul(sum, exponent)
}

/**
 * Makes shares of `count` numbers that sum up to one.
 * @param scores has room for the next multiple of four
 */
function softmax(scores: usize, count: u32): void {
  let most = load<f32>(scores)
  for (let at: u32 = 1; at < count; at++) most = max(most, load<f32>(scores + (at << 2)))
  const end = count << 2
  for (let at = end; (at & 15) !== 0; at += 4) store<f32>(scores + at, most + LEAST)
  const highest = f32x4.splat(most)
  let sums = f32x4.splat(0)
  for (let at: u32 = 0; at < end; at += 16) {
    const powers = exp(f32x4.sub(v128.load(scores + at), highest))
    v128.store(scores + at, powers)
    sums = f32x4.add(sums, powers)
  }
  const share = f32x4.splat(1 / total(sums))
  for (let at: u32 = 0; at < end; at += 16) v128.store(scores + at, f32x4.mul(v128.load(scores + at), share))
}

/**
 * @param projected by token: its query, its key and its value, `width` each, the heads one after another
 * @param scores room for one number a token, to the next multiple of four
 * @param output by token: what it saw, `width`
 */
export function attend(projected: usize, tokens: u32, width: u32, heads: u32, scores: usize, output: usize): void {
  const own = width / heads
  const step = width * 12
  const scale: f32 = 1 / sqrt<f32>(<f32>own)
  memory.fill(output, 0, (tokens * width) << 2)
  for (let head: u32 = 0; head < heads; head++) {
    const offset = (head * own) << 2
    const keys = projected + (width << 2) + offset
    const values = keys + (width << 2)
    for (let token: u32 = 0; token < tokens; token++) {
      const query = projected + token * step + offset
      for (let other: u32 = 0; other < tokens; other++) {
        store<f32>(scores + (other << 2), scale * dot(query, keys + other * step, own))
      }
      softmax(scores, tokens)
      const seen = output + ((token * width) << 2) + offset
      for (let other: u32 = 0; other < tokens; other++) {
        addTimes(values + other * step, load<f32>(scores + (other << 2)), seen, own)
      }
    }
  }
}
