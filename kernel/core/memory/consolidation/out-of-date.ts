/**
 * What is out of date. A memory whose time has come is not found any more in any case; here it is written down that it ended, so
 * that its history says so and whoever watches hears of it. And what nobody needs any more ends: what no agent ever recalled
 * in a year, unless a person wrote it.
 */
import type { MemoryRecord } from '../../storage/records.ts'
import type { Plan } from '../changes.ts'
import type { MemoryIndex } from '../memory-index.ts'
import { changed, endedBy, keepVersion } from '../records.ts'
import { endAll, isValid, KERNEL } from './ended.ts'
import { UNUSED_MS } from './param.ts'

/** Blocks are always in a window, so they are always in use. */
export function isUnused(memory: MemoryRecord, now: number): boolean {
  const { kind, uses, provenance, updatedAt } = memory
  const mayEnd = (kind === 'fact' || kind === 'experience') && provenance.trust === 'untrusted'
  return mayEnd && uses === 0 && updatedAt <= now - UNUSED_MS && isValid(memory, now)
}

/** Whether its time has come and nobody has written that down: whatever else ends a memory does so at once. */
export const isExpired = ({ validUntil, updatedAt }: MemoryRecord, now: number): boolean =>
  validUntil !== null && validUntil <= now && updatedAt < validUntil

/** @returns how many end; those that were used or changed since they were looked at do not */
export async function planEnding(
  index: Pick<MemoryIndex, 'get'>,
  seen: readonly MemoryRecord[],
  now: number,
): Promise<Plan<number>> {
  const expired: MemoryRecord[] = []
  const unused: MemoryRecord[] = []
  for (const { id, version } of seen) {
    const record = await index.get(id)
    if (record?.version !== version) continue
    if (isExpired(record, now)) expired.push(record)
    else if (isUnused(record, now)) unused.push(record)
  }
  const { put, writes } = endAll(unused, now)
  return {
    result: expired.length + unused.length,
    put: [...expired.map((record) => changed(record, {}, now)), ...put],
    writes: [
      ...expired.flatMap((record) => keepVersion(record, endedBy(record.validUntil ?? now, KERNEL, 'expired'))),
      ...writes,
    ],
  }
}
