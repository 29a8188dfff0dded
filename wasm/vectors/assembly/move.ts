/**
 * Empties the highest block by moving its rows into free places of lower ones, so that a collection that shrank takes less
 * room on disk and its scans stay short. Whoever links to a moved row is told; that is one pass over all links.
 */
import { markLinks, markRow } from './dirty'
import { removeId, setRow } from './ids'
import { entry, entryLevel, levelOf, linkedCount, listOf, moveLinks, setEntry } from './links'
import { allocate } from '../../shared/memory'
import {
  copyColumns,
  dropRowsFrom,
  freeCount,
  hasBit,
  idOf,
  linkedColumn,
  liveColumn,
  rowBits,
  rowBytes,
  rowCount,
  rowMask,
  setBit,
} from './rows'

/** Where each row of the block has gone. */
let places: usize = 0
let carried: usize = 0

export function setUpMove(): bool {
  places = allocate((<u64>4) << rowBits)
  carried = allocate(rowBytes)
  return carried !== 0
}

/** Whether the highest block's rows have room elsewhere. */
export function canDropBlock(): bool {
  if (rowCount === 0) return false
  const first = ((rowCount - 1) >> rowBits) << rowBits
  let used: u32 = 0
  let freeHere: u32 = 0
  for (let row = first; row < rowCount; row++) {
    if (hasBit(row, liveColumn()) || hasBit(row, linkedColumn())) used++
    else freeHere++
  }
  return used <= freeCount - freeHere && (used > 0 || freeHere > 0)
}

/** Moves the rows of the highest block. `canDropBlock` must have said yes. */
export function dropBlock(): void {
  const first = ((rowCount - 1) >> rowBits) << rowBits
  let to: u32 = 0
  for (let row = first; row < rowCount; row++) {
    const live = hasBit(row, liveColumn())
    const linked = hasBit(row, linkedColumn())
    if (!live && !linked) continue
    while (hasBit(to, liveColumn()) || hasBit(to, linkedColumn())) to++
    copyColumns(row >> rowBits, row & rowMask, 1, carried, 0, 1, true)
    copyColumns(to >> rowBits, to & rowMask, 1, carried, 0, 1, false)
    store<u32>(places + ((row - first) << 2), to)
    markRow(to)
    if (live) {
      setBit(row, liveColumn(), false)
      setBit(to, liveColumn(), true)
      removeId(idOf(to))
      setRow(idOf(to), to)
    }
    if (linked) {
      moveLinks(row, to)
      markLinks(to)
      if (row === entry) setEntry(to, entryLevel)
    }
  }
  if (linkedCount > 0) {
    for (let row: u32 = 0; row < first; row++) {
      if (!hasBit(row, linkedColumn())) continue
      const top = levelOf(row)
      for (let level: u32 = 0; level <= top; level++) rename(row, level, first)
    }
  }
  dropRowsFrom(first)
}

function rename(row: u32, level: u32, first: u32): void {
  const list = listOf(row, level)
  const count = load<u32>(list)
  let changed = false
  for (let index: u32 = 0; index < count; index++) {
    const at = list + 4 + (index << 2)
    const other = load<u32>(at)
    if (other < first) continue
    store<u32>(at, load<u32>(places + ((other - first) << 2)))
    changed = true
  }
  if (changed) markLinks(row)
}
