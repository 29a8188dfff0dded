/** Whether a memory passes a filter. The one place that says what each part of a filter means; indexes must agree with it. */
import type { MemoryFilter } from '../../../abi/index.ts'
import type { MemoryRecord } from '../../storage/records.ts'

/** @param now milliseconds since 1970-01-01 UTC: at which it has to be true when the filter does not say */
export function matcherOf(filter: MemoryFilter, now: number): (memory: MemoryRecord) => boolean {
  const { owner, trust, from = -Infinity, to = Infinity, validAt } = filter
  const kinds = filter.kinds && new Set(filter.kinds)
  const scopes = filter.scopes && new Set(filter.scopes)
  return (memory) =>
    (kinds === undefined || kinds.has(memory.kind)) &&
    (owner === undefined || memory.owner === null || memory.owner === owner) &&
    (scopes === undefined || scopes.has(memory.scope)) &&
    (trust === undefined || memory.provenance.trust === trust) &&
    memory.createdAt >= from &&
    memory.createdAt <= to &&
    (validAt === 'any' || isTrueAt(memory, validAt ?? nowFor(memory, now)))
}

/** Now, as a memory knows it: clocks are set back, and what was written has been written. */
const nowFor = ({ updatedAt }: MemoryRecord, now: number): number => Math.max(now, updatedAt)

const isTrueAt = ({ validFrom, validUntil }: MemoryRecord, time: number): boolean =>
  validFrom <= time && (validUntil === null || time < validUntil)
