/**
 * One index in WebAssembly, as it is: wasm/vectors/assembly/index.ts says what each function does. Its memory is granted up to
 * a maximum and moves when it grows, so nobody may keep a view of it across a call: make one with `bytes` or `view` each time.
 */
import base64 from 'virtual:vectors-wasm'
import { HearthError } from '../../abi/index.ts'
import { VECTORS_PER_CHANGE } from '../../core/memory/param.ts'

/** Addresses are numbers; booleans come as 0 and 1. */
interface Functions {
  setUp(dimensions: number, floats: boolean, cosine: boolean): number
  scratch(bytes: number): number
  bytesUsed(): number
  liveCount(): number
  rowCount(): number
  rowBits(): number
  rowBytes(): number
  linkedCount(): number
  freeCount(): number
  entryRow(): number
  entryLevel(): number
  queryAt(): number
  filterAt(): number
  foundAt(): number
  takeQuery(): number
  search(k: number, width: number, filtered: boolean, exact: boolean): number
  searchWay(): number
  rowOfId(id: number): number
  stageVector(input: number, dense: number, index: number, total: number): number
  ensureMore(count: number): number
  putRows(dense: number, total: number): number
  takeOut(id: number): number
  setAttributes(row: number, from: number): void
  getAttributes(row: number, to: number): void
  linkNext(width: number): number
  beginRepair(): number
  repairRows(from: number, count: number): number
  endRepair(): void
  canDropBlock(): number
  dropBlock(): void
  changed(block: number): number
  setRowsChanged(block: number, changed: boolean): void
  setLinksChanged(block: number, changed: boolean): void
  saveRows(block: number, to: number): number
  saveLinks(block: number, to: number, room: number): number
  beginLoad(rows: number): number
  loadRows(block: number, from: number, length: number): number
  loadLinks(block: number, from: number, length: number): number
  endLoad(entryRow: number, entryLevel: number): void
  checksum(at: number, length: number): bigint
  readBytes(at: number, length: number): number
}

export interface Instance {
  readonly call: Functions
  /** Bytes it was granted. */
  readonly limit: number
  bytes(at: number, length: number): Uint8Array
  view(at: number, length: number): DataView
  /**
   * Copies bytes to a place that the next call of `lend` may take over.
   * @returns its address
   */
  lend(bytes: Uint8Array): number
  /** The same place, empty. */
  reserve(length: number): number
}

const PAGE = 65_536

/** Bytes a row's links take in a segment at most, on average: lists of 32 in five bytes, one row in sixteen with more. */
const LINK_BYTES = 256

/** Headers, one vector as float32, ids to remove. */
const SPARE_BYTES = 64 * 1024

let compiling: Promise<WebAssembly.Module> | undefined

/** Compiled once; every index is an instance of its own, so that disposing of one frees its memory. */
function compiled(): Promise<WebAssembly.Module> {
  compiling ??= WebAssembly.compile(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)))
  return compiling
}

/** @throws HearthError `over-limit` when not even an empty index fits. */
export async function createInstance(shape: {
  dimensions: number
  floats: boolean
  cosine: boolean
  memoryBytes: number
}): Promise<Instance> {
  const maximum = Math.min(PAGE, Math.max(1, Math.floor(shape.memoryBytes / PAGE)))
  const memory = new WebAssembly.Memory({ initial: 1, maximum })
  const limit = maximum * PAGE
  const { exports } = await WebAssembly.instantiate(await compiled(), { env: { memory, abort } })
  const call = exports as unknown as Functions
  if (!call.setUp(shape.dimensions, shape.floats, shape.cosine)) throw memoryFull(limit)
  const reserve = (length: number): number => {
    const at = call.scratch(length)
    if (at === 0) throw memoryFull(limit)
    return at
  }
  // At once, so that what is full can still be saved.
  reserve(Math.max(segmentRoom(call), call.rowBytes() * VECTORS_PER_CHANGE) + SPARE_BYTES)
  return {
    call,
    limit,
    bytes: (at, length) => new Uint8Array(memory.buffer, at, length),
    view: (at, length) => new DataView(memory.buffer, at, length),
    reserve,
    lend(bytes) {
      const at = reserve(bytes.length)
      new Uint8Array(memory.buffer, at, bytes.length).set(bytes)
      return at
    },
  }
}

/** Bytes that the rows or the links of one block take as a segment at most. */
export function segmentRoom(call: Functions): number {
  return 2 ** call.rowBits() * Math.max(call.rowBytes() + 1, LINK_BYTES)
}

function abort(): never {
  const reason = 'the vector index met a state it should not be in'
  throw new HearthError('internal', `Something in Hearth failed: ${reason}. Reload every tab.`, { reason })
}

export function memoryFull(limit: number): HearthError<'over-limit'> {
  const message = `The vector index is full: it may take ${Math.round(limit / 2 ** 20)} MB. Nothing was lost; remove what is no longer needed.`
  return new HearthError('over-limit', message, { limit: 'vectors', maximum: limit, retryAfterMs: null })
}
