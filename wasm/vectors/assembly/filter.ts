/**
 * Which rows a search may return, as a bitset that is made once per search, column by column, 32 rows at a time. The number
 * of rows that match is then exact, and decides between a scan of them and a walk through the graph.
 *
 * The host writes the filter as a struct: a word of flags saying which parts count, then the parts.
 */
import { allocate } from '../../shared/memory'
import {
  blockAt,
  blocks,
  kindsColumn,
  labelsColumn,
  liveColumn,
  matchColumn,
  ownersColumn,
  rowBits,
  rowCount,
  scopesColumn,
  timesColumn,
  untilsColumn,
} from './rows'

/** Values that a list of owners or scopes may have: every one costs a pass over its column. */
export const LIST_VALUES: u32 = 64

const OWNERS: u32 = 1
const SCOPES: u32 = 2
const KINDS: u32 = 4
const LABELS: u32 = 8
const TIME: u32 = 16
const VALID: u32 = 32

const FLAGS_AT: usize = 0
const KINDS_AT: usize = 4
const ALL_LABELS_AT: usize = 8
const NO_LABELS_AT: usize = 12
const FROM_AT: usize = 16
const TO_AT: usize = 24
const VALID_AT: usize = 32
const OWNERS_AT: usize = 40
const SCOPES_AT: usize = OWNERS_AT + 4 + 4 * LIST_VALUES

/** Where the host writes the filter. */
export let filter: usize = 0

export function setUpFilter(): bool {
  filter = allocate(SCOPES_AT + 4 + 4 * LIST_VALUES)
  return filter !== 0
}

/** Rows of `column`, 32 from `at` on, that have any value of a list. */
function anyOf(at: usize, list: usize): u32 {
  const count = load<u32>(list)
  let found: u32 = 0
  for (let group: u32 = 0; group < 8; group++) {
    const values = v128.load(at + (group << 4))
    let equal = i32x4.splat(0)
    for (let index: u32 = 0; index < count; index++) {
      equal = v128.or(equal, i32x4.eq(values, v128.load32_splat(list + 4 + (index << 2))))
    }
    found |= (<u32>i32x4.bitmask(equal)) << (group << 2)
  }
  return found
}

/** Rows, 32 from `at` on, that have a bit of `any`. */
function withBits(at: usize, any: u32): u32 {
  const zero = i32x4.splat(0)
  const bits = i32x4.splat(any)
  let found: u32 = 0
  for (let group: u32 = 0; group < 8; group++) {
    const hit = i32x4.ne(v128.and(v128.load(at + (group << 4)), bits), zero)
    found |= (<u32>i32x4.bitmask(hit)) << (group << 2)
  }
  return found
}

/** Rows, 32 from `at` on, that have all bits of `all` and none of `none`. */
function withLabels(at: usize, all: u32, none: u32): u32 {
  if ((all & none) !== 0) return 0
  const wanted = i32x4.splat(all)
  const looked = i32x4.splat(all | none)
  let found: u32 = 0
  for (let group: u32 = 0; group < 8; group++) {
    const good = i32x4.eq(v128.and(v128.load(at + (group << 4)), looked), wanted)
    found |= (<u32>i32x4.bitmask(good)) << (group << 2)
  }
  return found
}

/** Rows, 32 from `at` on, whose number is from `from` to `to`, both included. */
function between(at: usize, from: f64, to: f64): u32 {
  const low = f64x2.splat(from)
  const high = f64x2.splat(to)
  let found: u32 = 0
  for (let group: u32 = 0; group < 16; group++) {
    const values = v128.load(at + (group << 4))
    const good = v128.and(f64x2.ge(values, low), f64x2.le(values, high))
    found |= (<u32>i64x2.bitmask(good)) << (group << 1)
  }
  return found
}

/** Rows, 32 from `at` on, whose number is above `than`. */
function above(at: usize, than: f64): u32 {
  const low = f64x2.splat(than)
  let found: u32 = 0
  for (let group: u32 = 0; group < 16; group++) {
    found |= (<u32>i64x2.bitmask(f64x2.gt(v128.load(at + (group << 4)), low))) << (group << 1)
  }
  return found
}

/** Writes the bitset of live rows that match. @returns how many */
export function applyFilter(): u32 {
  const flags = load<u32>(filter, FLAGS_AT)
  const kinds = load<u32>(filter, KINDS_AT)
  const allLabels = load<u32>(filter, ALL_LABELS_AT)
  const noLabels = load<u32>(filter, NO_LABELS_AT)
  const from = load<f64>(filter, FROM_AT)
  const to = load<f64>(filter, TO_AT)
  const valid = load<f64>(filter, VALID_AT)
  const words: u32 = (1 << rowBits) >> 5
  let count: u32 = 0
  for (let block: u32 = 0; block < blocks; block++) {
    if (block << rowBits >= rowCount) break
    const base = blockAt(block)
    for (let word: u32 = 0; word < words; word++) {
      let match = load<u32>(base + liveColumn() + (word << 2))
      const first = word << 7
      if (match !== 0 && (flags & OWNERS) !== 0) match &= anyOf(base + ownersColumn() + first, filter + OWNERS_AT)
      if (match !== 0 && (flags & SCOPES) !== 0) match &= anyOf(base + scopesColumn() + first, filter + SCOPES_AT)
      if (match !== 0 && (flags & KINDS) !== 0) match &= withBits(base + kindsColumn() + first, kinds)
      if (match !== 0 && (flags & LABELS) !== 0) {
        match &= withLabels(base + labelsColumn() + first, allLabels, noLabels)
      }
      if (match !== 0 && (flags & TIME) !== 0) match &= between(base + timesColumn() + (word << 8), from, to)
      if (match !== 0 && (flags & VALID) !== 0) {
        match &= between(base + timesColumn() + (word << 8), -Infinity, valid)
        match &= above(base + untilsColumn() + (word << 8), valid)
      }
      store<u32>(base + matchColumn() + (word << 2), match)
      count += popcnt<u32>(match)
    }
  }
  return count
}
