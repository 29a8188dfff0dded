/** Ends what nobody needs any more: what no agent ever recalled in a year, unless a person wrote it. */
import type { MemoryRecord } from '../../storage/records.ts'
import type { Plan } from '../changes.ts'
import type { MemoryIndex } from '../memory-index.ts'
import { endAll, isValid } from './ended.ts'
import { UNUSED_MS } from './param.ts'

/** Blocks are always in a window, so they are always in use. */
export function isOutOfDate(memory: MemoryRecord, now: number): boolean {
  const { kind, uses, provenance, updatedAt } = memory
  const mayEnd = (kind === 'fact' || kind === 'experience') && provenance.trust === 'untrusted'
  return mayEnd && uses === 0 && updatedAt <= now - UNUSED_MS && isValid(memory, now)
}

/** @returns how many end; those that were used or changed since they were looked at do not */
export async function planEnding(
  index: Pick<MemoryIndex, 'get'>,
  seen: readonly MemoryRecord[],
  now: number,
): Promise<Plan<number>> {
  const still: MemoryRecord[] = []
  for (const { id, version } of seen) {
    const record = await index.get(id)
    if (record?.version === version && isOutOfDate(record, now)) still.push(record)
  }
  return { result: still.length, ...endAll(still, now) }
}
