/** A store from its beginning to its end, some records at a time: reading all at once would hold up the thread, and the memory. */
import type { Database } from '../storage/database.ts'
import { keyOf } from '../storage/keys.ts'
import { KEY_END } from '../storage/records.ts'
import type { Key, StoreName, StoreRecords } from '../storage/records.ts'
import { LIST_RECORDS } from './param.ts'

/** @param under the first parts of a compound key: only what is below them */
export async function* pagesOf<S extends StoreName>(
  database: Pick<Database, 'list'>,
  store: S,
  under?: readonly string[],
): AsyncGenerator<StoreRecords[S][], void, undefined> {
  const to = under && [...under, KEY_END]
  let from: Key | undefined = under && [...under]
  for (;;) {
    const page = await database.list(store, {
      ...(from !== undefined && { from }),
      ...(to && { to }),
      limit: LIST_RECORDS,
    })
    if (page.length > 0) yield page
    const last = page.at(-1)
    if (last === undefined || page.length < LIST_RECORDS) return
    from = after(keyOf(store, last))
  }
}

/** The least key above one: strings are compared by code unit, so nothing lies between one and itself with a NUL behind it. */
function after(key: Key): Key {
  if (typeof key === 'string') return `${key}\0`
  if (typeof key === 'number') return key + 1
  const last = key.at(-1) ?? ''
  return [...key.slice(0, -1), typeof last === 'string' ? `${last}\0` : last + 1]
}
