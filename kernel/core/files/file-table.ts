/** Reading the records of files: heads, versions, chunks. Nothing here writes. */
import { HearthError, type FileInfo, type FileVersion } from '../../abi/index.ts'
import type { Database } from '../storage/database.ts'
import { FILES_PER_READ } from './param.ts'
import { rangeBelow, type PathRange } from './paths.ts'
import type { FileRecord, FileSpaceRecord, FileVersionRecord } from './records.ts'

export type Records = Pick<Database, 'get' | 'list'>

/** Whether a file is at the path: it was neither deleted nor moved away. */
export const isThere = (head: FileRecord | null | undefined): head is FileRecord => head?.deletedAt === null

export function infoOf({ change: _change, firstAt: _firstAt, oldest, ...head }: FileRecord): FileInfo {
  return { ...head, versions: head.version - oldest + 1 }
}

export function versionOf({ chunks: _chunks, chunkBytes: _chunkBytes, createdAt: _at, ...version }: FileVersionRecord) {
  return version satisfies FileVersion
}

export const emptySpace = (space: string): FileSpaceRecord => ({
  ...{ space, files: 0, deleted: 0, bytes: 0, storedBytes: 0, paths: 0, updatedAt: 0 },
})

/** Heads by path, a page at a time. @param range only these; they may change meanwhile, each is as it was when it was read */
export async function* headsIn(records: Records, { from, to }: PathRange): AsyncGenerator<FileRecord> {
  let next = from
  for (;;) {
    const page = await records.list('files', { from: next, to, limit: FILES_PER_READ })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < FILES_PER_READ) return
    next = [last.space, `${last.path}\0`]
  }
}

/** What is at the path itself, and then what is below it. */
export async function* headsWithin(records: Records, space: string, root: string): AsyncGenerator<FileRecord> {
  const self = root === '' ? undefined : await records.get('files', [space, root])
  if (self !== undefined) yield self
  yield* headsIn(records, rangeBelow(space, root))
}

/** In order. @param through the last one; none when that is before the oldest that is kept */
export async function versionsOf(
  records: Records,
  { space, path, oldest }: Pick<FileRecord, 'space' | 'path' | 'oldest'>,
  through: number,
): Promise<FileVersionRecord[]> {
  // IndexedDB refuses a range that ends before it begins.
  if (through < oldest) return []
  return records.list('fileVersions', { from: [space, path, oldest], to: [space, path, through] })
}

/** @throws HearthError `not-found` */
export async function presentHead(records: Records, space: string, path: string): Promise<FileRecord> {
  const head = await records.get('files', [space, path])
  if (!isThere(head)) throw noSuchFile(path)
  return head
}

/** What `read` gives for each, in order, several at a time. */
export async function eachOf<T, R>(all: readonly T[], atOnce: number, read: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < all.length; at += atOnce) {
    results.push(...(await Promise.all(all.slice(at, at + atOnce).map(read))))
  }
  return results
}

/** @throws HearthError `not-found` when it is not kept */
export async function versionAt(
  records: Records,
  space: string,
  path: string,
  version: number,
): Promise<FileVersionRecord> {
  const record = await records.get('fileVersions', [space, path, version])
  if (record === undefined) throw noSuchVersion(path, `version ${version} of it is not kept`)
  return record
}

export const noSuchFile = (path: string): HearthError<'not-found'> =>
  new HearthError('not-found', `There is no file “${path}”. List the folder to see what there is.`, {
    ...{ kind: 'file', id: path },
  })

/** @param reason what is missing, for a person */
export const noSuchVersion = (path: string, reason: string): HearthError<'not-found'> =>
  new HearthError('not-found', `“${path}” cannot be brought back: ${reason}. Nothing was changed.`, {
    ...{ kind: 'file version', id: path },
  })
