/** What the timeline shows and points at: the stretch of time, and one slice by pointer or keyboard. */
import type { SchedulerEngine, SlotSlice } from '../../../sdk/index.ts'
import { lanesOf, sliceAt } from './slices.ts'
import { endOf, pan, startOf, WHOLE, zoom, type TimeSpan } from './time-span.ts'

/** Pixels beside a slice at which it is still met. */
const REACH_PX = 5

export class TimelineView {
  span = $state.raw<TimeSpan>(WHOLE)
  /** Pixels of the drawing. */
  width = $state(0)
  /** The slice under the pointer, and the one chosen by keyboard or in the list; by number. */
  hovered = $state<number | null>(null)
  chosen = $state<number | null>(null)
  readonly #source: () => { slices: readonly SlotSlice[]; engines: readonly SchedulerEngine[] }

  readonly lanes = $derived.by(() => {
    const { slices, engines } = this.#source()
    return lanesOf(slices, engines)
  })
  readonly following = $derived(this.span.end === null)
  /** Whether somebody has a slot now. */
  readonly going = $derived.by(() => this.#source().slices.some(({ to }) => to === null))
  readonly marked = $derived.by(() => {
    const seq = this.hovered ?? this.chosen
    return seq === null ? null : (this.#source().slices.find((slice) => slice.seq === seq) ?? null)
  })

  constructor(source: () => { slices: readonly SlotSlice[]; engines: readonly SchedulerEngine[] }) {
    this.#source = source
  }

  zoom(factor: number, at = 1): void {
    this.span = zoom(this.span, factor, at, Date.now())
  }

  /** @param share of the width; positive shows later times. */
  pan(share: number): void {
    this.span = pan(this.span, share * this.span.length, Date.now())
  }

  /** Shows the last minute again, and follows now. */
  reset(): void {
    this.span = WHOLE
    this.chosen = null
  }

  follow(): void {
    this.span = { length: this.span.length, end: null }
  }

  timeAt(x: number, now: number): number {
    return startOf(this.span, now) + (x / Math.max(1, this.width)) * this.span.length
  }

  xOf(time: number, now: number): number {
    return ((time - startOf(this.span, now)) / this.span.length) * this.width
  }

  sliceAt(x: number, lane: number): SlotSlice | null {
    const now = Date.now()
    const reach = (REACH_PX / Math.max(1, this.width)) * this.span.length
    const found = this.lanes[lane]
    return found ? sliceAt(found, this.timeAt(x, now), reach, now) : null
  }

  /** Goes to the next or the previous slice in time, wherever it is, and brings it into sight. */
  step(by: 1 | -1): void {
    const { slices } = this.#source()
    const ordered = slices.toSorted((a, b) => a.from - b.from || a.seq - b.seq)
    const at = ordered.findIndex(({ seq }) => seq === this.chosen)
    const next = at < 0 ? ordered.at(-1) : ordered[Math.max(0, Math.min(ordered.length - 1, at + by))]
    if (next) this.choose(next)
  }

  choose(slice: SlotSlice): void {
    this.hovered = null
    this.chosen = slice.seq
    const now = Date.now()
    const [from, to] = [startOf(this.span, now), endOf(this.span, now)]
    if ((slice.to ?? now) > from && slice.from < to) return
    const middle = (slice.from + (slice.to ?? now)) / 2
    this.span = pan({ length: this.span.length, end: middle }, this.span.length / 2, now)
  }
}
