/**
 * A segment's bytes: a header of 32 bytes, then what it holds. The header has a checksum of all the rest, so that a bit
 * flipped anywhere is noticed before anything is read; it names collection-independent facts only.
 *
 * header: magic u32, version u16, kind u16, block u32, payload length u32, shape u32, zero u32, checksum u64; little endian.
 */
import { HearthError } from '../../abi/index.ts'

export const HEADER_BYTES = 32
const MAGIC = 0x54_52_56_48
const VERSION = 1
const CHECKSUM_AT = 24

/** Manifest: what counts. Rows and links: a block each. Changes: what came after the manifest. */
export const SEGMENT_KINDS = { manifest: 1, rows: 2, links: 3, changes: 4 } as const
export type SegmentKind = keyof typeof SEGMENT_KINDS

/** Of bytes whose checksum field is zero. */
export type Checksum = (bytes: Uint8Array) => bigint

export interface SegmentHeader {
  readonly kind: SegmentKind
  readonly block: number
  /** Of the vectors: see `shapeOf`. Another shape is another collection's, or another version's. */
  readonly shape: number
}

/** Dimensions in the lower half; metric and precision above. */
export function shapeOf(dimensions: number, cosine: boolean, floats: boolean): number {
  return dimensions + (cosine ? 2 ** 16 : 0) + (floats ? 2 ** 17 : 0)
}

/** @param fill writes the payload */
export function encodeSegment(
  header: SegmentHeader,
  length: number,
  fill: (payload: Uint8Array<ArrayBuffer>) => void,
  checksum: Checksum,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint16(4, VERSION, true)
  view.setUint16(6, SEGMENT_KINDS[header.kind], true)
  view.setUint32(8, header.block, true)
  view.setUint32(12, length, true)
  view.setUint32(16, header.shape, true)
  fill(bytes.subarray(HEADER_BYTES))
  view.setBigUint64(CHECKSUM_AT, checksum(bytes), true)
  return bytes
}

/**
 * Checks a segment's bytes. Takes the checksum out of them, so that they are checked once only.
 * @returns its payload, or null when it is not what was written
 */
export function decodeSegment(
  bytes: unknown,
  expected: SegmentHeader,
  checksum: Checksum,
): Uint8Array<ArrayBuffer> | null {
  if (!(bytes instanceof Uint8Array) || bytes.length < HEADER_BYTES) return null
  const own = bytes as Uint8Array<ArrayBuffer>
  const view = new DataView(own.buffer, own.byteOffset, own.length)
  if (view.getUint32(0, true) !== MAGIC || view.getUint16(4, true) !== VERSION) return null
  if (view.getUint16(6, true) !== SEGMENT_KINDS[expected.kind]) return null
  if (view.getUint32(8, true) !== expected.block || view.getUint32(12, true) !== own.length - HEADER_BYTES) return null
  if (view.getUint32(16, true) !== expected.shape) return null
  const stored = view.getBigUint64(CHECKSUM_AT, true)
  view.setBigUint64(CHECKSUM_AT, 0n, true)
  return checksum(own) === stored ? own.subarray(HEADER_BYTES) : null
}

/** The shape that a segment says it has; null for what is no segment. */
export function shapeIn(bytes: unknown): number | null {
  if (!(bytes instanceof Uint8Array) || bytes.length < HEADER_BYTES) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return view.getUint32(0, true) === MAGIC && view.getUint16(4, true) === VERSION ? view.getUint32(16, true) : null
}

/** What a segment says it is; null for what is no segment. */
export function headerIn(bytes: unknown): { kind: SegmentKind; block: number } | null {
  if (shapeIn(bytes) === null) return null
  const { buffer, byteOffset, length } = bytes as Uint8Array
  const view = new DataView(buffer, byteOffset, length)
  const number = view.getUint16(6, true)
  for (const [kind, value] of Object.entries(SEGMENT_KINDS)) {
    if (value === number) return { kind: kind as SegmentKind, block: view.getUint32(8, true) }
  }
  return null
}

export function damagedError(collection: string, segment: number, what: string): HearthError<'storage-failed'> {
  const reason = `segment ${segment} of the vectors of ${collection} (${what}) is damaged`
  const message = `A part of the vector index is damaged on disk. Nothing else is lost; rebuild what is missing in Settings.`
  return new HearthError('storage-failed', message, { reason })
}
