/** The list of Activity by keyboard: rows with the arrows, actions with one letter each. */
import type { Panel } from '../state/panel.svelte.ts'
import { targetOf, type Top } from './top.svelte.ts'

export const rowHints = [
  ['↑ ↓', 'choose'],
  ['P', 'pause or resume'],
  ['C', 'class and share'],
  ['X', 'stop'],
  ['Enter', 'open'],
  ['S', 'sort'],
  ['/', 'search'],
] as const

export function topKeys(event: KeyboardEvent, top: Top, panel: Panel): void {
  const row = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>('[data-row]') : null
  // Only while a row itself has the focus: buttons and links in it keep their own keys.
  if (!row || row !== event.target || event.ctrlKey || event.metaKey || event.altKey) return
  const at = top.shown.findIndex(({ id }) => id === row.dataset['row'])
  const one = top.shown[at]
  if (!one) return
  const target = targetOf(one)
  const go = (index: number): void => {
    const wanted = top.shown[Math.max(0, Math.min(top.shown.length - 1, index))]
    if (wanted && row.parentElement) focusRow(row.parentElement, top, wanted.id)
  }
  const actions: Record<string, () => void> = {
    arrowdown: () => go(at + 1),
    arrowup: () => go(at - 1),
    home: () => go(0),
    end: () => go(top.shown.length - 1),
    enter: () => one.agent !== null && panel.route.go('talk', one.agent),
    p: () => top.toggle(one),
    c: () => target.length > 0 && (panel.control.renicing = target),
    x: () => target.length > 0 && (panel.control.stopping = target),
    delete: () => target.length > 0 && (panel.control.stopping = target),
    s: () => (event.shiftKey ? top.sortBy(top.sorting.key) : top.nextSorting()),
    '/': () => document.getElementById('find-runs')?.focus(),
  }
  const action = actions[event.key.toLowerCase()]
  if (!action) return
  event.preventDefault()
  action()
}

/** Gives the keyboard to a row, and brings it into sight, moving as little as possible. */
export function focusRow(rows: HTMLElement, top: Top, id: string): void {
  top.current = id
  const row = rows.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)
  row?.focus({ preventScroll: true })
  row?.scrollIntoView({ block: 'nearest' })
}
