/** Moving and deleting files and folders. Both leave versions behind, from which they come back. */
import { HearthError, type SyscallArgs } from '../../abi/index.ts'
import type { Change } from './change.ts'
import { eachOf, headsWithin, isThere, versionAt, type Records } from './file-table.ts'
import { FILES_AT_ONCE } from './param.ts'
import { isWithin, movedPath } from './paths.ts'
import { assertFolders, assertNoFolder, assertVersion, taken } from './place.ts'
import type { FileRecord, FileVersionRecord } from './records.ts'

/** @returns how many files. @throws HearthError `not-found`, `conflict`, `bad-request` */
export async function moveFiles(
  records: Records,
  change: Change,
  { path, to, ifVersion }: SyscallArgs<'files.move'>,
): Promise<number> {
  const heads = await allWithin(records, change, path)
  assertVersion(path, heads.find((head) => head.path === path) ?? null, ifVersion)
  if (path === to) return heads.length
  if (isWithin(to, path)) throw taken(to, `“${path}” cannot be moved into itself`)
  if (isThere(await change.head(to))) throw taken(to, `There is a file “${to}” already`)
  await assertFolders(change, to)
  await assertNoFolder(records, change, to)
  const targets = heads.map((head) => movedPath(head.path, path, to))
  await change.readHeads(targets)
  for (const [index, record] of (await versionsNow(records, heads)).entries()) {
    const { path: origin, version, provenance, createdAt } = record
    const contents = contentsOf(record)
    await change.add(origin, { change: 'moved-away', contents, provenance })
    const from = { path: origin, version }
    await change.add(targets[index] ?? to, { change: 'moved', contents, provenance, createdAt, from })
  }
  return heads.length
}

/** @returns how many files. @throws HearthError `not-found`, `conflict` */
export async function deleteFiles(
  records: Records,
  change: Change,
  { path, ifVersion }: Pick<SyscallArgs<'files.delete'>, 'path' | 'ifVersion'>,
): Promise<number> {
  const heads = await allWithin(records, change, path)
  assertVersion(path, heads.find((head) => head.path === path) ?? null, ifVersion)
  for (const record of await versionsNow(records, heads)) await deleteFile(change, record)
  return heads.length
}

/** @param now the version that is there */
export async function deleteFile(change: Change, now: FileVersionRecord): Promise<void> {
  const { path, provenance } = now
  await change.add(path, { change: 'deleted', contents: contentsOf(now), provenance })
}

const versionsNow = (records: Records, heads: readonly FileRecord[]): Promise<FileVersionRecord[]> =>
  eachOf(heads, FILES_AT_ONCE, ({ space, path, version }) => versionAt(records, space, path, version))

export const contentsOf = ({ bytes, type, text, hash, chunks, chunkBytes }: FileVersionRecord) => ({
  ...{ bytes, type, text, hash, chunks, chunkBytes },
})

async function allWithin(records: Records, change: Change, path: string): Promise<FileRecord[]> {
  const heads: FileRecord[] = []
  for await (const head of headsWithin(records, change.space, path)) {
    change.know(head)
    if (isThere(head)) heads.push(head)
  }
  if (heads.length > 0) return heads
  const message = `There is no file or folder “${path}”. List the folder above to see what there is.`
  throw new HearthError('not-found', message, { kind: 'file', id: path })
}
