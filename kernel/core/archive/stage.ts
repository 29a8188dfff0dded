/**
 * Reads an archive once and stages what is to be taken in. Nothing of it is visible: contents of files are there without a record
 * that names them, records are staged. The mark, which is the caller's commit, is what makes it happen.
 */
import type { ImportReport, MergePolicy } from '../../abi/index.ts'
import { HearthError } from '../../abi/index.ts'
import { ArchiveKind } from '../../abi/syscalls/archive.ts'
import { KEY_END } from '../storage/records.ts'
import type { Database } from '../storage/database.ts'
import type { Key, StagedWrite, StoreName } from '../storage/records.ts'
import { Chunks } from './chunks.ts'
import { notAhead } from './dates.ts'
import { badArchive } from './format.ts'
import { Here, KIND_OF } from './here.ts'
import type { Head } from './here.ts'
import { ArchiveReader } from './read.ts'
import type { ReadDeps } from './read.ts'
import type { Entry } from './records.ts'
import { Staging } from './staging.ts'

export interface StageDeps extends ReadDeps {
  readonly database: Database
  /** Keeps a chunk of a file's contents, and returns its hash. */
  readonly keep: (bytes: Uint8Array<ArrayBuffer>) => Promise<string>
}

export interface StageRequest {
  readonly file: unknown
  readonly sha256: string
  readonly existing: MergePolicy
}

type Counts = ImportReport['kinds'][number]

/** What becomes of a unit: `ownerless` is a file that belongs to no agent, which is not taken in. */
type Fate = keyof Omit<Counts, 'kind'> | 'ownerless'

export async function stage({ file, sha256, existing }: StageRequest, deps: StageDeps): Promise<ImportReport> {
  const reader = new ArchiveReader(file, deps)
  const here = await Here.read(deps.database)
  const staging = new Staging(deps.database)
  const chunks = new Chunks()
  const counts = new Map<ArchiveKind, Counts>()
  const spaces = new Set<string>()
  const now = deps.clock.now()
  let [ownerless, redated] = [0, 0]
  // Of the unit that is being read: its parts do the same.
  let fate: Fate = 'kept'

  for await (const entry of reader.entries()) {
    if (entry.store === 'blob') {
      chunks.add(await deps.keep(entry.bytes), entry.bytes.length)
      continue
    }
    if (entry.store === 'fileVersions') {
      const fault = chunks.fault(entry.record)
      if (fault !== undefined) throw badArchive('bad-record', entry.number, fault)
    }
    const writes: StagedWrite[] = []
    if (isHead(entry)) {
      if (entry.store === 'agents') here.bring(entry.record.id)
      fate = decide(here, entry, existing)
      if (fate === 'replaced') writes.push(...clearing(here, entry))
      if (!stays(fate)) here.add(entry)
      if (!stays(fate) && entry.store === 'files') spaces.add(entry.record.space)
    }
    if (isCounted(entry)) {
      if (fate === 'ownerless') ownerless += 1
      else count(counts, KIND_OF[entry.store], fate)
    }
    if (stays(fate)) continue
    const value = notAhead(entry, now)
    if (value !== entry.record) redated += 1
    await staging.add([...writes, { op: 'put', store: entry.store, value }], entry.lineBytes)
  }
  if (reader.result.sha256 !== sha256) throw changed()
  await staging.flush()
  // Last, so that all files are there when a space is counted (carry-out.ts).
  for (const space of spaces) await staging.add([{ op: 'put', store: 'fileSpaces', value: { space } }], 0)
  await staging.flush()
  return { kinds: ArchiveKind.options.flatMap((kind) => counts.get(kind) ?? []), ownerless, redated }
}

export const isHead = (entry: Entry): entry is Head =>
  !['blob', 'turns', 'pages', 'spending', 'versions', 'fileVersions'].includes(entry.store)

/** What a person counts: of files those that are there. */
export const isCounted = (entry: Entry): entry is Head | Extract<Entry, { store: 'turns' }> =>
  entry.store === 'turns' || (isHead(entry) && (entry.store !== 'files' || entry.record.deletedAt === null))

const stays = (fate: Fate): boolean => fate === 'kept' || fate === 'ownerless'

function decide(here: Here, head: Head, existing: MergePolicy): Fate {
  if (here.ownerless(head)) return 'ownerless'
  if (head.store === 'files' && here.obstructed(head)) return 'kept'
  if (head.store === 'memories' && here.crowded(head)) return 'kept'
  if (!here.has(head)) return 'added'
  return existing === 'keep' ? 'kept' : 'replaced'
}

/** Deletes what stands behind the one that is replaced. */
function clearing(here: Here, head: Head): StagedWrite[] {
  const below = (store: StoreName, ...key: string[]): StagedWrite => ({
    ...{ op: 'delete-range', store, from: key, to: [...key, KEY_END] },
  })
  const range = (store: StoreName, from: Key, to: Key): StagedWrite => ({ op: 'delete-range', store, from, to })
  if (head.store === 'agents') {
    const { id } = head.record
    const account = `agent:${id}`
    return [
      below('turns', id),
      below('pages', id),
      range('spending', account, account),
      range('spending', `${account}:`, `${account}:${KEY_END}`),
    ]
  }
  if (head.store === 'memories') {
    const { id } = head.record
    const block = here.blockOf(head.record)
    if (block === undefined) return [below('versions', id)]
    return [below('versions', id), below('versions', block), range('memories', block, block)]
  }
  if (head.store === 'shared') return [below('versions', head.record.id)]
  return head.store === 'files' ? [below('fileVersions', head.record.space, head.record.path)] : []
}

function count(counts: Map<ArchiveKind, Counts>, kind: ArchiveKind, what: Exclude<Fate, 'ownerless'>): void {
  const row = counts.get(kind) ?? { kind, added: 0, replaced: 0, kept: 0 }
  row[what] += 1
  counts.set(kind, row)
}

function changed(): HearthError<'conflict'> {
  const message = 'This file is not the one that was looked at. Nothing was changed; look at it again, then import it.'
  return new HearthError('conflict', message, { kind: 'archive', id: 'sha256' })
}
