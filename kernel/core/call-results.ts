/**
 * Takes out of calls on record what is no longer to be anywhere. Calls that a client made stay, so that none takes effect twice.
 * Only what deletes needs this: nothing that boot loads may import it.
 */
import { PAGES_PER_READ } from './param.ts'
import type { Clock } from './platform.ts'
import type { Database, Mutation } from './storage/database.ts'
import type { CallRecord } from './storage/records.ts'

interface Deps {
  readonly database: Pick<Database, 'list'>
  readonly clock: Pick<Clock, 'sleep'>
}

/** @param change what a record is to be: the very same when it stays, null when it goes */
export async function changeCalls(
  { database, clock }: Deps,
  change: (record: CallRecord) => CallRecord | null,
): Promise<Mutation[]> {
  const writes: Mutation[] = []
  for (let after = ''; ;) {
    const batch = await database.list('calls', { from: after, limit: PAGES_PER_READ })
    for (const record of batch) {
      if (record.id === after) continue
      const value = change(record)
      if (value === null) writes.push({ op: 'delete', store: 'calls', key: record.id })
      else if (value !== record) writes.push({ op: 'put', store: 'calls', value })
    }
    const last = batch.at(-1)?.id
    if (last === undefined || batch.length < PAGES_PER_READ) return writes
    after = last
    await clock.sleep(0)
  }
}

/** @param change what a call's result is to be; the very same when it stays */
export function changeResults(deps: Deps, change: (record: CallRecord) => unknown): Promise<Mutation[]> {
  return changeCalls(deps, (record) => withResult(record, record.result === undefined ? undefined : change(record)))
}

/** The very same record when that is its result. */
export const withResult = (record: CallRecord, result: unknown): CallRecord =>
  result === record.result ? record : { ...record, result }
