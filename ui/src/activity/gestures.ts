/**
 * Wheel, drag and pinch on the timeline. A wheel that goes up or down scrolls the page, as everywhere, unless Ctrl or ⌘ is
 * held (which is also how a touchpad's pinch arrives) or the timeline has the focus.
 */
import type { TimelineView } from './timeline-view.svelte.ts'
import { LANE } from './paint.ts'

/** Pixels a pointer may move and still click. */
const CLICK_PX = 4
/** How much of the time shown one notch of a wheel (100 px) takes away. */
const WHEEL = 0.0022

export function attachGestures(box: HTMLElement, view: TimelineView, onclick: () => void): () => void {
  const pointers = new Map<number, number>()
  let moved = 0
  const inside = (event: MouseEvent): { x: number; y: number } => {
    const { left, top } = box.getBoundingClientRect()
    return { x: event.clientX - left, y: event.clientY - top }
  }
  const point = (event: MouseEvent): void => {
    const { x, y } = inside(event)
    view.hovered = view.sliceAt(x, Math.floor(y / LANE))?.seq ?? null
  }
  const listeners = {
    wheel(event: WheelEvent): void {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey
      if (!sideways && !event.ctrlKey && !event.metaKey && document.activeElement !== box) return
      event.preventDefault()
      if (sideways) view.pan((event.deltaX || event.deltaY) / view.width)
      else view.zoom(Math.exp(event.deltaY * (event.ctrlKey ? 4 : 1) * WHEEL), inside(event).x / view.width)
      point(event)
    },
    pointerdown(event: PointerEvent): void {
      if (event.button !== 0) return
      if (pointers.size === 0) moved = 0
      pointers.set(event.pointerId, inside(event).x)
      box.setPointerCapture(event.pointerId)
    },
    pointermove(event: PointerEvent): void {
      const before = pointers.get(event.pointerId)
      if (before === undefined) {
        if (event.pointerType === 'mouse') point(event)
        return
      }
      const { x } = inside(event)
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1]
      pointers.set(event.pointerId, x)
      moved += Math.abs(x - before)
      if (other !== undefined) pinch(view, before - other, x - other, other)
      else if (moved > CLICK_PX) {
        view.hovered = null
        view.pan((before - x) / view.width)
      }
    },
    pointerup(event: PointerEvent): void {
      const known = pointers.delete(event.pointerId)
      if (!known || moved > CLICK_PX || pointers.size > 0) return
      point(event)
      if (event.pointerType === 'mouse') onclick()
      else view.chosen = view.hovered
    },
    pointercancel(event: PointerEvent): void {
      pointers.delete(event.pointerId)
    },
    pointerleave(): void {
      view.hovered = null
    },
  }
  const entries = Object.entries(listeners) as [string, (event: Event) => void][]
  for (const [type, listener] of entries) box.addEventListener(type, listener, { passive: false })
  return () => {
    for (const [type, listener] of entries) box.removeEventListener(type, listener)
  }
}

/** Two fingers: what is between them stays between them. */
function pinch(view: TimelineView, before: number, after: number, other: number): void {
  if (Math.abs(after) < 8) return
  view.zoom(Math.min(4, Math.max(0.25, Math.abs(before / after))), other / view.width)
}
