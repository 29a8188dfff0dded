/** Making files what they were. What they are now stays as a version, so a rollback can itself be rolled back. */
import { HearthError, type SyscallArgs, type SyscallResult } from '../../abi/index.ts'
import type { Change } from './change.ts'
import {
  eachOf,
  headsWithin,
  isThere,
  noSuchFile,
  noSuchVersion,
  versionAt,
  versionsOf,
  type Records,
} from './file-table.ts'
import { historyOf, stepsBack } from './history.ts'
import { contentsOf, deleteFile } from './move.ts'
import { FILES_AT_ONCE } from './param.ts'
import { assertFolders, assertNoFolder } from './place.ts'
import type { FileRecord, FileVersionRecord } from './records.ts'

type Counts = SyscallResult<'files.rollback'>

/** @throws HearthError `not-found`, `conflict`, `bad-request` */
export async function rollBack(
  records: Records,
  change: Change,
  { path, to }: SyscallArgs<'files.rollback'>,
): Promise<Counts> {
  if ('moment' in to) return toMoment(records, change, path, to.moment)
  if (path === '') throw onlyMoments()
  const head = await change.head(path)
  if (head === null) throw noSuchFile(path)
  const counts: Counts = { restored: 0, deleted: 0 }
  const target =
    'version' in to
      ? await versionAt(records, change.space, path, to.version)
      : stepsBack(await historyOf(records, change.space, path), to.versionsAgo)
  if (target === undefined) throw noSuchVersion(path, 'it has not so many versions')
  const back = wasThere(target)
  if (back && !isThere(head)) {
    await assertFolders(change, path)
    await assertNoFolder(records, change, path)
  }
  const now = await versionAt(records, change.space, path, head.version)
  await make(change, head, now, back ? target : null, counts)
  return counts
}

async function toMoment(records: Records, change: Change, root: string, moment: number): Promise<Counts> {
  const counts: Counts = { restored: 0, deleted: 0 }
  let found = root === ''
  if (root !== '') await assertFolders(change, root)
  const changed: FileRecord[] = []
  for await (const head of headsWithin(records, change.space, root)) {
    found = true
    if (head.updatedAt <= moment) continue
    change.know(head)
    changed.push(head)
  }
  if (!found) throw noSuchFile(root)
  const histories = await eachOf(changed, FILES_AT_ONCE, (head) => versionsOf(records, head, head.version))
  for (const [index, head] of changed.entries()) {
    const versions = histories[index] ?? []
    const now = versions.at(-1)
    if (now) await make(change, head, now, versionThen(head, versions, moment), counts)
  }
  return counts
}

/** The last version at or before a moment; null when nothing was there. */
function versionThen(
  head: FileRecord,
  versions: readonly FileVersionRecord[],
  moment: number,
): FileVersionRecord | null {
  if (head.firstAt > moment) return null
  const then = versions.findLast(({ at }) => at <= moment)
  if (then === undefined) {
    const since = new Date(versions[0]?.at ?? head.updatedAt).toISOString()
    throw noSuchVersion(head.path, `its versions are kept since ${since} only`)
  }
  return wasThere(then) ? then : null
}

/** @param now the newest version of what is there */
async function make(
  change: Change,
  head: FileRecord,
  now: FileVersionRecord,
  target: FileVersionRecord | null,
  counts: Counts,
): Promise<void> {
  if (target === null) {
    if (!isThere(head)) return
    await deleteFile(change, now)
    counts.deleted += 1
    return
  }
  const { provenance, createdAt, version } = target
  const same = head.hash === target.hash && head.type === target.type && head.provenance.trust === provenance.trust
  if (isThere(head) && same) return
  const from = { path: target.path, version }
  await change.add(head.path, { change: 'restored', contents: contentsOf(target), provenance, createdAt, from })
  counts.restored += 1
}

const wasThere = ({ change }: FileVersionRecord): boolean => change !== 'deleted' && change !== 'moved-away'

function onlyMoments(): HearthError<'bad-request'> {
  const message = 'A whole space can only be taken back to a moment. Nothing was changed.'
  return new HearthError('bad-request', message, { issues: [{ path: 'to', message }] })
}
