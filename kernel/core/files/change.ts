/**
 * One change of one space while it is put together: reads what it needs, keeps what it would write, and gives all of it as one
 * batch. Versions, counts of references and the space's totals always go together; nothing else writes these stores.
 * Whoever makes one holds the lock until the batch is committed or given up.
 */
import { HearthError, type Principal } from '../../abi/index.ts'
import type { Mutation } from '../storage/database.ts'
import { eachOf, emptySpace, headsIn, isThere, versionsOf, type Records } from './file-table.ts'
import {
  FILES_AT_ONCE,
  FILES_PER_READ,
  FILES_PER_SPACE,
  FILES_PURGED_SHARE,
  FILE_SPACE_BYTES,
  FILE_VERSIONS_KEPT,
} from './param.ts'
import { rangeBelow } from './paths.ts'
import type { FileRecord, FileSpaceRecord, FileVersionRecord } from './records.ts'

/** Contents whose chunks are stored. */
export type StoredContents = Pick<FileVersionRecord, 'bytes' | 'type' | 'text' | 'hash' | 'chunks' | 'chunkBytes'>

/** A version that is to be added at a path. */
export interface NewVersion {
  readonly change: FileVersionRecord['change']
  readonly contents: StoredContents
  readonly provenance: FileVersionRecord['provenance']
  /** When the file was created, if that was not now. */
  readonly createdAt?: number
  readonly from?: FileVersionRecord['from']
}

export interface FinishedChange {
  readonly writes: readonly Mutation[]
  /** Heads that are new. */
  readonly heads: readonly FileRecord[]
  /** Paths that are gone for good. */
  readonly purged: readonly string[]
  /** Chunks that the space names no longer. */
  readonly dropped: readonly string[]
}

export class Change {
  readonly space: string
  /** When it is made: later than anything that was done to the space before, so that a moment is one state of it. */
  readonly at: number
  readonly #records: Records
  readonly #by: Principal
  readonly #totals: FileSpaceRecord
  /** By path: what this change makes of it; null when it is purged. */
  readonly #heads = new Map<string, FileRecord | null>()
  /** By path: what was read of it before it was asked for. */
  readonly #known = new Map<string, FileRecord | null>()
  readonly #versions: Mutation[] = []
  /** By hash: how many more, or fewer, versions name it, and its bytes. */
  readonly #references = new Map<string, { more: number; bytes: number }>()

  private constructor(records: Records, totals: FileSpaceRecord, by: Principal, now: number) {
    this.#records = records
    this.space = totals.space
    this.#totals = totals
    this.#by = by
    this.at = Math.max(now, totals.updatedAt + 1)
  }

  static async begin(records: Records, space: string, by: Principal, now: number): Promise<Change> {
    return new Change(records, (await records.get('fileSpaces', space)) ?? emptySpace(space), by, now)
  }

