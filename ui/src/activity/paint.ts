/**
 * Draws the timeline: only what is in sight, and of slices thinner than a pixel one for each pixel, so that an hour of
 * thousands of slices costs as little as a minute. Pure but for the canvas it is given.
 */
import type { SlotSlice } from '../../../sdk/index.ts'
import type { Lane } from './slices.ts'
import { visible } from './slices.ts'
import { tickStep } from './time-span.ts'

/** Heights in CSS pixels. */
export const LANE = 26
const BAR = 20
export const AXIS = 22

/** Resolved colours: a canvas knows no custom properties. */
export interface Palette {
  readonly interactive: string
  readonly normal: string
  readonly background: string
  readonly text: string
  readonly lane: string
  readonly line: string
  readonly dim: string
  readonly mark: string
  readonly bad: string
  readonly focus: string
  readonly font: string
}

export interface Scene {
  readonly lanes: readonly Lane[]
  readonly from: number
  readonly to: number
  /** The present moment, up to which slices that go on reach. */
  readonly now: number
  readonly following: boolean
  readonly width: number
  readonly palette: Palette
  /** Number of the slice that is pointed at or chosen by keyboard. */
  readonly marked: number | null
  /** The run whose slices stand out, while one of them is marked. */
  readonly run: string | null
}

/** What it needs of a canvas' context. */
export type Pen = Pick<
  CanvasRenderingContext2D,
  | 'clearRect'
  | 'fillRect'
  | 'strokeRect'
  | 'fillText'
  | 'measureText'
  | 'beginPath'
  | 'moveTo'
  | 'lineTo'
  | 'closePath'
  | 'fill'
  | 'fillStyle'
  | 'strokeStyle'
  | 'lineWidth'
  | 'font'
  | 'textAlign'
  | 'textBaseline'
  | 'globalAlpha'
>

export function paint(pen: Pen, scene: Scene): void {
  const height = scene.lanes.length * LANE + AXIS
  pen.clearRect(0, 0, scene.width, height)
  pen.font = scene.palette.font
  pen.textBaseline = 'middle'
  paintAxis(pen, scene, height)
  scene.lanes.forEach((lane, index) => paintLane(pen, scene, lane, index * LANE + (LANE - BAR) / 2))
}

function paintAxis(pen: Pen, { palette, from, to, width, following }: Scene, height: number): void {
  const step = tickStep(to - from, Math.max(2, width / 110))
  // Following, ticks stand still and count back from now; else they stand on the clock and move with it.
  const first = following ? to - Math.floor((to - from) / step) * step : Math.ceil(from / step) * step
  pen.fillStyle = palette.dim
  for (let time = first; time <= to; time += step) {
    const x = ((time - from) / (to - from)) * width
    pen.textAlign = x < 24 ? 'left' : x > width - 24 ? 'right' : 'center'
    pen.fillText(tickText(time, to, step, following), x, height - AXIS / 2 + 2)
    pen.globalAlpha = 0.35
    pen.fillRect(Math.round(x), 0, 1, height - AXIS)
    pen.globalAlpha = 1
  }
}

function tickText(time: number, to: number, step: number, following: boolean): string {
  const ago = to - time
  if (following) {
    if (ago < step / 2) return 'now'
    if (ago < 1000) return `−${Math.round(ago)} ms`
    return ago < 60_000 || step < 60_000 ? `−${Number((ago / 1000).toFixed(1))} s` : `−${Math.round(ago / 60_000)} min`
  }
  const clock = new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' })
  return step < 1000 ? `${clock}.${String(Math.floor(time % 1000)).padStart(3, '0')}` : clock
}

function paintLane(pen: Pen, scene: Scene, lane: Lane, top: number): void {
  const { palette, from, to, now, width } = scene
  const scale = width / (to - from)
  pen.fillStyle = palette.lane
  pen.fillRect(0, top, width, BAR)
  let drawnTo = -Infinity
  for (const slice of visible(lane, from, to, now)) {
    const left = Math.max(-2, (slice.from - from) * scale)
    const right = Math.min(width + 2, ((slice.to ?? now) - from) * scale)
    // It would lie wholly on a pixel that has its colour already.
    if (right <= drawnTo && slice.seq !== scene.marked) continue
    paintSlice(pen, scene, slice, left, Math.max(1, right - left), top)
    drawnTo = Math.ceil(Math.max(right, left + 1))
  }
}

function paintSlice(pen: Pen, scene: Scene, slice: SlotSlice, left: number, room: number, top: number): void {
  const { palette, marked, run } = scene
  // A hairline between two who follow each other, where there is room for it.
  const width = room > 3 ? room - 1 : room
  const aside = marked !== null && slice.seq !== marked && (run === null || slice.run !== run)
  pen.globalAlpha = aside ? 0.4 : 1
  pen.fillStyle = palette[slice.class]
  pen.fillRect(left, top, width, BAR)
  if (width > 28) {
    pen.fillStyle = palette.text
    pen.textAlign = 'left'
    // Where its beginning is out of sight the name stays in sight.
    const start = Math.max(left, 0) + 6
    const text = fitted(pen, slice.name, left + width - start - 6)
    if (text !== '') pen.fillText(text, start, top + BAR / 2 + 1)
  }
  if (slice.ended !== null && slice.ended !== 'finished') paintEnd(pen, palette, slice.ended, left + width, top)
  pen.globalAlpha = 1
  if (slice.seq !== marked) return
  pen.strokeStyle = palette.focus
  pen.lineWidth = 2
  pen.strokeRect(left - 1, top - 1, width + 2, BAR + 2)
}

/** Somebody else went first: a notch that points down. A person paused it: two bars. Anything worse: a red edge. */
function paintEnd(
  pen: Pen,
  palette: Palette,
  ended: NonNullable<SlotSlice['ended']>,
  right: number,
  top: number,
): void {
  pen.fillStyle = ended === 'failed' || ended === 'lost' ? palette.bad : palette.mark
  if (ended === 'preempted') {
    pen.beginPath()
    pen.moveTo(right - 4, top - 3)
    pen.lineTo(right + 4, top - 3)
    pen.lineTo(right, top + 4)
    pen.closePath()
    pen.fill()
  } else if (ended === 'paused') {
    pen.fillRect(right - 5, top + 4, 2, BAR - 8)
    pen.fillRect(right - 1, top + 4, 2, BAR - 8)
  } else {
    pen.fillRect(right - 2, top, 2, BAR)
  }
}

/** As much of a name as fits, or nothing when that would be too little to recognise. */
function fitted(pen: Pen, name: string, room: number): string {
  if (room < 14) return ''
  const width = pen.measureText(name).width
  if (width <= room) return name
  const kept = Math.floor((name.length * room) / width) - 1
  return kept < 2 ? '' : `${name.slice(0, kept)}…`
}
