/** Makes of a checked change the bytes that are journaled and then applied: vectors quantised, attributes complete. */
import { HearthError } from '../../abi/index.ts'
import type { VectorAttributes, VectorChange } from '../../core/memory/vector-index.ts'
import { DEFAULT_ATTRIBUTES, NO_DIRECTION, NOT_FINITE, refuse, wrongLength } from './check.ts'
import type { Instance } from './instance.ts'
import { memoryFull } from './instance.ts'
import type { StagedRow } from './journal.ts'
import { changesLength, writeChanges, writeColumns } from './journal.ts'
import { HEADER_BYTES } from './segment.ts'

/** Bytes of a row that are not its vector: id, four words of attributes, two times. */
const OTHER_BYTES = 5 * 4 + 2 * 8

interface StagedVector extends StagedRow {
  readonly vector: ArrayLike<number>
  /** Where it stands in the change, for messages. */
  readonly path: string
}

export interface Staging {
  readonly change: VectorChange
  readonly instance: Instance
  readonly dimensions: number
  attributesOf(id: number): VectorAttributes | undefined
  encode(length: number, fill: (payload: Uint8Array) => void): Uint8Array<ArrayBuffer>
}

/** @throws HearthError `bad-request`, `conflict`, `not-found`, `over-limit`; nothing has changed then */
export function stageChange(staging: Staging): { segment: Uint8Array<ArrayBuffer>; payload: Uint8Array } {
  const { change, instance } = staging
  const vectors: StagedVector[] = []
  const marks: StagedRow[] = []
  for (const [index, { id, vector, attributes }] of (change.add ?? []).entries()) {
    if (staging.attributesOf(id) !== undefined) throw thereAlready(id)
    vectors.push({ id, vector, attributes: { ...DEFAULT_ATTRIBUTES, ...attributes }, path: `add.${index}.vector` })
  }
  for (const [index, { id, vector, attributes }] of (change.update ?? []).entries()) {
    const before = staging.attributesOf(id)
    if (before === undefined) throw notThere(id)
    const row = { id, attributes: { ...before, ...attributes } }
    if (vector === undefined) marks.push(row)
    else vectors.push({ ...row, vector, path: `update.${index}.vector` })
  }
  if (vectors.length > 0 && !instance.call.ensureMore(vectors.length)) throw memoryFull(instance.limit)
  const changes = { rows: stageRows(staging, vectors), marks, removed: change.remove ?? [] }
  const segment = staging.encode(changesLength(changes), (payload) => writeChanges(payload, changes))
  return { segment, payload: segment.subarray(HEADER_BYTES) }
}

function stageRows(
  { instance, dimensions }: Staging,
  vectors: readonly StagedVector[],
): { count: number; bytes: Uint8Array } {
  const { call } = instance
  const count = vectors.length
  if (count === 0) return { count, bytes: new Uint8Array(0) }
  const inputBytes = (dimensions * 4 + 15) & ~15
  const input = instance.reserve(inputBytes + count * call.rowBytes())
  const dense = input + inputBytes
  const place = instance.bytes(input, inputBytes)
  const floats = new Float32Array(place.buffer, place.byteOffset, dimensions)
  const view = instance.view(dense, count * call.rowBytes())
  for (const [index, row] of vectors.entries()) {
    if (row.vector.length !== dimensions) throw refuse(row.path, wrongLength(row.vector.length, dimensions))
    floats.set(row.vector)
    const state = call.stageVector(input, dense, index, count)
    if (state !== 0) throw refuse(row.path, state === 1 ? NOT_FINITE : NO_DIRECTION)
    writeColumns(view, call.rowBytes() - OTHER_BYTES, index, count, row)
  }
  return { count, bytes: instance.bytes(dense, count * call.rowBytes()) }
}

function thereAlready(id: number): HearthError<'conflict'> {
  const message = `There is a vector ${id} already. Nothing was changed; update it instead.`
  return new HearthError('conflict', message, { kind: 'vector', id: String(id) })
}

function notThere(id: number): HearthError<'not-found'> {
  const message = `There is no vector ${id}. Nothing was changed; add it instead.`
  return new HearthError('not-found', message, { kind: 'vector', id: String(id) })
}
