/** Deleting for good: files with all their versions, or only what is not there any more. */
import type { SyscallArgs, SyscallResult } from '../../abi/index.ts'
import type { Change } from './change.ts'
import { headsWithin, isThere, type Records } from './file-table.ts'

export async function purgeFiles(
  records: Records,
  change: Change,
  { path, what }: SyscallArgs<'files.purge'>,
): Promise<SyscallResult<'files.purge'>> {
  const counts = { files: 0, versions: 0 }
  for await (const head of headsWithin(records, change.space, path)) {
    if (what === 'history') {
      if (!isThere(head)) continue
      const versions = await change.forgetHistory(head)
      counts.versions += versions
      if (versions > 0) counts.files += 1
    } else if (what === 'all' || !isThere(head)) {
      counts.versions += await change.purge(head)
      counts.files += 1
    }
  }
  return counts
}
