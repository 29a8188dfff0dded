/**
 * What takes the storage, by kind. Records are counted, and weighed by a sample: to weigh all of them would be to read all of
 * them. Files and models are measured. Imports nothing of the export: it is asked for whenever Settings is looked at.
 */
import type { StorageKind, StorageReport } from '../../abi/index.ts'
import type { Platform } from '../platform.ts'
import type { Database } from '../storage/database.ts'
import type { StoreName } from '../storage/records.ts'
import { SAMPLE_RECORDS, SAMPLE_SEGMENTS } from './param.ts'

type Kinds = StorageReport['kinds']

/** The first of each is what is counted for people: memories and not their versions. */
const STORES: Readonly<Partial<Record<StorageKind, readonly [StoreName, ...StoreName[]]>>> = {
  memories: ['memories', 'versions'],
  vectors: ['vectors', 'collections'],
  conversations: ['turns', 'pages', 'agents', 'spending'],
  journal: ['audit', 'calls', 'runs', 'journal'],
  whiteboard: ['shared'],
  files: ['files', 'fileVersions', 'fileSpaces', 'fileBlobs'],
}

/** @param usageBytes what the browser says that all of it takes; what no kind accounts for is `other` */
export async function storageByKind(
  platform: Pick<Platform, 'database' | 'fileBlobs'>,
  modelBytes: number,
  usageBytes: number | null,
): Promise<Kinds> {
  const kinds: Kinds = [{ kind: 'models', count: null, bytes: modelBytes, how: 'measured' }]
  for (const [kind, stores] of Object.entries(STORES) as [StorageKind, readonly StoreName[]][]) {
    const weighed = await Promise.all(stores.map((store) => weigh(platform.database, store)))
    const bytes = weighed.reduce((sum, one) => sum + one.bytes, 0)
    const contents = kind === 'files' ? await platform.fileBlobs.usage() : 0
    // Heads are there of deleted files too.
    const count = kind === 'files' ? await presentFiles(platform.database) : (weighed[0]?.count ?? 0)
    kinds.push({
      kind,
      count,
      bytes: bytes + contents,
      how: contents > 0 ? 'measured' : 'estimated',
    })
  }
  if (usageBytes !== null) {
    const known = kinds.reduce((sum, { bytes }) => sum + bytes, 0)
    kinds.push({ kind: 'other', count: null, bytes: Math.max(0, usageBytes - known), how: 'estimated' })
  }
  return kinds
}

async function presentFiles(database: Database): Promise<number> {
  const spaces = await database.list('fileSpaces')
  return spaces.reduce((sum, { files }) => sum + files, 0)
}

/** From both ends: what is old is often smaller than what is new. */
async function weigh(database: Database, store: StoreName): Promise<{ count: number; bytes: number }> {
  const count = await database.count(store)
  if (count === 0) return { count, bytes: 0 }
  const limit = store === 'vectors' ? SAMPLE_SEGMENTS : SAMPLE_RECORDS
  const [first, last] = await Promise.all([
    database.list(store, { limit }),
    count > limit ? database.list(store, { limit, reverse: true }) : [],
  ])
  const sample = [...first, ...last]
  const bytes = sample.reduce((sum, record) => sum + sizeOf(record), 0)
  return { count, bytes: Math.round((bytes / sample.length) * count) }
}

/** About what it takes when it is stored: text as UTF-16 would be too much, as most of it is ASCII. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  if (value instanceof Uint8Array) return value.byteLength
  let bytes = 0
  for (const [key, part] of Object.entries(value)) bytes += key.length + sizeOf(part)
  return bytes
}
