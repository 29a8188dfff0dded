/** An index's segments in the database: their names, their headers and checksums, and how they are committed. */
import { HearthError } from '../../abi/index.ts'
import type { Database, Durability, Mutation } from '../../core/storage/database.ts'
import type { VectorSegmentRecord } from '../../core/storage/records.ts'
import { FIRST_CHANGE_SEGMENT, LAST_SEGMENT } from '../../core/memory/vector-index.ts'
import { decodeSegment, encodeSegment, headerIn, shapeIn } from './segment.ts'
import type { Checksum, SegmentKind } from './segment.ts'

export interface SegmentStorage {
  readonly collection: string
  /** @param fill writes `length` bytes */
  encode(kind: SegmentKind, block: number, length: number, fill: (payload: Uint8Array) => void): Uint8Array<ArrayBuffer>
  /** The payload, or null when it is missing or damaged. */
  decode(kind: SegmentKind, block: number, record: VectorSegmentRecord | undefined): Uint8Array | null
  read(segment: number): Promise<VectorSegmentRecord | undefined>
  /** Everything but the manifest and the changes since. */
  segments(): Promise<VectorSegmentRecord[]>
  /** All changes since the manifest, oldest first. */
  changes(): Promise<VectorSegmentRecord[]>
  /** The newest whole rows of each block, in the order of blocks; for when there is no manifest to tell. */
  rows(): Promise<{ block: number; segment: number; length: number }[]>
  /**
   * Vectors of another model are no damage: they are whole, and not for this index.
   * @throws HearthError `conflict`
   */
  checkShape(record: VectorSegmentRecord, shape: number): void
  put(segment: number, bytes: Uint8Array<ArrayBuffer>): Mutation
  remove(segment: number): Mutation
  /** From `from` up to the changes. */
  removeFrom(from: number): Mutation
  commit(writes: readonly Mutation[], durability: Durability): Promise<void>
}

/** The number a header carries for a change: its place among them. */
export const blockOfChange = (segment: number): number => (segment - FIRST_CHANGE_SEGMENT) % 2 ** 32

export function createSegmentStorage(
  database: Pick<Database, 'get' | 'list' | 'commit'>,
  collection: string,
  shape: number,
  checksum: Checksum,
): SegmentStorage {
  const header = (kind: SegmentKind, block: number) => ({ kind, block, shape })
  const segments = (): Promise<VectorSegmentRecord[]> =>
    database.list('vectors', { from: [collection, 1], to: [collection, FIRST_CHANGE_SEGMENT - 1] })
  return {
    collection,
    encode: (kind, block, length, fill) => encodeSegment(header(kind, block), length, fill, checksum),
    decode: (kind, block, record) =>
      record === undefined ? null : decodeSegment(record.bytes, header(kind, block), checksum),
    read: (segment) => database.get('vectors', [collection, segment]),
    segments,
    changes: () =>
      database.list('vectors', { from: [collection, FIRST_CHANGE_SEGMENT], to: [collection, LAST_SEGMENT] }),
    async rows() {
      const found = new Map<number, { block: number; segment: number; length: number }>()
      // By ascending segment, so that a newer one takes the place of an older.
      for (const record of await segments()) {
        const { kind, block } = headerIn(record.bytes) ?? { kind: null, block: 0 }
        if (kind !== 'rows') continue
        const payload = decodeSegment(record.bytes, header(kind, block), checksum)
        if (payload !== null) found.set(block, { block, segment: record.segment, length: payload.length })
      }
      return [...found.values()].sort((left, right) => left.block - right.block)
    },
    checkShape({ bytes }, expected) {
      const declared = shapeIn(bytes)
      const named = headerIn(bytes)
      if (declared === null || named === null || declared === expected) return
      if (decodeSegment(bytes.slice(), { ...named, shape: declared }, checksum) === null) return
      const message =
        `The vectors stored as "${collection}" are of another size or kind, from another embedding model. ` +
        'Nothing was changed; open another collection, or delete this one first.'
      throw new HearthError('conflict', message, { kind: 'vectors', id: collection })
    },
    put: (segment, bytes) => ({ op: 'put', store: 'vectors', value: { collection, segment, bytes } }),
    remove: (segment) => ({ op: 'delete', store: 'vectors', key: [collection, segment] }),
    removeFrom: (from) => ({
      op: 'delete-range',
      store: 'vectors',
      from: [collection, from],
      to: [collection, FIRST_CHANGE_SEGMENT - 1],
    }),
    commit: (writes, durability) => database.commit(writes, durability),
  }
}
