/**
 * What the host calls (kernel/drivers/vectors/instance.ts describes it in TypeScript). An instance is one index: it has no
 * other state than its memory, takes no callbacks and never waits. Addresses stay valid for its lifetime.
 */
import * as codec from './codec'
import * as changes from './changes'
import * as checksums from './checksum'
import * as dirty from './dirty'
import * as filters from './filter'
import * as ids from './ids'
import * as insertion from './insert'
import * as links from './links'
import * as memories from '../../shared/memory'
import * as moves from './move'
import * as queries from './query'
import * as repairs from './repair'
import * as rows from './rows'
import * as searches from './search'
import * as walks from './walk'
import { setUpChoose } from './choose'

/** Once, first. @returns false without memory */
export function setUp(dimensions: u32, floats: bool, cosine: bool): bool {
  return (
    rows.setShape(dimensions, floats, cosine) &&
    ids.ensureIds(1) &&
    filters.setUpFilter() &&
    queries.setUpQuery() &&
    searches.setUpSearch() &&
    links.setUpLinks() &&
    walks.setUpWalk() &&
    setUpChoose() &&
    insertion.setUpInsert() &&
    repairs.setUpRepair() &&
    moves.setUpMove() &&
    changes.setUpChanges() &&
    dirty.setUpDirty()
  )
}

let scratchAt: usize = 0
let scratchBytes: u32 = 0

/** A place for `bytes` that the next call may take over. @returns 0 without memory */
export function scratch(bytes: u32): usize {
  if (bytes > scratchBytes) {
    // Doubled, because what it outgrows is lost.
    const size = max(bytes, scratchBytes * 2)
    const larger = memories.allocate(size)
    if (larger === 0) return 0
    scratchAt = larger
    scratchBytes = size
  }
  return scratchAt
}

export function bytesUsed(): u32 {
  return memories.allocated()
}

export function liveCount(): u32 {
  return rows.liveCount
}
export function rowCount(): u32 {
  return rows.rowCount
}
export function rowBits(): u32 {
  return rows.rowBits
}
export function rowBytes(): u32 {
  return rows.rowBytes
}
export function linkedCount(): u32 {
  return links.linkedCount
}
export function freeCount(): u32 {
  return rows.freeCount
}
export function entryRow(): u32 {
  return links.entry
}
export function entryLevel(): u32 {
  return links.entryLevel
}

export function queryAt(): usize {
  return queries.input
}
export function filterAt(): usize {
  return filters.filter
}
export function foundAt(): usize {
  return queries.found
}
export function takeQuery(): i32 {
  return queries.takeQuery()
}
export function search(k: u32, width: u32, filtered: bool, exact: bool): u32 {
  return searches.search(k, width, filtered, exact)
}
export function searchWay(): u32 {
  return searches.way
}

export function rowOfId(id: u32): i32 {
  return ids.rowOfId(id)
}
export function stageVector(input: usize, dense: usize, index: u32, total: u32): i32 {
  return changes.stageVector(input, dense, index, total)
}
export function ensureMore(count: u32): bool {
  return changes.ensureMore(count)
}
export function putRows(dense: usize, total: u32): bool {
  return changes.putRows(dense, total)
}
export function takeOut(id: u32): bool {
  return changes.takeOut(id)
}
export function setAttributes(row: u32, from: usize): void {
  changes.setAttributes(row, from)
}

export function getAttributes(row: u32, to: usize): void {
  changes.getAttributes(row, to)
}

let cursor: u32 = 0

/** Links one row that is live and not linked. @returns 1 when it did, 0 when there is none, -1 without memory */
export function linkNext(width: u32): i32 {
  const count = rows.rowCount
  for (let step: u32 = 0; step < count; step++) {
    if (cursor >= count) cursor = 0
    const row = cursor++
    if (!rows.hasBit(row, rows.liveColumn()) || rows.hasBit(row, rows.linkedColumn())) continue
    return insertion.insertRow(row, width) ? 1 : -1
  }
  return 0
}

export function beginRepair(): u32 {
  return repairs.beginRepair()
}
/** @returns the row to go on from, which is `rowCount` at the end */
export function repairRows(from: u32, count: u32): u32 {
  const end = min(rows.rowCount, from + count)
  for (let row = from; row < end; row++) repairs.repairRow(row)
  return end
}
export function endRepair(): void {
  repairs.endRepair()
}
export function canDropBlock(): bool {
  return moves.canDropBlock()
}
export function dropBlock(): void {
  moves.dropBlock()
}

/** 1 when the block's rows differ from their segment, plus 2 when its links do. */
export function changed(block: u32): u32 {
  return (dirty.rowsChanged(block) ? 1 : 0) | (dirty.linksChanged(block) ? 2 : 0)
}
export function setRowsChanged(block: u32, changed: bool): void {
  dirty.setRowsChanged(block, changed)
}
export function setLinksChanged(block: u32, changed: bool): void {
  dirty.setLinksChanged(block, changed)
}
export function saveRows(block: u32, to: usize): u32 {
  return codec.saveRows(block, to)
}
export function saveLinks(block: u32, to: usize, room: u32): u32 {
  return codec.saveLinks(block, to, room)
}
/** Before the first segment is loaded. @returns false without memory */
export function beginLoad(count: u32): bool {
  if (!rows.ensureRows(count) || !ids.ensureIds(count)) return false
  rows.setCounts(count)
  return true
}
export function loadRows(block: u32, from: usize, length: u32): bool {
  return codec.loadRows(block, from, length)
}
export function loadLinks(block: u32, from: usize, length: u32): u32 {
  return codec.loadLinks(block, from, length)
}
/** After the last one. */
export function endLoad(entryRow: u32, entryLevel: u32): void {
  links.setEntry(entryRow, entryLevel)
  rows.rebuildFree()
}

export function checksum(at: usize, length: u32): u64 {
  return checksums.xxh64(at, length)
}

/** Reads `length` bytes, a multiple of 64, and adds them up: how fast memory can be read at all. */
export function readBytes(at: usize, length: u32): u32 {
  let a = i32x4.splat(0)
  let b = i32x4.splat(0)
  let c = i32x4.splat(0)
  let d = i32x4.splat(0)
  for (let offset: u32 = 0; offset < length; offset += 64) {
    a = i32x4.add(a, v128.load(at + offset))
    b = i32x4.add(b, v128.load(at + offset, 16))
    c = i32x4.add(c, v128.load(at + offset, 32))
    d = i32x4.add(d, v128.load(at + offset, 48))
  }
  const sum = i32x4.add(i32x4.add(a, b), i32x4.add(c, d))
  return (
    i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3)
  )
}
