/**
 * Segments as bytes. Rows: a bitset of the live ones, then all columns. Links: a bitset of the linked rows, then for each of
 * them its level and its lists, sorted, as differences in variable-length integers (LEB128), which takes a third of the
 * room they have in memory.
 */
import { rowOfId, setRow, removeId } from './ids'
import { levelOf, listOf, openRow, roomOf, LEVELS } from './links'
import {
  blockAt,
  copyColumns,
  hasBit,
  idOf,
  linkedColumn,
  liveColumn,
  rowBits,
  rowBytes,
  rowCount,
  setBit,
} from './rows'

/** Rows of `block` that are in use. */
export function rowsIn(block: u32): u32 {
  const first = block << rowBits
  return rowCount <= first ? 0 : min(rowCount - first, (<u32>1) << rowBits)
}

export function saveRows(block: u32, to: usize): u32 {
  const count = rowsIn(block)
  const bits: u32 = (1 << rowBits) >> 3
  memory.copy(to, blockAt(block) + liveColumn(), bits)
  copyColumns(block, 0, count, to + bits, 0, count, true)
  return bits + count * rowBytes
}

/**
 * Reads rows into a block there is room for. A vector that another block has too keeps its later place.
 * @returns false when the bytes are too few
 */
export function loadRows(block: u32, from: usize, length: u32): bool {
  const count = rowsIn(block)
  const bits: u32 = (1 << rowBits) >> 3
  if (length !== bits + count * rowBytes) return false
  memory.copy(blockAt(block) + liveColumn(), from, bits)
  copyColumns(block, 0, count, from + bits, 0, count, false)
  const first = block << rowBits
  for (let row = first; row < first + count; row++) {
    if (!hasBit(row, liveColumn())) continue
    const other = rowOfId(idOf(row))
    if (other >= 0 && <u32>other !== row) {
      setBit(<u32>other, liveColumn(), false)
      removeId(idOf(row))
    }
    setRow(idOf(row), row)
  }
  return true
}

let at: usize = 0
let end: usize = 0

function put(value: u32): void {
  while (value > 0x7f) {
    store<u8>(at++, (value & 0x7f) | 0x80)
    value >>= 7
  }
  store<u8>(at++, value)
}

/** @returns what is no row and no count when the bytes end early */
function take(): u32 {
  let value: u32 = 0
  for (let shift: u32 = 0; shift < 35; shift += 7) {
    if (at >= end) return 0xffffffff
    const byte = <u32>load<u8>(at++)
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return value
  }
  return 0xffffffff
}

/** @returns the length, or 0 when `room` bytes are too few */
export function saveLinks(block: u32, to: usize, room: u32): u32 {
  const bits: u32 = (1 << rowBits) >> 3
  const first = block << rowBits
  const count = rowsIn(block)
  memory.copy(to, blockAt(block) + linkedColumn(), bits)
  at = to + bits
  for (let row = first; row < first + count; row++) {
    if (!hasBit(row, linkedColumn())) continue
    if (<u32>(to + room - at) < 1024) return 0
    const top = levelOf(row)
    put(top)
    for (let level: u32 = 0; level <= top; level++) {
      const list = listOf(row, level)
      const links = load<u32>(list)
      sortRows(list + 4, links)
      put(links)
      let before: u32 = 0
      for (let index: u32 = 0; index < links; index++) {
        const other = load<u32>(list + 4 + (index << 2))
        put(other - before)
        before = other
      }
    }
  }
  return <u32>(at - to)
}

/** @returns 0 when read, 1 when the bytes are not what `saveLinks` wrote, 2 without memory */
export function loadLinks(block: u32, from: usize, length: u32): u32 {
  const bits: u32 = (1 << rowBits) >> 3
  const first = block << rowBits
  const count = rowsIn(block)
  if (length < bits) return 1
  at = from + bits
  end = from + length
  for (let row = first; row < first + count; row++) {
    const place = row - first
    if ((load<u32>(from + ((place >> 5) << 2)) & (1 << (place & 31))) === 0) continue
    const top = take()
    if (top > LEVELS) return 1
    if (!openRow(row, top)) return 2
    for (let level: u32 = 0; level <= top; level++) {
      const links = take()
      if (links > roomOf(level)) return 1
      const list = listOf(row, level)
      let other: u32 = 0
      for (let index: u32 = 0; index < links; index++) {
        const step = take()
        if (step >= rowCount - other) return 1
        other += step
        store<u32>(list + 4 + (index << 2), other)
      }
      store<u32>(list, links)
    }
  }
  return at === end ? 0 : 1
}

function sortRows(rows: usize, count: u32): void {
  for (let index: u32 = 1; index < count; index++) {
    const row = load<u32>(rows + (index << 2))
    let before = index
    while (before > 0 && load<u32>(rows + ((before - 1) << 2)) > row) {
      store<u32>(rows + (before << 2), load<u32>(rows + ((before - 1) << 2)))
      before--
    }
    store<u32>(rows + (before << 2), row)
  }
}
