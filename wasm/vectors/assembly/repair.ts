/**
 * Takes tombstones out of the graph (delete consolidation of Singh et al., "FreshDiskANN", 2021, algorithm 4): a row that
 * links to one that goes is linked to that one's neighbours instead, as far as they are among the best. Once every row has
 * been looked at, nothing links to what goes, and its rows are free.
 */
import { choose } from './choose'
import { markLinks, markRow } from './dirty'
import { keyOf, offer, sortDescending } from './heap'
import { closeRow, entry, levelOf, linkedCount, listOf, roomOf, setEntry } from './links'
import { allocate } from '../../shared/memory'
import {
  blockAt,
  blocks,
  doomedColumn,
  giveBack,
  hasBit,
  linkedColumn,
  liveColumn,
  rowBits,
  rowCount,
  scaleOf,
  stride,
  vectorOf,
} from './rows'
import { widen } from './distance'
import { compareFour, newVisit, visit } from './walk'

/** Neighbours of neighbours that are weighed: with more, the best would be the same. */
const WEIGHED: u32 = 128

let widened: usize = 0
let keys: usize = 0

export function setUpRepair(): bool {
  widened = allocate(stride << 1)
  keys = allocate(WEIGHED << 3)
  return keys !== 0
}

/** Decides which rows go: the tombstones there are now. @returns how many */
export function beginRepair(): u32 {
  const words: u32 = (1 << rowBits) >> 5
  let count: u32 = 0
  for (let block: u32 = 0; block < blocks; block++) {
    const base = blockAt(block)
    for (let word: u32 = 0; word < words; word++) {
      const at = base + (word << 2)
      const doomed = load<u32>(at + linkedColumn()) & ~load<u32>(at + liveColumn())
      store<u32>(at + doomedColumn(), doomed)
      count += popcnt<u32>(doomed)
    }
  }
  return count
}

function isDoomed(row: u32): bool {
  return hasBit(row, doomedColumn())
}

/** Mends the links of `row` on all its levels. */
export function repairRow(row: u32): void {
  if (!hasBit(row, linkedColumn()) || isDoomed(row)) return
  const top = levelOf(row)
  for (let level: u32 = 0; level <= top; level++) repairList(row, level)
}

function repairList(row: u32, level: u32): void {
  const list = listOf(row, level)
  const count = load<u32>(list)
  let broken = false
  for (let index: u32 = 0; index < count; index++) {
    if (isDoomed(load<u32>(list + 4 + (index << 2)))) broken = true
  }
  if (!broken) return
  newVisit()
  visit(row)
  widen(vectorOf(row), widened, stride)
  const scale = scaleOf(row)
  let size: u32 = 0
  for (let index: u32 = 0; index < count; index++) {
    const near = load<u32>(list + 4 + (index << 2))
    if (!isDoomed(near)) {
      size = weigh(near, scale, size)
      continue
    }
    const far = listOf(near, level)
    const others = load<u32>(far)
    for (let other: u32 = 0; other < others; other++) {
      const next = load<u32>(far + 4 + (other << 2))
      if (!isDoomed(next)) size = weigh(next, scale, size)
    }
  }
  sortDescending(keys, size)
  store<u32>(list, choose(keys, size, roomOf(level), list + 4))
  markLinks(row)
}

function weigh(row: u32, scale: f32, size: u32): u32 {
  if (!visit(row)) return size
  const four = compareFour(widened, scale, row, row, row, row)
  return offer(keys, size, WEIGHED, keyOf(f32x4.extract_lane(four, 0), row))
}

/** Frees the rows that go. Every row must have been mended. */
export function endRepair(): void {
  if (linkedCount > 0 && isDoomed(entry)) chooseEntry()
  for (let row: u32 = 0; row < rowCount; row++) {
    if (!isDoomed(row)) continue
    markLinks(row)
    markRow(row)
    closeRow(row)
    giveBack(row)
  }
}

/** The new entry is any row of the highest level that is left. */
function chooseEntry(): void {
  let best: i32 = -1
  let bestRow: u32 = 0
  for (let row: u32 = 0; row < rowCount; row++) {
    if (!hasBit(row, linkedColumn()) || isDoomed(row)) continue
    const level = <i32>levelOf(row)
    if (level <= best) continue
    best = level
    bestRow = row
  }
  setEntry(bestRow, best < 0 ? 0 : <u32>best)
}
