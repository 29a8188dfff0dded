/**
 * What state a model is in, as a pure machine. The registry applies events and publishes what comes out.
 *
 * Invariants:
 * 1. `ready` is reached only from `loading`, and `loading` never from `downloading`: bytes are complete before they load.
 * 2. `paused` is reached from `downloading`, with the progress that was made, or by `partial`, never from `ready`.
 * 3. An event that does not apply changes nothing, so a late one cannot bring a removed model back.
 */
import type { ModelState, Placement, Progress } from '../../abi/index.ts'

export type ModelEvent =
  | { type: 'download-begun'; progress: Progress }
  | { type: 'progress'; progress: Progress }
  | { type: 'download-paused'; reason: string }
  /** Some of it is on this device, fetched by its engine, which goes on from there with the next load. */
  | { type: 'partial'; progress: Progress; reason: string }
  | { type: 'load-begun'; progress: Progress }
  | { type: 'loaded'; placement: Placement; slots: number }
  /** On this device and not in memory: downloaded, unloaded, or its load was given up. */
  | { type: 'stored' }
  /** Not on this device: removed, discarded, or its first load was given up. */
  | { type: 'absent' }
  | { type: 'failed'; code: string; message: string }

const FROM: Record<ModelEvent['type'], readonly ModelState['kind'][]> = {
  'download-begun': ['absent', 'paused', 'failed', 'stored'],
  progress: ['downloading', 'loading'],
  'download-paused': ['downloading'],
  partial: ['absent', 'paused', 'stored', 'loading', 'failed'],
  'load-begun': ['absent', 'stored', 'ready', 'failed', 'paused'],
  loaded: ['loading'],
  stored: ['absent', 'downloading', 'paused', 'loading', 'ready', 'failed'],
  absent: ['downloading', 'paused', 'stored', 'loading', 'ready', 'failed'],
  failed: ['absent', 'downloading', 'paused', 'stored', 'loading', 'ready'],
}

/** The state after `event`; the same object when the event does not apply. */
export function nextModelState(state: ModelState, event: ModelEvent): ModelState {
  if (!FROM[event.type].includes(state.kind)) return state
  switch (event.type) {
    case 'download-begun':
      return { kind: 'downloading', progress: event.progress }
    case 'progress':
      return state.kind === 'downloading' || state.kind === 'loading' ? { ...state, progress: event.progress } : state
    case 'download-paused':
      return state.kind === 'downloading'
        ? { kind: 'paused', progress: atRest(state.progress), reason: event.reason }
        : state
    case 'partial':
      return { kind: 'paused', progress: atRest(event.progress), reason: event.reason }
    case 'load-begun':
      return { kind: 'loading', progress: event.progress }
    case 'loaded':
      return { kind: 'ready', placement: event.placement, slots: event.slots }
    case 'stored':
      return { kind: 'stored' }
    case 'absent':
      return { kind: 'absent' }
    case 'failed':
      return { kind: 'failed', code: event.code, message: event.message }
  }
}

/** Nothing moves while paused, so there is no speed and no time left. */
function atRest(progress: Progress): Progress {
  return { ...progress, bytesPerSecond: 0, secondsLeft: null }
}
