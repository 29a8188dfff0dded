/**
 * Takes out of results on record what is no longer to be anywhere. The calls themselves stay, so that none takes effect twice.
 * Only what deletes needs this: nothing that boot loads may import it.
 */
import { PAGES_PER_READ } from './param.ts'
import type { Clock } from './platform.ts'
import type { Database, Mutation } from './storage/database.ts'
import type { CallRecord } from './storage/records.ts'

/** @param change what a call's result is to be; the very same when it stays */
export async function changeResults(
  { database, clock }: { readonly database: Pick<Database, 'list'>; readonly clock: Pick<Clock, 'sleep'> },
  change: (record: CallRecord) => unknown,
): Promise<Mutation[]> {
  const writes: Mutation[] = []
  for (let after = ''; ;) {
    const batch = await database.list('calls', { from: after, limit: PAGES_PER_READ })
    for (const record of batch) {
      if (record.id === after || record.result === undefined) continue
      const result = change(record)
      if (result !== record.result) writes.push({ op: 'put', store: 'calls', value: { ...record, result } })
    }
    const last = batch.at(-1)?.id
    if (last === undefined || batch.length < PAGES_PER_READ) return writes
    after = last
    await clock.sleep(0)
  }
}
