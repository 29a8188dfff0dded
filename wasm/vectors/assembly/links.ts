/**
 * The graph's links: for every row a list on the lowest level, and for one row in sixteen a record with a list for each level
 * above (Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using Hierarchical Navigable Small
 * World graphs", 2016). A list is a count and then rows, in no order.
 */
import { allocate } from '../../shared/memory'
import { blocks, idOf, linkedColumn, rowBits, rowMask, setBit } from './rows'

/** Links of a row on the levels above, and on the lowest: M and twice M. */
export const LINKS: u32 = 16
export const LOWEST_LINKS: u32 = 32
export const LEVELS: u32 = 7

const LOWEST_BYTES: u32 = 4 + LOWEST_LINKS * 4
const LEVEL_BYTES: u32 = 4 + LINKS * 4
const MAX_BLOCKS: u32 = 16384

let table: usize = 0
let graphBlocks: u32 = 0
/** Heads of the lists of free upper records, by their level. */
let freeRecords: usize = 0

export let entry: u32 = 0
export let entryLevel: u32 = 0
/** Rows in the graph, tombstones included. */
export let linkedCount: u32 = 0

export function setUpLinks(): bool {
  table = allocate(MAX_BLOCKS * 4)
  freeRecords = allocate((LEVELS + 1) * 4)
  return freeRecords !== 0
}

export function setEntry(row: u32, level: u32): void {
  entry = row
  entryLevel = level
}

/** Makes room for the links of all rows there is room for. */
export function ensureLinks(): bool {
  while (graphBlocks < blocks) {
    const block = allocate((<u64>(LOWEST_BYTES + 4)) << rowBits)
    if (block === 0) return false
    store<u32>(table + (graphBlocks << 2), block)
    graphBlocks++
  }
  return true
}

function upperOf(row: u32): usize {
  return load<u32>(table + ((row >> rowBits) << 2)) + (LOWEST_BYTES << rowBits) + ((row & rowMask) << 2)
}

/** Where the list of `row` on `level` stands; it must reach that level. */
export function listOf(row: u32, level: u32): usize {
  if (level === 0) return load<u32>(table + ((row >> rowBits) << 2)) + (row & rowMask) * LOWEST_BYTES
  return load<u32>(upperOf(row)) + 4 + (level - 1) * LEVEL_BYTES
}

export function roomOf(level: u32): u32 {
  return level === 0 ? LOWEST_LINKS : LINKS
}

/** Highest level of a linked row. */
export function levelOf(row: u32): u32 {
  const record = load<u32>(upperOf(row))
  return record === 0 ? 0 : load<u32>(record)
}

/**
 * The level a row belongs to: above the lowest with a chance of one in LINKS, and so on. It comes from the id, so that an
 * index needs no randomness and the same vectors in the same order make the same graph.
 */
export function levelFor(row: u32): u32 {
  // SplitMix64's finaliser (Steele, Lea and Flood, 2014).
  let mixed = (<u64>idOf(row) + 1) * 0x9e3779b97f4a7c15
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb
  mixed ^= mixed >> 31
  let level: u32 = 0
  while (level < LEVELS && (mixed & (LINKS - 1)) === 0) {
    mixed >>= 4
    level++
  }
  return level
}

/** Puts a row into the graph, without links. @returns false without memory */
export function openRow(row: u32, level: u32): bool {
  if (!ensureLinks()) return false
  let record: usize = 0
  if (level > 0) {
    record = load<u32>(freeRecords + (level << 2))
    if (record !== 0) store<u32>(freeRecords + (level << 2), load<u32>(record, 4))
    else record = allocate(4 + level * LEVEL_BYTES)
    if (record === 0) return false
    store<u32>(record, level)
    for (let above: u32 = 1; above <= level; above++) store<u32>(record + 4 + (above - 1) * LEVEL_BYTES, 0)
  }
  store<u32>(upperOf(row), record)
  store<u32>(listOf(row, 0), 0)
  setBit(row, linkedColumn(), true)
  linkedCount++
  return true
}

/** Takes a row out of the graph. Nothing may link to it any more. */
export function closeRow(row: u32): void {
  const record = load<u32>(upperOf(row))
  if (record !== 0) {
    const head = freeRecords + (load<u32>(record) << 2)
    store<u32>(record, load<u32>(head), 4)
    store<u32>(head, record)
  }
  store<u32>(upperOf(row), 0)
  setBit(row, linkedColumn(), false)
  linkedCount--
}

/** Gives `to`, which is in no graph, the links of `from`, which then is in none. */
export function moveLinks(from: u32, to: u32): void {
  memory.copy(listOf(to, 0), listOf(from, 0), LOWEST_BYTES)
  store<u32>(upperOf(to), load<u32>(upperOf(from)))
  store<u32>(upperOf(from), 0)
  setBit(to, linkedColumn(), true)
  setBit(from, linkedColumn(), false)
}
