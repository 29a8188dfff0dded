/**
 * First thing of a boot: carries out what the last kernel was asked to do to everything, and drops what an import left that was
 * never finished. Only the mark is read here; the rest is imported when there is one, which is almost never.
 */
import type { Platform } from '../platform.ts'
import { readMark } from './mark.ts'

/** What of the platform that takes. */
type Parts = Pick<Platform, 'database' | 'fileBlobs' | 'erase'>

/** @throws HearthError `storage-full`, `storage-failed`; the mark then stays, and the next boot tries again. */
export async function finishArchive(platform: Parts): Promise<void> {
  const mark = await readMark(platform.database)
  if (mark === null) {
    if ((await platform.database.count('staging')) > 0) await dropStaged(platform.database)
    return
  }
  const work = await import('./carry-out.ts')
  await (mark === 'erase' ? work.eraseEverything(platform) : work.takeIn(platform))
}

/** Nothing of it was ever visible. @throws HearthError `storage-failed`. */
export async function dropStaged(database: Platform['database']): Promise<void> {
  await database.commit([{ op: 'delete-range', store: 'staging', from: 0, to: Number.MAX_SAFE_INTEGER }], 'relaxed')
}
