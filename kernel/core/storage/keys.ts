/** Keys of records: how to read one off a record, and the order that IndexedDB gives them. */
import { HearthError } from '../../abi/index.ts'
import { KEY_PATHS } from './records.ts'
import type { Key, KeyPart, StoreName, StoreRecords } from './records.ts'

export function keyOf<S extends StoreName>(store: S, record: StoreRecords[S]): Key {
  const fields = record as unknown as Readonly<Record<string, KeyPart | undefined>>
  const parts: KeyPart[] = []
  for (const path of KEY_PATHS[store]) {
    const part = fields[path]
    if (part === undefined) throw keyless(store, path)
    parts.push(part)
  }
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : parts
}

function keyless(store: StoreName, path: string): HearthError<'internal'> {
  const reason = `a record for ${store} has no ${path}`
  return new HearthError('internal', `Something in Hearth failed: ${reason}. Nothing was stored.`, { reason })
}

/**
 * Numbers before strings before arrays; strings by UTF-16 code unit; arrays part by part, a prefix first.
 * @see https://www.w3.org/TR/IndexedDB-3/#compare-two-keys
 */
export function compareKeys(a: Key, b: Key): number {
  const rank = rankOf(a) - rankOf(b)
  if (rank !== 0) return rank
  if (typeof a !== 'object' || typeof b !== 'object') return a < b ? -1 : a > b ? 1 : 0
  for (const [index, part] of a.entries()) {
    const other = b[index]
    if (other === undefined) break
    const order = compareKeys(part, other)
    if (order !== 0) return order
  }
  return a.length - b.length
}

function rankOf(key: Key): number {
  return typeof key === 'number' ? 0 : typeof key === 'string' ? 1 : 2
}
