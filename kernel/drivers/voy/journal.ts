/**
 * Vectors and changes of a voy index as bytes; the rows of a checkpoint are changes that only put rows in. payload: counts of rows, of attribute changes and of removed ids, u32 each, zero u32; per row id
 * u32, zero u32, attributes, float32 vector; per attribute change id u32, zero u32, attributes; ids u32.
 */
import type { VectorAttributes } from '../../core/memory/vector-index.ts'
import { ATTRIBUTE_BYTES, readAttributes, writeAttributes } from '../vectors/journal.ts'

export interface Row {
  readonly id: number
  readonly attributes: VectorAttributes
  /** Of length 1. */
  readonly vector: Float32Array
}

export interface Changes {
  readonly rows: readonly Row[]
  readonly marks: readonly Omit<Row, 'vector'>[]
  readonly removed: readonly number[]
}

const COUNTS_BYTES = 16
const MARK_BYTES = 8 + ATTRIBUTE_BYTES

export function changesLength({ rows, marks, removed }: Changes, dimensions: number): number {
  return COUNTS_BYTES + rows.length * (MARK_BYTES + 4 * dimensions) + marks.length * MARK_BYTES + 4 * removed.length
}

export function writeChanges(payload: Uint8Array, { rows, marks, removed }: Changes): void {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  view.setUint32(0, rows.length, true)
  view.setUint32(4, marks.length, true)
  view.setUint32(8, removed.length, true)
  let at = COUNTS_BYTES
  const put = ({ id, attributes }: Omit<Row, 'vector'>): void => {
    view.setUint32(at, id, true)
    writeAttributes(view, at + 8, attributes)
    at += MARK_BYTES
  }
  for (const row of rows) {
    put(row)
    for (const value of row.vector) {
      view.setFloat32(at, value, true)
      at += 4
    }
  }
  marks.forEach(put)
  for (const id of removed) {
    view.setUint32(at, id, true)
    at += 4
  }
}

export function readChanges(payload: Uint8Array, dimensions: number): Changes {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  let at = COUNTS_BYTES
  const take = (): Omit<Row, 'vector'> => {
    const id = view.getUint32(at, true)
    const attributes = readAttributes(new DataView(view.buffer, view.byteOffset + at + 8, ATTRIBUTE_BYTES))
    at += MARK_BYTES
    return { id, attributes }
  }
  const rows = Array.from({ length: view.getUint32(0, true) }, () => {
    const mark = take()
    const vector = Float32Array.from({ length: dimensions }, (_, index) => view.getFloat32(at + 4 * index, true))
    at += 4 * dimensions
    return { ...mark, vector }
  })
  const marks = Array.from({ length: view.getUint32(4, true) }, take)
  const removed = Array.from({ length: view.getUint32(8, true) }, () => {
    at += 4
    return view.getUint32(at - 4, true)
  })
  return { rows, marks, removed }
}
