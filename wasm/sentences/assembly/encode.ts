/** From tokens to one vector: embeddings, layers of attention and a feed-forward network each, the sum of all tokens. */
import { allocate } from '../../shared/memory'
import { attend } from './attention'
import { addProduct, TOGETHER } from './matrix'
import { add, normalise, rectify } from './vectors'
import * as weights from './weights'

/** What the host writes: one u32 a token. */
export let tokens: usize = 0
/** What the host reads. */
export let result: usize = 0

/** By token: its embedding, its state, that normalised or what its heads saw, and what a matrix makes of these. */
let embedded: usize = 0
let states: usize = 0
let inputs: usize = 0
let wide: usize = 0
let scores: usize = 0

function wholeRows(count: u32): u32 {
  return (count + TOGETHER - 1) & ~(TOGETHER - 1)
}

/** @returns false without memory */
export function setUpEncode(): bool {
  const rows = (<u64>wholeRows(weights.positions)) << 2
  tokens = allocate(rows)
  scores = allocate(rows)
  embedded = allocate(rows * weights.wordWidth)
  states = allocate(rows * weights.width)
  inputs = allocate(rows * weights.width)
  wide = allocate(rows * max(3 * weights.width, weights.inner))
  result = allocate((TOGETHER * weights.outputs) << 2)
  return tokens !== 0 && scores !== 0 && embedded !== 0 && states !== 0 && inputs !== 0 && wide !== 0 && result !== 0
}

/** Writes the embeddings of the tokens as float32. */
function embed(count: u32, to: usize): void {
  const length = weights.wordWidth
  const codes = weights.embeddings + ((<usize>weights.entries) << 2)
  for (let index: u32 = 0; index < count; index++) {
    const token = load<u32>(tokens + (index << 2))
    const scale = f32x4.splat(load<f32>(weights.embeddings + (token << 2)))
    const from = codes + <usize>token * length
    for (let at: u32 = 0; at < length; at += 8) {
      const eight = v128.load8x8_s(from + at)
      const low = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(eight))
      const high = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(eight))
      v128.store(to, f32x4.mul(low, scale))
      v128.store(to, f32x4.mul(high, scale), 16)
      to += 32
    }
  }
}

function normaliseAll(count: u32, gain: usize): void {
  const bytes = weights.width << 2
  for (let row: u32 = 0; row < count * bytes; row += bytes) normalise(states + row, gain, inputs + row, weights.width)
}

function layer(index: u32, count: u32, rows: u32): void {
  const width = weights.width
  const inner = weights.inner
  normaliseAll(count, weights.attentionGain(index))
  memory.fill(wide, 0, (rows * 3 * width) << 2)
  addProduct(weights.projection(index), 3 * width, width, inputs, wide, rows)
  attend(wide, count, width, weights.heads, scores, inputs)
  addProduct(weights.gathering(index), width, width, inputs, states, rows)

  normaliseAll(count, weights.networkGain(index))
  for (let row: u32 = 0; row < rows; row++) memory.copy(wide + ((row * inner) << 2), weights.upBias(index), inner << 2)
  addProduct(weights.up(index), inner, width, inputs, wide, rows)
  rectify(wide, rows * inner)
  for (let row: u32 = 0; row < count; row++) add(weights.downBias(index), states + ((row * width) << 2), width)
  addProduct(weights.down(index), width, inner, wide, states, rows)
}

/**
 * Computes the vector of the first `count` tokens, at least one and at most as many as there are positions; each is less
 * than the number of entries. Rows up to the next multiple of `TOGETHER` are computed beside them and mean nothing.
 *
 * @returns whether there is a result: false when it has no direction or is not finite, as only damaged weights make it
 */
export function encodeTokens(count: u32): bool {
  const width = weights.width
  const rows = wholeRows(count)
  if (weights.inward === 0) embed(count, states)
  else {
    embed(count, embedded)
    memory.fill(states, 0, (rows * width) << 2)
    addProduct(weights.inward, width, weights.wordWidth, embedded, states, rows)
  }
  add(weights.places, states, count * width)
  for (let index: u32 = 0; index < weights.layers; index++) layer(index, count, rows)

  memory.fill(inputs, 0, (TOGETHER * width) << 2)
  for (let row: u32 = 0; row < count; row++) add(states + ((row * width) << 2), inputs, width)
  memory.fill(result, 0, (TOGETHER * weights.outputs) << 2)
  addProduct(weights.outward, weights.outputs, width, inputs, result, TOGETHER)
  return toLengthOne(result, weights.outputs << 2)
}

function toLengthOne(vector: usize, bytes: u32): bool {
  let squares: f64 = 0
  for (let at: u32 = 0; at < bytes; at += 4) squares += <f64>load<f32>(vector + at) * <f64>load<f32>(vector + at)
  const length = Math.sqrt(squares)
  if (!(length > 0 && length < Infinity)) return false
  for (let at: u32 = 0; at < bytes; at += 4) store<f32>(vector + at, <f32>(<f64>load<f32>(vector + at) / length))
  return true
}
