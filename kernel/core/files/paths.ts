/** Paths inside a space, which the boundary has checked (abi/syscalls/files.ts). The empty one is the space itself. */
import { HearthError } from '../../abi/index.ts'
import { FilePath } from '../../abi/syscalls/files.ts'

/** Greater than any character of a path: none of them is a noncharacter. */
const AFTER_ALL = '\uffff'

export interface PathRange {
  from: [space: string, path: string]
  to: [space: string, path: string]
}

/** Keys of everything below a folder, whatever is at its own path left out. */
export function rangeBelow(space: string, folder: string): PathRange {
  const prefix = folder === '' ? '' : `${folder}/`
  return { from: [space, prefix], to: [space, prefix + AFTER_ALL] }
}

export const isBelow = (path: string, folder: string): boolean => folder === '' || path.startsWith(`${folder}/`)

/** Whether it is the path itself or in the folder of that name. */
export const isWithin = (path: string, root: string): boolean => path === root || isBelow(path, root)

/** Its folders, the outermost first: `a` and `a/b` of `a/b/c`. */
export function foldersOf(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** What a path becomes when the folder or file `from` becomes `to`. @throws HearthError `bad-request` when it is then too long */
export function movedPath(path: string, from: string, to: string): string {
  const moved = to + path.slice(from.length)
  const checked = FilePath.safeParse(moved)
  if (checked.success) return checked.data
  const message = `“${moved}” cannot be the path of a file: ${checked.error.issues[0]?.message ?? 'too long'}. Nothing was moved.`
  throw new HearthError('bad-request', message, { issues: [{ path: 'to', message }] })
}
