/**
 * Who wants tokens now, who had which slot when, and the last minutes in figures. The kernel tells of jobs and slices; the
 * figures are read while somebody looks at them.
 */
import type { Hearth, SchedulerJob, SchedulerSample, SlotSlice } from '../../../sdk/index.ts'
import { mergeSlices } from '../activity/slices.ts'

/** Slices read at once, and kept: about an hour of busy work. */
const SLICES = 5_000

/** Milliseconds between two readings of the figures: there is one for each second. */
const SAMPLE_MS = 1_000

export class Activity {
  jobs = $state.raw<readonly SchedulerJob[]>([])
  slices = $state.raw<readonly SlotSlice[]>([])
  samples = $state.raw<readonly SchedulerSample[]>([])
  loaded = $state(false)
  /** Why the last reading failed; null when it did not. */
  error = $state.raw<unknown>(null)
  readonly #hearth: Hearth
  readonly #stop: () => void

  constructor(hearth: Hearth) {
    this.#hearth = hearth
    this.#stop = hearth.on('scheduler', ({ jobs, slices }) => {
      this.jobs = jobs
      if (slices.length > 0) this.slices = mergeSlices(this.slices, slices, SLICES)
    })
  }

  /** Reads everything anew: numbers of slices begin again with each kernel. */
  async refresh(): Promise<void> {
    try {
      const [slices] = await Promise.all([this.#hearth.kernel.timeline({ limit: SLICES }), this.readTop()])
      this.slices = slices
      this.loaded = true
      this.error = null
    } catch (error) {
      this.error = error
    }
  }

  async readTop(): Promise<void> {
    const { jobs, samples } = await this.#hearth.kernel.top()
    this.jobs = jobs
    this.samples = samples
  }

  /** Keeps the figures up to date while the page can be seen, until the returned function is called. */
  follow(): () => void {
    const read = (): void => {
      // A reading that fails is made up for by the next.
      if (document.visibilityState === 'visible') void this.readTop().catch(() => undefined)
    }
    const timer = setInterval(read, SAMPLE_MS)
    return () => clearInterval(timer)
  }

  [Symbol.dispose](): void {
    this.#stop()
  }
}
