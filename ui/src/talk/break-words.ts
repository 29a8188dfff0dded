/** The breaks of an answer in words: where others went first, where a person paused it, where the model was away. Pure. */
import { duration, plural } from '../parts/format.ts'
import type { Marker } from '../state/conversation-items.ts'

/** What stands below the answer: what it waits for now, or what has happened to it on the way. */
export function breakLine(markers: readonly Marker[], live: boolean): string {
  const last = markers.at(-1)
  if (!last) return ''
  if (live && last.kind === 'paused') return last.by === 'scheduler' ? `${last.text} It goes on after this.` : last.text
  const breaks = markers.filter(({ kind }) => kind === 'paused')
  const times = (by: Marker['by']): number => breaks.filter((marker) => marker.by === by).length
  const parts = [
    [times('scheduler'), 'gave way to others'],
    [times('user'), 'was paused by you'],
    [times('engine') + times(undefined), 'had to wait for the model'],
  ] as const
  const said = parts.filter(([count]) => count > 0).map(([count, words]) => `${words}${often(count)}`)
  if (said.length === 0) return `Went on from ${last.text}`
  return `It ${said.join(', ')}, and went on where it was`
}

function often(count: number): string {
  return count === 1 ? '' : count === 2 ? ' twice' : ` ${count} times`
}

/** Each break on a line of its own: after how much text, why, and how long it took. */
export function breakList(markers: readonly Marker[]): string[] {
  return markers.flatMap((marker, index) => {
    if (marker.kind !== 'paused') return []
    const on = markers.slice(index).find(({ kind }) => kind === 'resumed')
    const took = on ? ` Went on after ${duration(on.at - marker.at)}.` : ''
    const where = marker.offset === 0 ? 'Before it began' : `After ${plural(marker.offset, 'character')}`
    return [`${where}: ${marker.text}${took}`]
  })
}
