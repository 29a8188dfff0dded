/** What a file was before: its versions, followed to where it was moved from. */
import type { Records } from './file-table.ts'
import { noSuchFile, versionsOf } from './file-table.ts'
import type { FileVersionRecord } from './records.ts'

/**
 * Newest first. Behind the oldest version at its path, if that was moved there, come those it had before, at their own paths.
 * @throws HearthError `not-found`
 */
export async function historyOf(records: Records, space: string, path: string): Promise<FileVersionRecord[]> {
  const history: FileVersionRecord[] = []
  const seen = new Set<string>()
  let next: { path: string; version: number } | undefined = { path, version: Number.MAX_SAFE_INTEGER }
  while (next !== undefined && !seen.has(next.path)) {
    seen.add(next.path)
    const head = await records.get('files', [space, next.path])
    if (head === undefined) break
    const versions = await versionsOf(records, head, Math.min(next.version, head.version))
    history.push(...versions.toReversed())
    next = versions[0]?.from && versions[0].change === 'moved' ? versions[0].from : undefined
  }
  if (history.length === 0) throw noSuchFile(path)
  return history
}

/** The version so many changes ago; a move and the version that was moved count as one. */
export function stepsBack(history: readonly FileVersionRecord[], steps: number): FileVersionRecord | undefined {
  const distinct = history.filter((version, index) => {
    const after = history[index - 1]
    return !(after?.change === 'moved' && after.from?.path === version.path && after.from.version === version.version)
  })
  return distinct[steps]
}
