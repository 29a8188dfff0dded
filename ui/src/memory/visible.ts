/** Which rows of a long list stand in the window that shows it. Pure. */

export interface Visible {
  readonly first: number
  /** One after the last. */
  readonly end: number
}

/** @param margin rows drawn above and below what is seen, so that scrolling shows no gap */
export function visibleRows(top: number, height: number, rowHeight: number, count: number, margin = 8): Visible {
  const first = Math.max(0, Math.floor(top / rowHeight) - margin)
  const end = Math.min(count, Math.ceil((top + height) / rowHeight) + margin)
  return { first: Math.min(first, count), end: Math.max(end, Math.min(first, count)) }
}

/** Where to scroll so that a row is seen whole, moving as little as possible. */
export function scrollFor(index: number, top: number, height: number, rowHeight: number): number {
  const start = index * rowHeight
  if (start < top) return start
  return start + rowHeight > top + height ? start + rowHeight - height : top
}
