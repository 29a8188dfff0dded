/** What a memory was before, and what it took the place of. Links may form loops, as an import may bring: each is followed once. */
import type { SyscallResult } from '../../abi/index.ts'
import type { Database } from '../storage/database.ts'
import { KEY_END, type MemoryRecord } from '../storage/records.ts'
import type { MemoryIndex } from './memory-index.ts'
import { LINKS_FOLLOWED } from './param.ts'
import { memoryOf } from './records.ts'

type Version = SyscallResult<'memory.history'>['versions'][number]

interface HistoryDeps {
  readonly index: Pick<MemoryIndex, 'get'>
  readonly database: Pick<Database, 'list'>
}

/** Earlier versions of one memory, newest first. */
export async function versionsOf({ database }: Pick<HistoryDeps, 'database'>, id: string): Promise<Version[]> {
  const records = await database.list('versions', { from: [id, 0], to: [id, KEY_END], reverse: true })
  return records.map(({ memory, ended: { at, what } }) => ({ ...memory, ended: { at, what } }))
}

/** It and its earlier versions, newest first, then what it superseded, then what that superseded. */
export async function historyOf(deps: HistoryDeps, memory: MemoryRecord): Promise<Version[]> {
  const chain = await supersededBy(deps, memory)
  const versions: Version[] = []
  for (const one of [memory, ...chain]) versions.push(memoryOf(one), ...(await versionsOf(deps, one.id)))
  return versions
}

/** What it superseded, directly and through others, nearest first. */
async function supersededBy({ index }: HistoryDeps, memory: MemoryRecord): Promise<MemoryRecord[]> {
  const seen = new Set([memory.id])
  const found = [memory]
  // Grows while it is walked.
  for (const { links } of found) {
    for (const { kind, to } of links) {
      if (kind !== 'supersedes' || seen.has(to) || seen.size > LINKS_FOLLOWED) continue
      seen.add(to)
      const old = await index.get(to)
      if (old) found.push(old)
    }
  }
  return found.slice(1)
}
