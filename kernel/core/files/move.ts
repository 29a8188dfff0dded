/** Moving and deleting files and folders. Both leave versions behind, from which they come back. */
import { HearthError, type SyscallArgs } from '../../abi/index.ts'
import type { Change } from './change.ts'
import { headsWithin, isThere, versionAt, type Records } from './file-table.ts'
import { isWithin, movedPath } from './paths.ts'
import { assertFolders, assertNoFolder, assertVersion, taken } from './place.ts'
import type { FileRecord, FileVersionRecord } from './records.ts'

/** @returns how many files. @throws HearthError `not-found`, `conflict`, `bad-request` */
export async function moveFiles(
  records: Records,
  change: Change,
  { path, to, ifVersion }: SyscallArgs<'files.move'>,
): Promise<number> {
  const heads = await allWithin(records, change.space, path)
  assertVersion(path, heads.find((head) => head.path === path) ?? null, ifVersion)
  if (path === to) return heads.length
  if (isWithin(to, path)) throw taken(to, `“${path}” cannot be moved into itself`)
  if (isThere(await change.head(to))) throw taken(to, `There is a file “${to}” already`)
  await assertFolders(change, to)
  await assertNoFolder(records, change, to)
  for (const head of heads) {
    const { version, provenance, createdAt } = head
    const moved = movedPath(head.path, path, to)
    const contents = await versionAt(records, change.space, head.path, version)
    await change.add(head.path, { change: 'moved-away', contents: contentsOf(contents), provenance })
    const from = { path: head.path, version }
    await change.add(moved, { change: 'moved', contents: contentsOf(contents), provenance, createdAt, from })
  }
  return heads.length
}

/** @returns how many files. @throws HearthError `not-found`, `conflict` */
export async function deleteFiles(
  records: Records,
  change: Change,
  { path, ifVersion }: Pick<SyscallArgs<'files.delete'>, 'path' | 'ifVersion'>,
): Promise<number> {
  const heads = await allWithin(records, change.space, path)
  assertVersion(path, heads.find((head) => head.path === path) ?? null, ifVersion)
  for (const head of heads) await deleteFile(records, change, head)
  return heads.length
}

export async function deleteFile(records: Records, change: Change, head: FileRecord): Promise<void> {
  const contents = await versionAt(records, change.space, head.path, head.version)
  await change.add(head.path, { change: 'deleted', contents: contentsOf(contents), provenance: head.provenance })
}

export const contentsOf = ({ bytes, type, text, hash, chunks, chunkBytes }: FileVersionRecord) => ({
  ...{ bytes, type, text, hash, chunks, chunkBytes },
})

async function allWithin(records: Records, space: string, path: string): Promise<FileRecord[]> {
  const heads: FileRecord[] = []
  for await (const head of headsWithin(records, space, path)) if (isThere(head)) heads.push(head)
  if (heads.length > 0) return heads
  const message = `There is no file or folder “${path}”. List the folder above to see what there is.`
  throw new HearthError('not-found', message, { kind: 'file', id: path })
}
