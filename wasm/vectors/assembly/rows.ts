/**
 * Rows: one vector each with its id and attributes, in blocks of `blockRows` that are saved as a segment each. Inside a block
 * every property is a column, so that a scan reads vectors only and a filter reads one attribute only. A row's number is
 * its place and stays the same while anything links to it.
 *
 * A row is live (found by searches) or dead, and linked (in the graph) or not. Dead and linked is a tombstone that searches
 * walk through; dead and not linked is free for another vector.
 */
import { allocate } from '../../shared/memory'

/** Bytes of a block that the size of a block is chosen by: a segment of this size is read in few milliseconds. */
const BLOCK_BYTES: u32 = 2 * 1024 * 1024
const MIN_ROW_BITS: u32 = 8
const MAX_ROW_BITS: u32 = 12
const MAX_BLOCKS: u32 = 16384

export let dimensions: u32 = 0
/** Bytes of an int8 vector: `dimensions` rounded up to 16, the rest zero. */
export let stride: u32 = 0
/** Bytes of a float32 vector, or 0 where those are not kept. */
export let floatStride: u32 = 0
export let cosine: bool = false
export let rowBits: u32 = 0
export let rowMask: u32 = 0

/** Bytes of one row in a segment: all columns down to UNTILS. */
export let rowBytes: u32 = 0
let blockBytes: usize = 0

let floatsAt: usize = 0
let scalesAt: usize = 0
let idsAt: usize = 0
let ownersAt: usize = 0
let scopesAt: usize = 0
let labelsAt: usize = 0
let kindsAt: usize = 0
let timesAt: usize = 0
let untilsAt: usize = 0
let liveAt: usize = 0
let linkedAt: usize = 0
let matchAt: usize = 0
let doomedAt: usize = 0
let stampsAt: usize = 0

let table: usize = 0
export let blocks: u32 = 0
/** One more than the highest row in use. */
export let rowCount: u32 = 0
export let liveCount: u32 = 0
/** Head of the list of free rows, threaded through their ids; plus one, 0 when empty. */
let firstFree: u32 = 0
export let freeCount: u32 = 0

export function setShape(length: u32, floats: bool, normalised: bool): bool {
  dimensions = length
  stride = (length + 15) & ~15
  floatStride = floats ? stride * 4 : 0
  cosine = normalised
  rowBytes = stride + floatStride + 4 * 6 + 8 * 2
  rowBits = MAX_ROW_BITS
  while (rowBits > MIN_ROW_BITS && rowBytes << rowBits > BLOCK_BYTES) rowBits--
  const count: u32 = 1 << rowBits
  rowMask = count - 1
  floatsAt = count * stride
  scalesAt = floatsAt + count * floatStride
  idsAt = scalesAt + count * 4
  ownersAt = idsAt + count * 4
  scopesAt = ownersAt + count * 4
  labelsAt = scopesAt + count * 4
  kindsAt = labelsAt + count * 4
  timesAt = kindsAt + count * 4
  untilsAt = timesAt + count * 8
  liveAt = untilsAt + count * 8
  linkedAt = liveAt + (count >> 3)
  matchAt = linkedAt + (count >> 3)
  doomedAt = matchAt + (count >> 3)
  stampsAt = doomedAt + (count >> 3)
  blockBytes = stampsAt + count * 2
  table = allocate(MAX_BLOCKS * 4)
  return table !== 0
}

export function blockAt(block: u32): usize {
  return load<u32>(table + (block << 2))
}

export function blockOf(row: u32): usize {
  return load<u32>(table + ((row >> rowBits) << 2))
}

export function vectorOf(row: u32): usize {
  return blockOf(row) + (row & rowMask) * stride
}

export function floatsOf(row: u32): usize {
  return blockOf(row) + floatsAt + (row & rowMask) * floatStride
}

export function scaleOf(row: u32): f32 {
  return load<f32>(blockOf(row) + scalesAt + ((row & rowMask) << 2))
}

export function idOf(row: u32): u32 {
  return load<u32>(blockOf(row) + idsAt + ((row & rowMask) << 2))
}

export function stampOf(row: u32): usize {
  return blockOf(row) + stampsAt + ((row & rowMask) << 1)
}

