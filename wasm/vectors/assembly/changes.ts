/**
 * Changes as they come from the host: vectors to quantise, rows to put in, ids to take out. Rows travel as columns laid out
 * densely for `total` of them, the layout of a segment, so that what is journaled is what is put in, now and after a restart.
 */
import { markRow } from './dirty'
import { ensureIds, removeId, rowOfId, setRow } from './ids'
import { allocate } from '../../shared/memory'
import { FINE, quantise, takeFloats } from './quantise'
import {
  blockOf,
  copyColumns,
  ensureRows,
  floatStride,
  freeCount,
  kill,
  kindsColumn,
  labelsColumn,
  liveCount,
  ownersColumn,
  rowBits,
  rowBytes,
  rowCount,
  rowMask,
  scopesColumn,
  stride,
  takeRow,
  timesColumn,
  untilsColumn,
} from './rows'

/** Floats of one vector, aligned for SIMD. */
let floats: usize = 0

export function setUpChanges(): bool {
  floats = allocate(stride << 2)
  return floats !== 0
}

/**
 * Quantises vector `index` of `total` from `input` into the columns at `dense`.
 * @returns as `takeFloats`
 */
export function stageVector(input: usize, dense: usize, index: u32, total: u32): i32 {
  const state = takeFloats(input, floats)
  if (state !== FINE) return state
  const scale = quantise(floats, dense + index * stride)
  memory.copy(dense + total * stride + index * floatStride, floats, floatStride)
  store<f32>(dense + total * (stride + floatStride) + index * 4, scale)
  return FINE
}

/** Makes room for `count` more rows. */
export function ensureMore(count: u32): bool {
  const grow = count > freeCount ? count - freeCount : 0
  return ensureIds(liveCount + count) && ensureRows(rowCount + grow)
}

/**
 * Puts in the rows of the columns at `dense`, each instead of the row that has its id already.
 * @returns false without memory; then nothing has changed
 */
export function putRows(dense: usize, total: u32): bool {
  if (!ensureMore(total)) return false
  const ids = dense + total * (stride + floatStride + 4)
  for (let index: u32 = 0; index < total; index++) {
    const id = load<u32>(ids + (index << 2))
    takeOut(id)
    const row = <u32>takeRow()
    copyColumns(row >> rowBits, row & rowMask, 1, dense, index, total, false)
    setRow(id, row)
    markRow(row)
  }
  return true
}

/** Takes the vector of an id out of all searches. @returns whether there was one */
export function takeOut(id: u32): bool {
  const row = rowOfId(id)
  if (row < 0) return false
  removeId(id)
  markRow(<u32>row)
  kill(<u32>row)
  return true
}

/** Writes the attributes of a row, in the order of their columns; its vector and its links stay. */
export function setAttributes(row: u32, from: usize): void {
  const base = blockOf(row)
  const place = row & rowMask
  store<u32>(base + ownersColumn() + (place << 2), load<u32>(from))
  store<u32>(base + scopesColumn() + (place << 2), load<u32>(from, 4))
  store<u32>(base + labelsColumn() + (place << 2), load<u32>(from, 8))
  store<u32>(base + kindsColumn() + (place << 2), load<u32>(from, 12))
  store<f64>(base + timesColumn() + (place << 3), load<f64>(from, 16))
  store<f64>(base + untilsColumn() + (place << 3), load<f64>(from, 24))
  markRow(row)
}

/** Copies the attributes of a row, in the order of their columns. */
export function getAttributes(row: u32, to: usize): void {
  const base = blockOf(row)
  const place = row & rowMask
  store<u32>(to, load<u32>(base + ownersColumn() + (place << 2)))
  store<u32>(to, load<u32>(base + scopesColumn() + (place << 2)), 4)
  store<u32>(to, load<u32>(base + labelsColumn() + (place << 2)), 8)
  store<u32>(to, load<u32>(base + kindsColumn() + (place << 2)), 12)
  store<f64>(to, load<f64>(base + timesColumn() + (place << 3)), 16)
  store<f64>(to, load<f64>(base + untilsColumn() + (place << 3)), 24)
}
