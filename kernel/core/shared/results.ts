/** What `shared.set` answered is on record for clients that ask again: nothing of an entry that is deleted may stay there. */
import type { SharedEntry } from '../../abi/index.ts'
import type { CallRecord } from '../storage/records.ts'
import { keyOf } from './entry.ts'

/** The result of a call without what it says of these entries; the very same when it says nothing of them. */
export const withoutEntries =
  (ids: ReadonlySet<string>) =>
  ({ syscall, result }: Pick<CallRecord, 'syscall' | 'result'>): unknown => {
    if (syscall !== 'shared.set') return result
    const entry = result as SharedEntry
    if (!ids.has(entry.id) || entry.text === '') return result
    return { ...entry, text: '', entry: { key: keyOf(entry), value: null } }
  }
