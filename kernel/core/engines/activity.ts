/**
 * What all engines together are doing, and who is told: `stats` and `scheduler` events, `kernel.top` and
 * `kernel.timeline`. Supervisors report here what they do; nothing is decided here.
 */
import type { KernelStats, SchedulerEngine, SchedulerJob, SchedulerSample } from '../../abi/index.ts'
import type { KernelEvents } from '../events.ts'
import { JOBS_TOLD, SAMPLE_MS, SCHEDULER_EVENT_MS, STATS_INTERVAL_MS } from '../param.ts'
import type { Clock } from '../platform.ts'
import { createPulse } from './pulse.ts'
import type { Pulse } from './pulse.ts'
import { Samples } from './samples.ts'
import type { Load } from './samples.ts'
import { Shares } from './shares.ts'
import { DecodeRate, Outbound } from './stats.ts'
import { Timeline } from './timeline.ts'

/** What is asked of all engines when it is time to tell. */
export interface ActivitySource {
  load(): Load
  /** Who has had a slot for longest. */
  holder(): string | null
  engines(): SchedulerEngine[]
  /** Those who write first, then those who wait, of each engine at most `most`. */
  jobs(most: number): SchedulerJob[]
  settings(): Pick<KernelStats, 'paused' | 'policy'>
}

export class Activity implements Disposable {
  readonly timeline: Timeline
  readonly samples = new Samples()
  readonly shares = new Shares()
  readonly #clock: Clock
  readonly #events: KernelEvents
  readonly #source: ActivitySource
  readonly #rate: DecodeRate
  readonly #outbound = new Outbound()
  readonly #pulses: readonly Pulse[]
  readonly #listeners = new Set<(load: Load) => void>()
  /** Monotonic ms of the last sample; null while idle. */
  #sampledAt: number | null = null

  constructor(clock: Clock, events: KernelEvents, source: ActivitySource) {
    this.#clock = clock
    this.#events = events
    this.#source = source
    this.timeline = new Timeline(clock)
    this.#rate = new DecodeRate(clock)
    const busy = () => this.#busy()
    this.#pulses = [
      createPulse(clock, STATS_INTERVAL_MS, busy, () => this.#tellStats()),
      createPulse(clock, SCHEDULER_EVENT_MS, busy, () => this.#tellScheduler()),
      createPulse(clock, SAMPLE_MS, busy, () => this.#sample()),
    ]
  }

  /** Tokens that were just written. */
  count(flow: string, tokens: number): void {
    this.#rate.count(tokens)
    this.samples.count(tokens)
    this.shares.count(flow, tokens, this.#clock.monotonic())
  }

  /** Data goes to this host. */
  sentTo(host: string): void {
    if (this.#outbound.add(host)) this.tell()
  }

  /** Call when answers begin, end or wait. */
  changed(): void {
    for (const pulse of this.#pulses) pulse.changed()
    for (const listener of [...this.#listeners]) listener(this.#source.load())
  }

  /** Calls `listener` when answers begin, end or wait, until disposed of. */
  subscribe(listener: (load: Load) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  /** Tells at once of what changed without anybody wanting tokens, such as the policy. */
  tell(): void {
    this.#tellStats()
  }

  stats(): KernelStats {
    const { running, waiting } = this.#source.load()
    return {
      ...{ running, waiting, tokensPerSecond: running === 0 ? 0 : this.#rate.read() },
      ...{ holder: this.#source.holder(), outbound: this.#outbound.list(), ...this.#source.settings() },
      ...{ engines: this.#source.engines(), firstTokenMs: this.samples.firstTokens() },
    }
  }

  top(): { jobs: SchedulerJob[]; samples: SchedulerSample[] } {
    return { jobs: this.#source.jobs(Infinity), samples: this.samples.read(this.#clock.now()) }
  }

  [Symbol.dispose](): void {
    for (const pulse of this.#pulses) pulse[Symbol.dispose]()
  }

  #busy(): boolean {
    const { running, waiting } = this.#source.load()
    return running > 0 || waiting > 0
  }

  #tellStats(): void {
    if (!this.#busy()) this.#rate.reset()
    if (this.#events.watched) this.#events.publish({ type: 'stats', stats: this.stats() })
  }

  #tellScheduler(): void {
    if (!this.#events.watched) return
    const slices = this.timeline.takeChanged()
    this.#events.publish({ type: 'scheduler', jobs: this.#source.jobs(JOBS_TOLD), slices })
  }

  #sample(): void {
    const now = this.#clock.monotonic()
    const since = this.#sampledAt
    this.#sampledAt = this.#busy() ? now : null
    if (since === null) return
    this.samples.take(this.#clock.now(), now - since, this.#source.load())
    this.shares.sweep(now)
  }
}
