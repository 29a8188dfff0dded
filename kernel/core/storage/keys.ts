/** Keys of records: how to read one off a record, and the order that IndexedDB gives them. */
import { KEY_PATHS } from './records.ts'
import type { Key, KeyPart, StoreName, StoreRecords } from './records.ts'

export function keyOf<S extends StoreName>(store: S, record: StoreRecords[S]): Key {
  const fields = record as unknown as Record<string, KeyPart>
  const parts = KEY_PATHS[store].map((path) => fields[path] as KeyPart)
  return parts.length === 1 ? (parts[0] as KeyPart) : parts
}

/**
 * Numbers before strings before arrays; strings by UTF-16 code unit; arrays part by part, a prefix first.
 * @see https://www.w3.org/TR/IndexedDB-3/#compare-two-keys
 */
export function compareKeys(a: Key, b: Key): number {
  const rank = rankOf(a) - rankOf(b)
  if (rank !== 0) return rank
  if (typeof a !== 'object' || typeof b !== 'object') return a < b ? -1 : a > b ? 1 : 0
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const part = compareKeys(a[index] as KeyPart, b[index] as KeyPart)
    if (part !== 0) return part
  }
  return a.length - b.length
}

function rankOf(key: Key): number {
  return typeof key === 'number' ? 0 : typeof key === 'string' ? 1 : 2
}
