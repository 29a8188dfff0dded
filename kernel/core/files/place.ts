/** Whether a file may be at a path: no file stands where one of its folders has to be, and no folder where it has to be. */
import { HearthError } from '../../abi/index.ts'
import type { Change } from './change.ts'
import { headsIn, isThere, type Records } from './file-table.ts'
import { foldersOf, rangeBelow } from './paths.ts'
import type { FileRecord } from './records.ts'

/** @throws HearthError `conflict` */
export async function assertFolders(change: Change, path: string): Promise<void> {
  for (const folder of foldersOf(path)) {
    if (!isThere(await change.head(folder))) continue
    throw taken(folder, `“${folder}” is a file, so “${path}” cannot be in it`)
  }
}

/** @throws HearthError `conflict` */
export async function assertNoFolder(records: Records, change: Change, path: string): Promise<void> {
  for await (const { path: below } of headsIn(records, rangeBelow(change.space, path))) {
    if (isThere(await change.head(below))) throw taken(path, `“${path}” is a folder`)
  }
}

/** @throws HearthError `conflict` when it is not at the version; 0 stands for a file that is not there */
export function assertVersion(path: string, head: FileRecord | null, ifVersion: number | undefined): void {
  const version = isThere(head) ? head.version : 0
  if (ifVersion === undefined || ifVersion === version) return
  const now = version === 0 ? 'is not there' : `has been changed: it is at version ${version}`
  const message = `“${path}” ${now}. Nothing was written; read it again first.`
  throw new HearthError('conflict', message, { kind: 'file', id: path, version })
}

export const taken = (path: string, reason: string): HearthError<'conflict'> =>
  new HearthError('conflict', `${reason}. Nothing was changed; choose another path.`, { kind: 'file', id: path })
