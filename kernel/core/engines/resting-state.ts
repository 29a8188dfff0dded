/** What state a model is in while nothing is done with it, from its record and from what the engine's cache has. Pure. */
import type { ModelState, Progress } from '../../abi/index.ts'
import type { ModelRecord } from '../storage/records.ts'
import type { CatalogueEntry } from './catalogue.ts'
import type { ModelEvent } from './model-state.ts'
import { alwaysStored } from './sources.ts'
import { cachedSource } from './weight-cache.ts'
import type { CachedWeights } from './weight-cache.ts'

const CLOSED = 'The download stopped when Hearth was closed. What was fetched is kept.'
const STOPPED = 'The download is not complete. What was fetched is kept.'

/** As the last kernel left it. */
export function initialState(entry: CatalogueEntry, record: ModelRecord | null): ModelState {
  if (alwaysStored(entry.source) || record?.stored) return { kind: 'stored' }
  const partialBytes = record?.partialBytes ?? null
  if (record === null || partialBytes === null) return { kind: 'absent' }
  return { kind: 'paused', progress: stopped(partialBytes, record.sizeBytes), reason: CLOSED }
}

/** What follows for a model that the engine no longer holds, before anybody has looked at what is there. */
export function eventAfterUnload({ source }: CatalogueEntry, state: ModelState, isStored: boolean): ModelEvent {
  if (isStored) return { type: 'stored' }
  const downloads = state.kind === 'loading' && state.progress.phase === 'download' && state.progress.doneBytes > 0
  if (!downloads || !cachedSource(source)) return { type: 'absent' }
  return { type: 'partial', progress: state.progress, reason: STOPPED }
}

/** What follows from a look at the engine's cache; null when nothing does. */
export function eventAfterLook(entry: CatalogueEntry, state: ModelState, found: CachedWeights): ModelEvent | null {
  const { bytes, complete } = found
  const partial = bytes > 0 && !complete
  if (state.kind === 'failed') {
    // Other failures are not cured by what is there, and their message has to stay.
    if (state.code !== 'download-failed' || !partial) return null
  } else if (state.kind !== 'absent' && state.kind !== 'paused' && state.kind !== 'stored') return null
  if (complete) return { type: 'stored' }
  if (!partial) return { type: 'absent' }
  const progress = stopped(bytes, found.totalBytes ?? entry.sizeBytes)
  const before = state.kind === 'paused' ? state.progress : null
  if (before?.doneBytes === progress.doneBytes && before.totalBytes === progress.totalBytes) return null
  const reason = state.kind === 'failed' ? state.message : state.kind === 'paused' ? state.reason : STOPPED
  return { type: 'partial', progress, reason }
}

function stopped(doneBytes: number, totalBytes: number | null): Progress {
  return { phase: 'download', doneBytes, totalBytes, bytesPerSecond: 0, secondsLeft: null }
}