/** Offset in a block of a column that filters read, and of the bitsets. */
export function ownersColumn(): usize {
  return ownersAt
}
export function scopesColumn(): usize {
  return scopesAt
}
export function labelsColumn(): usize {
  return labelsAt
}
export function kindsColumn(): usize {
  return kindsAt
}
export function timesColumn(): usize {
  return timesAt
}
export function untilsColumn(): usize {
  return untilsAt
}
export function scalesColumn(): usize {
  return scalesAt
}
export function stampsColumn(): usize {
  return stampsAt
}
export function liveColumn(): usize {
  return liveAt
}
export function linkedColumn(): usize {
  return linkedAt
}
export function matchColumn(): usize {
  return matchAt
}
export function doomedColumn(): usize {
  return doomedAt
}

export function hasBit(row: u32, column: usize): bool {
  const at = row & rowMask
  return (load<u32>(blockOf(row) + column + ((at >> 5) << 2)) & (1 << (at & 31))) !== 0
}

export function setBit(row: u32, column: usize, on: bool): void {
  const at = row & rowMask
  const address = blockOf(row) + column + ((at >> 5) << 2)
  const bit: u32 = 1 << (at & 31)
  const word = load<u32>(address)
  store<u32>(address, on ? word | bit : word & ~bit)
}

/** Makes room for rows up to `count`. */
export function ensureRows(count: u32): bool {
  const needed = (count + rowMask) >> rowBits
  if (needed > MAX_BLOCKS) return false
  while (blocks < needed) {
    const block = allocate(blockBytes)
    if (block === 0) return false
    store<u32>(table + (blocks << 2), block)
    blocks++
  }
  return true
}

/** A free row, live from now on. @returns -1 without memory */
export function takeRow(): i32 {
  let row: u32
  if (firstFree !== 0) {
    row = firstFree - 1
    firstFree = idOf(row)
    freeCount--
  } else {
    if (!ensureRows(rowCount + 1)) return -1
    row = rowCount++
  }
  setBit(row, liveAt, true)
  liveCount++
  return <i32>row
}

/** A row that is neither live nor linked any more may hold another vector. */
export function giveBack(row: u32): void {
  store<u32>(blockOf(row) + idsAt + ((row & rowMask) << 2), firstFree)
  firstFree = row + 1
  freeCount++
}

/** Takes a row out of all searches. @returns whether it is free at once, because nothing links to it */
export function kill(row: u32): bool {
  setBit(row, liveAt, false)
  liveCount--
  if (hasBit(row, linkedAt)) return false
  giveBack(row)
  return true
}

/** Takes the highest block away once none of its rows is in use; its memory serves the next one. */
export function dropRowsFrom(count: u32): void {
  rowCount = count
  rebuildFree()
}

export function setCounts(rows: u32): void {
  rowCount = rows
}

/** Counts live rows and threads the free ones anew, after a load or a move. */
export function rebuildFree(): void {
  firstFree = 0
  freeCount = 0
  liveCount = 0
  for (let row = rowCount; row > 0; row--) {
    if (hasBit(row - 1, liveAt)) liveCount++
    else if (!hasBit(row - 1, linkedAt)) giveBack(row - 1)
  }
}

/**
 * Copies rows between a block and columns laid out densely, as in a segment: all of one column, then all of the next.
 * @param into true to copy from the block to `dense`
 */
export function copyColumns(
  block: u32,
  first: u32,
  count: u32,
  dense: usize,
  place: u32,
  total: u32,
  into: bool,
): void {
  const base = blockAt(block)
  let column: usize = 0
  let at = dense
  for (let index = 0; index < 10; index++) {
    let width: u32 = 4
    if (index === 0) {
      column = 0
      width = stride
    } else if (index === 1) {
      column = floatsAt
      width = floatStride
    } else if (index === 2) column = scalesAt
    else if (index === 3) column = idsAt
    else if (index === 4) column = ownersAt
    else if (index === 5) column = scopesAt
    else if (index === 6) column = labelsAt
    else if (index === 7) column = kindsAt
    else {
      column = index === 8 ? timesAt : untilsAt
      width = 8
    }
    const inner = base + column + first * width
    const outer = at + place * width
    if (into) memory.copy(outer, inner, count * width)
    else memory.copy(inner, outer, count * width)
    at += total * width
  }
}
