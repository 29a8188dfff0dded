/** The timeline by keyboard. */
import type { TimelineView } from './timeline-view.svelte.ts'

/** Share of the width one arrow moves, and how much of the time shown one + takes away. */
const STEP = 0.15
const ZOOM = 0.7

export const keyHints = [
  ['← →', 'move'],
  ['+ −', 'zoom'],
  ['0', 'back to now'],
  ['Shift ← →', 'step'],
  ['Enter', 'open'],
] as const

export function timelineKeys(event: KeyboardEvent, view: TimelineView, open: () => void): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const actions: Record<string, () => void> = {
    ArrowLeft: () => (event.shiftKey ? view.step(-1) : view.pan(-STEP)),
    ArrowRight: () => (event.shiftKey ? view.step(1) : view.pan(STEP)),
    '+': () => view.zoom(ZOOM, 0.5),
    '=': () => view.zoom(ZOOM, 0.5),
    '-': () => view.zoom(1 / ZOOM, 0.5),
    '0': () => view.reset(),
    Enter: open,
  }
  if (event.key === 'Escape' && view.chosen !== null) actions['Escape'] = () => (view.chosen = null)
  const action = actions[event.key]
  if (!action) return
  event.preventDefault()
  action()
}
