/**
 * The file of weights (the README above this folder describes it) as it is used: embeddings and small vectors where they
 * stand in the file, matrices unpacked. The host has checked that the file is as long as its shape says.
 */
import { allocate } from '../../shared/memory'
import { unpack } from './matrix'

export const FINE: i32 = 0
export const NOT_FINITE: i32 = 1
export const NO_MEMORY: i32 = 2

/** Rows of the table of embeddings: words and special tokens. */
export let entries: u32 = 0
/** Numbers of an embedding. */
export let wordWidth: u32 = 0
/** Numbers of a token's state. */
export let width: u32 = 0
export let layers: u32 = 0
export let heads: u32 = 0
/** Numbers of a token between `up` and `down`. */
export let inner: u32 = 0
export let positions: u32 = 0
export let outputs: u32 = 0

/** Of embeddings: their scales, then their codes. */
export let embeddings: usize = 0
/** From embeddings to states; 0 when both have the same width. */
export let inward: usize = 0
/** By position: what is added to the state of the token there. */
export let places: usize = 0
/** From states to the result. */
export let outward: usize = 0

/** By layer: the addresses of its parts, in the order of the file. */
let parts: usize = 0
const PARTS_BYTES: u32 = 32

let file: usize = 0
let cursor: usize = 0
let state: i32 = FINE

export function setShape(
  entryCount: u32,
  embeddingWidth: u32,
  stateWidth: u32,
  layerCount: u32,
  headCount: u32,
  innerWidth: u32,
  positionCount: u32,
  outputCount: u32,
): void {
  entries = entryCount
  wordWidth = embeddingWidth
  width = stateWidth
  layers = layerCount
  heads = headCount
  inner = innerWidth
  positions = positionCount
  outputs = outputCount
}

/** A place for what follows the header in the file. @returns 0 without memory */
export function placeFile(bytes: u32): usize {
  file = allocate(bytes)
  return file
}

/** The next `count` float32. */
function floats(count: u32): usize {
  const start = cursor
  cursor += (<usize>count) << 2
  // Infinity times zero is not zero.
  let nothing: f32 = 0
  for (let at = start; at < cursor; at += 4) nothing += load<f32>(at) * 0
  if (nothing !== 0) state = NOT_FINITE
  return start
}

function matrix(rows: u32, columns: u32): usize {
  const start = floats(rows)
  cursor += <usize>rows * columns
  const unpacked = unpack(start, rows, columns)
  if (unpacked === 0) state = NO_MEMORY
  return unpacked
}

/** @returns FINE, NOT_FINITE when a number of the file is infinite or none, NO_MEMORY */
export function readWeights(): i32 {
  parts = allocate(layers * PARTS_BYTES)
  if (parts === 0) return NO_MEMORY
  cursor = file
  embeddings = floats(entries)
  cursor += <usize>entries * wordWidth
  inward = wordWidth === width ? 0 : matrix(width, wordWidth)
  places = floats(positions * width)
  for (let layer: u32 = 0; layer < layers && state === FINE; layer++) {
    const at = parts + layer * PARTS_BYTES
    store<usize>(at, floats(width))
    store<usize>(at, matrix(3 * width, width), 4)
    store<usize>(at, matrix(width, width), 8)
    store<usize>(at, floats(width), 12)
    store<usize>(at, matrix(inner, width), 16)
    store<usize>(at, floats(inner), 20)
    store<usize>(at, matrix(width, inner), 24)
    store<usize>(at, floats(width), 28)
  }
  outward = state === FINE ? matrix(outputs, width) : 0
  return state
}

/** Gain before attention. */
export function attentionGain(layer: u32): usize {
  return load<usize>(parts + layer * PARTS_BYTES)
}

/** From a state to query, key and value. */
export function projection(layer: u32): usize {
  return load<usize>(parts + layer * PARTS_BYTES, 4)
}

/** From what the heads saw to a state. */
export function gathering(layer: u32): usize {
  return load<usize>(parts + layer * PARTS_BYTES, 8)
}

/** Gain before the feed-forward network. */
export function networkGain(layer: u32): usize {
  return load<usize>(parts + layer * PARTS_BYTES, 12)
}

export function up(layer: u32): usize {
  return load<usize>(parts + layer * PARTS_BYTES, 16)
}

export function upBias(layer: u32): usize {
  return load<usize>(parts + layer * PARTS_BYTES, 20)
}

export function down(layer: u32): usize {
  return load<usize>(parts + layer * PARTS_BYTES, 24)
}

export function downBias(layer: u32): usize {
  return load<usize>(parts + layer * PARTS_BYTES, 28)
}
