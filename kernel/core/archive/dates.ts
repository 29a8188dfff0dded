/**
 * Dates of what an import brings. One that lies ahead of now would be the newest for ever and come first wherever what is recent
 * does, so it becomes now. When something is to be true, and until when, may lie ahead: that is said of the world.
 */
import type { Memory } from '../../abi/index.ts'
import { CLOCK_SKEW_MS } from '../memory/param.ts'
import type { ArchivedRecord } from './records.ts'

/** What every kind of record calls the moments at which something was done to it. */
const DONE_AT = ['at', 'createdAt', 'updatedAt', 'usedAt', 'deletedAt', 'firstAt'] as const
type Done = Partial<Record<(typeof DONE_AT)[number], number | null>>

/** The record with no date ahead of `now`, by more than clocks of two machines differ; the very same when it has none. */
export function notAhead(entry: ArchivedRecord, now: number): ArchivedRecord['record'] {
  switch (entry.store) {
    case 'memories':
    case 'shared':
      return memoryNotAhead(entry.record, now)
    case 'versions': {
      const { memory, ended } = entry.record
      const [before, end] = [memoryNotAhead(memory, now), doneBy(ended, now)]
      return before === memory && end === ended ? entry.record : { ...entry.record, memory: before, ended: end }
    }
    case 'models':
    case 'meta':
      return entry.record
    default:
      return doneBy(entry.record, now)
  }
}

function memoryNotAhead(memory: Memory, now: number): Memory {
  const dated = doneBy(memory, now)
  const { validFrom, updatedAt } = memory
  // True since it was written, it is true since then still; what was to become true later does so when it was said to.
  return dated === memory || validFrom > updatedAt ? dated : { ...dated, validFrom: Math.min(validFrom, now) }
}

function doneBy<R extends Done>(record: R, now: number): R {
  const ahead = DONE_AT.filter((field) => (record[field] ?? 0) > now + CLOCK_SKEW_MS)
  return ahead.length === 0 ? record : { ...record, ...Object.fromEntries(ahead.map((field) => [field, now])) }
}
