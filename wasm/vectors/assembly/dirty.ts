/** Which blocks differ from their segments on disk: rows and links apart, because links change far more often. */
import { allocate } from '../../shared/memory'
import { rowBits } from './rows'

const MAX_BLOCKS: u32 = 16384

let rows: usize = 0
let links: usize = 0

export function setUpDirty(): bool {
  rows = allocate(MAX_BLOCKS)
  links = allocate(MAX_BLOCKS)
  return links !== 0
}

export function markRow(row: u32): void {
  store<u8>(rows + (row >> rowBits), 1)
}

export function markLinks(row: u32): void {
  store<u8>(links + (row >> rowBits), 1)
}

export function rowsChanged(block: u32): bool {
  return load<u8>(rows + block) !== 0
}

export function linksChanged(block: u32): bool {
  return load<u8>(links + block) !== 0
}

export function setRowsChanged(block: u32, changed: bool): void {
  store<u8>(rows + block, changed ? 1 : 0)
}

export function setLinksChanged(block: u32, changed: bool): void {
  store<u8>(links + block, changed ? 1 : 0)
}
