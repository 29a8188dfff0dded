/** Writing contents that are stored to a path, and appending to what is there. */
import type { FileInfo, Principal, Provenance } from '../../abi/index.ts'
import { writtenBy } from '../provenance.ts'
import type { Change, StoredContents } from './change.ts'
import { infoOf, isThere, type Records } from './file-table.ts'
import { assertFolders, assertNoFolder, assertVersion } from './place.ts'
import type { FileRecord } from './records.ts'

export interface Target {
  readonly path: string
  readonly ifVersion?: number | undefined
  readonly provenance: Provenance
}

/** Where contents come from that `principal` writes. @param outside they are not its own words */
export const provenanceOf = (principal: Principal, outside: boolean, tool?: string): Provenance => ({
  ...writtenBy(principal),
  ...(outside && { source: 'outside', trust: 'untrusted' }),
  ...(tool !== undefined && { tool }),
})

/** @throws HearthError `conflict` */
export async function writeFile(
  records: Records,
  change: Change,
  { path, ifVersion, provenance }: Target,
  contents: StoredContents,
  how: 'written' | 'appended' = 'written',
): Promise<FileInfo> {
  const before = await change.head(path)
  assertVersion(path, before, ifVersion)
  if (isThere(before) && isSame(before, contents, provenance)) return infoOf(before)
  if (!isThere(before)) {
    await assertFolders(change, path)
    await assertNoFolder(records, change, path)
  }
  return infoOf(await change.add(path, { change: how, contents, provenance }))
}

/** What was appended is from `added`, but no more to be trusted than what was there. */
export const mixed = (before: Provenance, added: Provenance): Provenance =>
  before.trust === 'trusted' ? added : { ...added, trust: 'untrusted' }

/** Writing what is there already, once more, is no change. */
const isSame = (head: FileRecord, contents: StoredContents, { trust }: Provenance): boolean =>
  head.hash === contents.hash && head.type === contents.type && head.provenance.trust === trust
