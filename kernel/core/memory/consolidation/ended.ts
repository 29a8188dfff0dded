/**
 * How consolidation takes a memory out of use: it ends now, what it was stays in its history, and giving it back its old
 * `validUntil` brings it back. Nothing is ever deleted here. Every change is compare-and-set: what was edited, or ended, since
 * it was looked at is left alone. Pure, but for reading the index.
 */
import type { Principal } from '../../../abi/index.ts'
import type { Mutation } from '../../storage/database.ts'
import type { MemoryRecord } from '../../storage/records.ts'
import type { MemoryIndex } from '../memory-index.ts'
import { changed, endedBy, keepVersion } from '../records.ts'

export const KERNEL: Principal = { kind: 'kernel' }

/** The records as they are now, in the same order; undefined when one of them is not as it was. Call it under the lock. */
export async function unchanged(
  index: Pick<MemoryIndex, 'get'>,
  seen: readonly MemoryRecord[],
  now: number,
): Promise<MemoryRecord[] | undefined> {
  const current: MemoryRecord[] = []
  for (const { id, version } of seen) {
    const record = await index.get(id)
    if (record?.version !== version || !isValid(record, now)) return undefined
    current.push(record)
  }
  return current
}

export const isValid = ({ validFrom, validUntil }: MemoryRecord, now: number): boolean =>
  validFrom <= now && (validUntil === null || validUntil > now)

export const versionsKept = (before: MemoryRecord, now: number): Mutation[] =>
  keepVersion(before, endedBy(now, KERNEL, 'consolidated'))

/** Ends records; what they were is in `writes`. */
export function endAll(records: readonly MemoryRecord[], now: number): { put: MemoryRecord[]; writes: Mutation[] } {
  return {
    put: records.map((record) => changed(record, { validUntil: Math.max(now, record.validFrom) }, now)),
    writes: records.flatMap((record) => versionsKept(record, now)),
  }
}
