/** Making, changing and ending the records of memories, and what each change leaves in their history. Pure. */
import { HearthError, type Experience, type Memory, type Principal } from '../../abi/index.ts'
import type { Mutation } from '../storage/database.ts'
import { KEY_END, type MemoryRecord, type VersionRecord } from '../storage/records.ts'
import { VERSIONS_PER_MEMORY } from './param.ts'

/** A memory as clients see it. */
export function memoryOf({ number: _number, ...memory }: Memory & { readonly number?: number }): Memory {
  return memory
}

/** What a model and a person read of an experience; the same parts always make the same text. */
export function textOfExperience({ task, tried, outcome, lesson }: Experience): string {
  const end = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)
  return `Task: ${end(task)} Tried: ${end(tried)} It ${OUTCOMES[outcome]}. Lesson: ${end(lesson)}`
}

const OUTCOMES = { worked: 'worked', failed: 'failed', mixed: 'worked in part' } as const

/** What ends a version: when, by whom, and what was done. */
export type Ended = VersionRecord['ended']

/** The next version of a record. Its times never go back, also when the clock does. */
export function changed(before: MemoryRecord, changes: Partial<MemoryRecord>, at: number): MemoryRecord {
  return { ...before, ...changes, version: before.version + 1, updatedAt: Math.max(at, before.updatedAt) }
}

/** Keeps a version that is being replaced, and lets go of the oldest when there are too many. */
export function keepVersion(before: MemoryRecord, ended: Ended): Mutation[] {
  const { id, version } = before
  const kept: VersionRecord = { record: id, version, memory: memoryOf(before), ended }
  const writes: Mutation[] = [{ op: 'put', store: 'versions', value: kept }]
  const old = version - VERSIONS_PER_MEMORY
  if (old > 0) writes.push({ op: 'delete-range', store: 'versions', from: [id, 0], to: [id, old] })
  return writes
}

export const dropVersions = (id: string): Mutation => ({
  op: 'delete-range',
  store: 'versions',
  from: [id, 0],
  to: [id, KEY_END],
})

export const endedBy = (at: number, by: Principal, what: Ended['what']): Ended => ({ at, by, what })

export const noSuchMemory = (id: string): HearthError<'not-found'> =>
  new HearthError('not-found', 'That memory is no longer there: it was forgotten. Search for what you need.', {
    kind: 'memory',
    id,
  })
