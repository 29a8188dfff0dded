/** One entry of the whiteboard, as records are made and read: what it says, whether it is there, and what it takes. */
import type { JsonValue, Provenance, SharedEntry } from '../../abi/index.ts'
import { cutText } from '../tools/result.ts'
import { SHARED_TEXT_UNITS } from './param.ts'

export interface Place {
  readonly namespace: string
  readonly key: string
}

/** Unambiguous because a namespace has no slash. */
export const idOf = ({ namespace, key }: Place): string => `${namespace}/${key}`

export const keyOf = (entry: SharedEntry): string => entry.entry?.key ?? ''

export const placeOf = (entry: SharedEntry): Place => ({ namespace: entry.scope, key: keyOf(entry) })

/** UTF-16 units that count against its namespace. */
export function unitsOf(entry: SharedEntry): number {
  return isGone(entry) ? 0 : keyOf(entry).length + JSON.stringify(entry.entry?.value ?? null).length
}

/** A deleted entry is kept as an empty one: all that it still says is its version. */
export const isGone = (entry: SharedEntry): boolean => entry.text === ''

/** Whether it can be read at this moment. */
export function isThere(entry: SharedEntry | undefined, now: number): entry is SharedEntry {
  return entry !== undefined && !isGone(entry) && (entry.validUntil === null || entry.validUntil > now)
}

export interface NewEntry extends Place {
  readonly value: JsonValue
  readonly validUntil: number | null
  readonly provenance: Provenance
  readonly version: number
}

/** @param before the entry it changes, when that is there */
export function makeEntry(fresh: NewEntry, now: number, before?: SharedEntry): SharedEntry {
  const { namespace, key, value, validUntil, provenance, version } = fresh
  const said = typeof value === 'string' ? value : JSON.stringify(value)
  return {
    ...{ id: idOf(fresh), kind: 'shared', owner: null, scope: namespace },
    text: cutText(`${key}: ${said}`, SHARED_TEXT_UNITS),
    ...{ provenance, version, validFrom: now, validUntil, links: [] },
    ...{ createdAt: before?.createdAt ?? now, updatedAt: now, uses: 0, usedAt: null, entry: { key, value } },
  }
}

/** What stays of a deleted entry. Deleting counts as a version, so that every change of an entry has a number of its own. */
export function goneEntry(entry: SharedEntry, now: number, provenance: Provenance): SharedEntry {
  const version = entry.version + 1
  const nothing = { text: '', links: [], entry: { key: keyOf(entry), value: null } }
  return { ...entry, ...nothing, provenance, version, validUntil: now, updatedAt: now }
}

/** Whether `key` is `prefix` or below it; `db` has `db/main` and not `dbx`. */
export const isUnder = (key: string, prefix: string | undefined): boolean =>
  prefix === undefined || key === prefix || key.startsWith(`${prefix}/`)
