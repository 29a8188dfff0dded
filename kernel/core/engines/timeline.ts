/** Who had which slot when: the last TIMELINE_SLICES stretches of time, numbered from 1, and those that go on. */
import type { SlotSlice } from '../../abi/index.ts'
import { SLICES_TOLD, TIMELINE_SLICES } from '../param.ts'
import type { Clock } from '../platform.ts'

export type SliceFacts = Pick<SlotSlice, 'engine' | 'slot' | 'job' | 'run' | 'agent' | 'name' | 'class' | 'model'>

export class Timeline {
  readonly #clock: Clock
  /** By number modulo its length. */
  readonly #ring: SlotSlice[] = []
  readonly #open = new Map<number, SlotSlice>()
  /** Began or ended since `takeChanged`, oldest change first. */
  readonly #changed = new Map<number, SlotSlice>()
  #last = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Returns the slice's number. */
  begin(facts: SliceFacts): number {
    const seq = ++this.#last
    const slice = { seq, ...facts, from: this.#clock.now(), to: null, tokens: 0, ended: null, preemptedBy: null }
    this.#ring[seq % TIMELINE_SLICES] = slice
    this.#open.set(seq, slice)
    this.#note(slice)
    return seq
  }

  /** Tokens that were written in it. */
  count(seq: number, tokens: number): void {
    const slice = this.#open.get(seq)
    if (slice) slice.tokens += tokens
  }

  /** @param preemptedBy name of who is given the slot. */
  end(seq: number, ended: NonNullable<SlotSlice['ended']>, preemptedBy: string | null): void {
    const slice = this.#open.get(seq)
    if (!slice) return
    this.#open.delete(seq)
    slice.to = this.#clock.now()
    slice.ended = ended
    slice.preemptedBy = preemptedBy
    this.#note(slice)
  }

  /** Oldest first: those that go on, and of those numbered above `after` the first `limit`. */
  after(after: number, limit: number): SlotSlice[] {
    const oldest = Math.max(1, this.#last - TIMELINE_SLICES + 1)
    const first = Math.max(after + 1, oldest)
    const slices = [...this.#open.values()].filter(({ seq }) => seq < first)
    const last = Math.min(this.#last, first + limit - slices.length - 1)
    for (let seq = first; seq <= last; seq += 1) {
      const slice = this.#ring[seq % TIMELINE_SLICES]
      if (slice) slices.push(slice)
    }
    return slices.map((slice) => ({ ...slice }))
  }

  /** What began or ended since the last time this was asked; of very many the newest. */
  takeChanged(): SlotSlice[] {
    const changed = [...this.#changed.values()].map((slice) => ({ ...slice }))
    this.#changed.clear()
    return changed
  }

  #note(slice: SlotSlice): void {
    this.#changed.delete(slice.seq)
    this.#changed.set(slice.seq, slice)
    if (this.#changed.size <= SLICES_TOLD) return
    const oldest = this.#changed.keys().next().value
    if (oldest !== undefined) this.#changed.delete(oldest)
  }
}