  /** What is at a path, this change included; null when nothing ever was. */
  async head(path: string): Promise<FileRecord | null> {
    const known = this.#heads.get(path) ?? (this.#heads.has(path) ? null : this.#known.get(path))
    return known === undefined ? ((await this.#records.get('files', [this.space, path])) ?? null) : known
  }

  /** Reads what is at many paths at once, for `head` to find. */
  async readHeads(paths: readonly string[]): Promise<void> {
    await eachOf(paths, FILES_AT_ONCE, async (path) => {
      this.#known.set(path, (await this.#records.get('files', [this.space, path])) ?? null)
    })
  }

  /** Takes note of what was read already. */
  know(head: FileRecord): void {
    this.#known.set(head.path, head)
  }

  async add(path: string, version: NewVersion): Promise<FileRecord> {
    const { change, contents, provenance, from } = version
    const { space, at } = this
    const by = this.#by
    const before = await this.head(path)
    const deletedAt = change === 'deleted' || change === 'moved-away' ? at : null
    const createdAt = version.createdAt ?? (isThere(before) || deletedAt !== null ? (before?.createdAt ?? at) : at)
    const { chunks, chunkBytes, ...described } = contents
    const common = { space, path, version: (before?.version ?? 0) + 1, ...described, by, provenance, change }
    let oldest = before?.oldest ?? common.version
    const record = { ...common, at, createdAt, chunks, chunkBytes, ...(from && { from }) }
    this.#versions.push({ op: 'put', store: 'fileVersions', value: record })
    this.#refer(record, 1)
    for (; common.version - oldest >= FILE_VERSIONS_KEPT; oldest += 1) await this.#dropVersion(space, path, oldest)
    const head = { ...common, createdAt, updatedAt: at, deletedAt, oldest, firstAt: before?.firstAt ?? at }
    this.#set(path, before, head)
    return head
  }

  /** Deletes versions before the newest of what is there. @returns how many */
  async forgetHistory(head: FileRecord): Promise<number> {
    const { space, path, oldest, version } = head
    if (oldest === version) return 0
    for (const record of await versionsOf(this.#records, head, version - 1)) this.#refer(record, -1)
    this.#versions.push(rangeOfVersions(space, path, oldest, version - 1))
    this.#set(path, head, { ...head, oldest: version })
    return version - oldest
  }

  /** Deletes a path with all its versions, for good. @returns how many these were */
  async purge(head: FileRecord): Promise<number> {
    const { space, path, oldest, version } = head
    for (const record of await versionsOf(this.#records, head, version)) this.#refer(record, -1)
    this.#versions.push(rangeOfVersions(space, path, oldest, version))
    this.#set(path, head, null)
    return version - oldest + 1
  }

  /** @throws HearthError `over-limit` when the space has no room for it */
  async finish(): Promise<FinishedChange> {
    await this.#makeRoom()
    const heads: FileRecord[] = []
    const purged: string[] = []
    const writes: Mutation[] = []
    for (const [path, head] of this.#heads) {
      if (head === null) {
        purged.push(path)
        writes.push({ op: 'delete', store: 'files', key: [this.space, path] })
      } else {
        heads.push(head)
        writes.push({ op: 'put', store: 'files', value: head })
      }
    }
    if (writes.length === 0) return { writes, heads, purged, dropped: [] }
    const before = this.#totals.storedBytes
    const { blobs, dropped } = await this.#countReferences()
    if (this.#totals.storedBytes > Math.max(before, FILE_SPACE_BYTES)) throw tooManyBytes()
    const totals: Mutation = { op: 'put', store: 'fileSpaces', value: { ...this.#totals, updatedAt: this.at } }
    return { writes: [...writes, ...this.#versions, ...blobs, totals], heads, purged, dropped }
  }

  #set(path: string, before: FileRecord | null, after: FileRecord | null): void {
    const totals = this.#totals
    for (const [head, sign] of [
      [before, -1],
      [after, 1],
    ] as const) {
      if (head === null) continue
      totals.paths += sign
      if (head.change === 'deleted') totals.deleted += sign
      if (!isThere(head)) continue
      totals.files += sign
      totals.bytes += sign * head.bytes
    }
    this.#heads.set(path, after)
  }

  async #dropVersion(space: string, path: string, version: number): Promise<void> {
    const record = await this.#records.get('fileVersions', [space, path, version])
    if (record !== undefined) this.#refer(record, -1)
    this.#versions.push({ op: 'delete', store: 'fileVersions', key: [space, path, version] })
  }

  #refer({ chunks, chunkBytes, bytes }: FileVersionRecord, more: 1 | -1): void {
    for (const [index, hash] of chunks.entries()) {
      const entry = this.#references.get(hash) ?? { more: 0, bytes: Math.min(chunkBytes, bytes - index * chunkBytes) }
      entry.more += more
      this.#references.set(hash, entry)
    }
  }

  async #countReferences(): Promise<{ blobs: Mutation[]; dropped: string[] }> {
    const { space } = this
    const changed = [...this.#references].filter(([, { more }]) => more !== 0)
    const blobs: Mutation[] = []
    const dropped: string[] = []
    for (let at = 0; at < changed.length; at += FILES_PER_READ) {
      const part = changed.slice(at, at + FILES_PER_READ)
      const records = await Promise.all(part.map(([hash]) => this.#records.get('fileBlobs', [space, hash])))
      for (const [index, [hash, { more, bytes }]] of part.entries()) {
        const held = records[index]?.references ?? 0
        const references = held + more
        if (held === 0) this.#totals.storedBytes += bytes
        if (references > 0) blobs.push({ op: 'put', store: 'fileBlobs', value: { space, hash, bytes, references } })
        else {
          this.#totals.storedBytes -= bytes
          dropped.push(hash)
          blobs.push({ op: 'delete', store: 'fileBlobs', key: [space, hash] })
        }
      }
    }
    return { blobs, dropped }
  }

  /** Purges what was deleted longest ago when there are too many paths. */
  async #makeRoom(): Promise<void> {
    const excess = this.#totals.paths - FILES_PER_SPACE
    if (excess <= 0) return
    const deleted: FileRecord[] = []
    for await (const head of headsIn(this.#records, rangeBelow(this.space, ''))) {
      if (head.deletedAt !== null && !this.#heads.has(head.path)) deleted.push(head)
    }
    if (deleted.length < excess) throw tooManyFiles()
    deleted.sort((left, right) => left.updatedAt - right.updatedAt)
    for (const head of deleted.slice(0, Math.max(excess, FILES_PER_SPACE * FILES_PURGED_SHARE))) await this.purge(head)
  }
}

const rangeOfVersions = (space: string, path: string, from: number, to: number): Mutation => ({
  ...{ op: 'delete-range', store: 'fileVersions', from: [space, path, from], to: [space, path, to] },
})

const tooManyFiles = (): HearthError<'over-limit'> =>
  new HearthError(
    'over-limit',
    `A space holds ${FILES_PER_SPACE} files, and this one is full. Nothing was changed; delete files that are no longer needed.`,
    { limit: 'files of a space', maximum: FILES_PER_SPACE, retryAfterMs: null },
  )

const tooManyBytes = (): HearthError<'over-limit'> =>
  new HearthError(
    'over-limit',
    'This space is full, with the versions that are kept. Nothing was changed; purge deleted files or old versions.',
    { limit: 'bytes of a space', maximum: FILE_SPACE_BYTES, retryAfterMs: null },
  )
