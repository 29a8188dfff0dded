/**
 * Changes as they are journaled: whole rows to put in, attributes to set, ids to take out. Applying one twice, or one whose
 * effect is in the rows already, leaves the same, so a restart applies all that it finds, in order.
 *
 * payload: counts of the three u32 each, zero u32; rows as dense columns; per attribute change id u32, zero u32, attributes;
 * ids u32.
 */
import type { VectorAttributes } from '../../core/memory/vector-index.ts'
import type { Instance } from './instance.ts'
import { memoryFull } from './instance.ts'

const COUNTS_BYTES = 16
export const ATTRIBUTE_BYTES = 32
const MARK_BYTES = 8 + ATTRIBUTE_BYTES

export interface StagedRow {
  readonly id: number
  readonly attributes: VectorAttributes
}

/** Row `index` of `total` in the columns at `view`'s start; the vector's own are written by WebAssembly. */
export function writeColumns(view: DataView, vectorBytes: number, index: number, total: number, row: StagedRow): void {
  const { owner, scope, labels, kind, time, until } = row.attributes
  let column = total * vectorBytes
  for (const word of [row.id, owner, scope, labels, kindBit(kind)]) {
    view.setUint32(column + 4 * index, word, true)
    column += 4 * total
  }
  view.setFloat64(column + 8 * index, time, true)
  view.setFloat64(column + 8 * (total + index), until, true)
}

/** In the order of wasm/vectors/assembly/changes.ts. */
export function writeAttributes(view: DataView, at: number, attributes: VectorAttributes): void {
  view.setUint32(at, attributes.owner, true)
  view.setUint32(at + 4, attributes.scope, true)
  view.setUint32(at + 8, attributes.labels, true)
  view.setUint32(at + 12, kindBit(attributes.kind), true)
  view.setFloat64(at + 16, attributes.time, true)
  view.setFloat64(at + 24, attributes.until, true)
}

export function readAttributes(view: DataView): VectorAttributes {
  return {
    owner: view.getUint32(0, true),
    scope: view.getUint32(4, true),
    labels: view.getUint32(8, true),
    kind: 31 - Math.clz32(view.getUint32(12, true)),
    time: view.getFloat64(16, true),
    until: view.getFloat64(24, true),
  }
}

/** A kind is one bit, so that a filter tests any number of them at once. */
const kindBit = (kind: number): number => (1 << kind) >>> 0

export interface Changes {
  /** Dense columns of `count` rows. */
  readonly rows: { readonly count: number; readonly bytes: Uint8Array }
  readonly marks: readonly StagedRow[]
  readonly removed: readonly number[]
}

export function changesLength({ rows, marks, removed }: Changes): number {
  return COUNTS_BYTES + rows.bytes.length + marks.length * MARK_BYTES + removed.length * 4
}

export function writeChanges(payload: Uint8Array, { rows, marks, removed }: Changes): void {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  view.setUint32(0, rows.count, true)
  view.setUint32(4, marks.length, true)
  view.setUint32(8, removed.length, true)
  payload.set(rows.bytes, COUNTS_BYTES)
  let at = COUNTS_BYTES + rows.bytes.length
  for (const { id, attributes } of marks) {
    view.setUint32(at, id, true)
    writeAttributes(view, at + 8, attributes)
    at += MARK_BYTES
  }
  for (const id of removed) {
    view.setUint32(at, id, true)
    at += 4
  }
}

/** Vectors that a payload is about. */
export function countOf(payload: Uint8Array): number {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  return view.getUint32(0, true) + view.getUint32(4, true) + view.getUint32(8, true)
}

/**
 * Does what a payload says.
 * @throws HearthError `over-limit` without memory; then nothing of it was done
 */
export function applyChanges(instance: Instance, payload: Uint8Array): void {
  const { call } = instance
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  const [rows, marks, removed] = [view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)]
  const at = instance.lend(payload) + COUNTS_BYTES
  if (rows > 0 && !call.putRows(at, rows)) throw memoryFull(instance.limit)
  let mark = COUNTS_BYTES + rows * call.rowBytes()
  for (let index = 0; index < marks; index++, mark += MARK_BYTES) {
    const row = call.rowOfId(view.getUint32(mark, true))
    if (row >= 0) call.setAttributes(row, at - COUNTS_BYTES + mark + 8)
  }
  for (let index = 0; index < removed; index++) call.takeOut(view.getUint32(mark + 4 * index, true))
}
