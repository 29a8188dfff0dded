/** What is in a folder: files and folders in the order of their paths, page by page; and one file or folder by itself. */
import { HearthError, type FileInfo, type FolderInfo, type SyscallArgs, type SyscallResult } from '../../abi/index.ts'
import { headsIn, infoOf, isThere, type Records } from './file-table.ts'
import { isBelow, rangeBelow } from './paths.ts'

/** A cursor is the path of the last file of a page, or that of the last folder with a slash. */
export async function listFolder(
  records: Records,
  args: SyscallArgs<'files.list'>,
): Promise<SyscallResult<'files.list'>> {
  const { space, path, recursive, limit } = args
  const files: FileInfo[] = []
  const folders: FolderInfo[] = []
  const range = rangeBelow(space, path)
  if (args.after !== undefined) {
    const from = args.after.endsWith('/') ? rangeBelow(space, args.after.slice(0, -1)).to[1] : `${args.after}\0`
    if (from >= range.to[1]) return { files, folders, next: null }
    if (from > range.from[1]) range.from = [space, from]
  }
  const prefix = path === '' ? 0 : path.length + 1
  let folder: FolderInfo | undefined
  let last: string | null = null
  for await (const head of headsIn(records, range)) {
    if (args.deleted ? head.change !== 'deleted' : !isThere(head)) continue
    if (folder !== undefined && isBelow(head.path, folder.path)) {
      count(folder, head)
      continue
    }
    if (files.length + folders.length === limit) return { files, folders, next: last }
    const slash = recursive ? -1 : head.path.indexOf('/', prefix)
    if (slash < 0) {
      files.push(infoOf(head))
      last = head.path
    } else {
      folder = { space, path: head.path.slice(0, slash), files: 0, bytes: 0, updatedAt: 0 }
      count(folder, head)
      folders.push(folder)
      last = `${folder.path}/`
    }
  }
  return { files, folders, next: null }
}

export async function stat(
  records: Records,
  { space, path }: SyscallArgs<'files.stat'>,
): Promise<SyscallResult<'files.stat'>> {
  const head = path === '' ? undefined : await records.get('files', [space, path])
  if (isThere(head)) return { kind: 'file', file: infoOf(head) }
  const folder: FolderInfo = { space, path, files: 0, bytes: 0, updatedAt: 0 }
  for await (const below of headsIn(records, rangeBelow(space, path))) if (isThere(below)) count(folder, below)
  if (folder.files > 0 || path === '') return { kind: 'folder', folder }
  const message = `There is no file or folder “${path}”. List the folder above to see what there is.`
  throw new HearthError('not-found', message, { kind: 'file', id: path })
}

function count(folder: FolderInfo, { bytes, updatedAt }: { bytes: number; updatedAt: number }): void {
  folder.files += 1
  folder.bytes += bytes
  folder.updatedAt = Math.max(folder.updatedAt, updatedAt)
}
