/** What a space of files amounts to, counted anew from its files and versions: an import may bring some and leave others. */
import { isThere } from '../files/file-table.ts'
import type { FileBlobRecord, FileSpaceRecord } from '../files/records.ts'
import type { Database, Mutation } from '../storage/database.ts'
import { KEY_END } from '../storage/records.ts'
import { pagesOf } from './pages-of.ts'

/** The writes that put it right. */
export async function recount(database: Pick<Database, 'list'>, space: string): Promise<Mutation[]> {
  const totals: FileSpaceRecord = { space, files: 0, deleted: 0, bytes: 0, storedBytes: 0, paths: 0, updatedAt: 0 }
  const blobs = new Map<string, FileBlobRecord>()
  for await (const heads of pagesOf(database, 'files', [space])) {
    for (const head of heads) {
      totals.paths += 1
      totals.updatedAt = Math.max(totals.updatedAt, head.updatedAt)
      if (head.change === 'deleted') totals.deleted += 1
      if (!isThere(head)) continue
      totals.files += 1
      totals.bytes += head.bytes
    }
  }
  for await (const versions of pagesOf(database, 'fileVersions', [space])) {
    for (const { chunks, chunkBytes, bytes } of versions) {
      for (const [index, hash] of chunks.entries()) {
        const blob = blobs.get(hash) ?? {
          space,
          hash,
          bytes: Math.min(chunkBytes, bytes - index * chunkBytes),
          references: 0,
        }
        blobs.set(hash, { ...blob, references: blob.references + 1 })
      }
    }
  }
  for (const { bytes } of blobs.values()) totals.storedBytes += bytes
  return [
    { op: 'delete-range', store: 'fileBlobs', from: [space, ''], to: [space, KEY_END] },
    ...[...blobs.values()].map((value) => ({ op: 'put', store: 'fileBlobs', value }) as const),
    { op: 'put', store: 'fileSpaces', value: totals },
  ]
}
