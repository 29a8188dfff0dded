/**
 * From an id to its row: open addressing with linear probing and backward-shift deletion (Knuth, TAOCP 3, 6.4, algorithm R),
 * so that there are no tombstones. An entry is an id and a row plus one; zero is empty. At most two thirds full.
 */
import { allocate } from '../../shared/memory'

const FIRST_BITS: u32 = 10

let table: usize = 0
let bits: u32 = 0
let used: u32 = 0

/** Fibonacci hashing: consecutive ids spread over the whole table. */
function home(id: u32): u32 {
  return (id * 2654435769) >> (32 - bits)
}

/** Makes room for `count` ids. @returns false without memory; then nothing has changed */
export function ensureIds(count: u32): bool {
  let wanted = bits === 0 ? FIRST_BITS : bits
  while ((((<u64>1) << wanted) * 2) / 3 < count) wanted++
  if (wanted === bits) return true
  const larger = allocate((<u64>8) << wanted)
  if (larger === 0) return false
  const old = table
  const size: u32 = bits === 0 ? 0 : 1 << bits
  table = larger
  bits = wanted
  used = 0
  for (let slot: u32 = 0; slot < size; slot++) {
    const row = load<u32>(old + (slot << 3), 4)
    if (row !== 0) setRow(load<u32>(old + (slot << 3)), row - 1)
  }
  return true
}

/** @returns -1 when there is none */
export function rowOfId(id: u32): i32 {
  if (bits === 0) return -1
  const mask: u32 = (1 << bits) - 1
  let slot = home(id)
  while (true) {
    const entry = table + (slot << 3)
    const row = load<u32>(entry, 4)
    if (row === 0) return -1
    if (load<u32>(entry) === id) return <i32>(row - 1)
    slot = (slot + 1) & mask
  }
}

/** Room must be there: see `ensureIds`. */
export function setRow(id: u32, row: u32): void {
  const mask: u32 = (1 << bits) - 1
  for (let slot = home(id); ; slot = (slot + 1) & mask) {
    const entry = table + (slot << 3)
    const found = load<u32>(entry, 4)
    if (found !== 0 && load<u32>(entry) !== id) continue
    if (found === 0) used++
    store<u32>(entry, id)
    store<u32>(entry, row + 1, 4)
    return
  }
}

export function removeId(id: u32): void {
  if (bits === 0) return
  const mask: u32 = (1 << bits) - 1
  let hole = home(id)
  while (true) {
    const entry = table + (hole << 3)
    if (load<u32>(entry, 4) === 0) return
    if (load<u32>(entry) === id) break
    hole = (hole + 1) & mask
  }
  used--
  for (let slot = (hole + 1) & mask; ; slot = (slot + 1) & mask) {
    const entry = table + (slot << 3)
    if (load<u32>(entry, 4) === 0) break
    // An entry may fill the hole when the hole lies on its way from home.
    if (((slot - home(load<u32>(entry))) & mask) < ((slot - hole) & mask)) continue
    store<u64>(table + (hole << 3), load<u64>(entry))
    hole = slot
  }
  store<u64>(table + (hole << 3), 0)
}
