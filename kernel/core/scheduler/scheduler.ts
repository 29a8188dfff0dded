/**
 * Who may use one engine next. A pure state machine: what happens is told to it, `decide` says what to do, and whoever
 * drives it (engines/supervisor.ts) does it. Deterministic: no clock and no randomness but what it is given.
 *
 * A job arrives and waits; `decide` starts it; when it is preempted, or its engine is lost, it waits again under the same
 * id and keeps its place; in the end it is withdrawn.
 */
import { HearthError } from '../../abi/index.ts'
import type { SchedulingClass, SchedulingPolicy } from '../../abi/index.ts'
import { QUANTUM_TOKENS, WAITING_JOBS } from '../param.ts'
import type { Decision, Job, Service } from './job.ts'

export interface SchedulerOptions {
  policy: SchedulingPolicy
  /** From 0 to below 1. */
  random: () => number
  /** Jobs that may wait; more are refused. */
  limit?: number
}

/** What the loaded model offers (LoadedModel). */
export interface Capacity {
  /** Answers it writes at once. */
  readonly slots: number
  /** Conversations whose KV stays warm besides those being written. */
  readonly retains: number
}

/** One more measurement of a model; rates in tokens per millisecond. The first is taken as it is, later ones are averaged in. */
export interface Measurement {
  readonly prefillRate?: number | null
  readonly decodeRate?: number | null
  readonly loadMs?: number | null
}

/** What is known of a model; null until there was something to measure. */
export interface Rates {
  readonly prefillRate: number | null
  readonly decodeRate: number | null
  readonly loadMs: number | null
}

/** A job as lists show it. */
export interface JobView {
  /** Its class, or a higher one while it is served because it waited long. */
  readonly servedAs: SchedulingClass
  /** Of its flow, in its class. */
  readonly virtualTokens: number
  /** Milliseconds it waited in all and milliseconds it held a slot. */
  readonly waitedMs: number
  readonly ranMs: number
  readonly preemptions: number
  readonly slot: number | null
  /** Whether the engine still holds what it would go on from. */
  readonly warm: boolean
  readonly state: 'waiting' | 'running' | 'paused' | 'loading'
}

interface Entry {
  job: Job
  readonly order: number
  state: 'waiting' | 'running'
  slot: number | null
  since: number
  waitedMs: number
  ranMs: number
  preemptions: number
  virtualTokens: number
  preempting: boolean
}

const NOTHING: Decision = { do: 'nothing', until: null }
const RANK = { interactive: 0, normal: 1, background: 2 } as const
const UNKNOWN: Rates = { prefillRate: null, decodeRate: null, loadMs: null }

export class Scheduler {
  #policy: SchedulingPolicy
  readonly #limit: number
  readonly #entries = new Map<number, Entry>()
  readonly #rates = new Map<string, Rates>()
  #loaded: string | null = null
  #slots = 0
  #changing: { readonly to: string | null; abandoned: boolean } | null = null
  #wanted: string | null = null
  #lastOrder = 0

  constructor({ policy, limit = WAITING_JOBS }: SchedulerOptions) {
    this.#policy = policy
    this.#limit = limit
  }

  get policy(): SchedulingPolicy {
    return this.#policy
  }
  /** The model in the engine; null when it holds none, also while one is being loaded. */
  get loaded(): string | null {
    return this.#loaded
  }
  /** What is being brought about now. */
  get changingTo(): { readonly to: string | null } | null {
    return this.#changing
  }
  /** A model to bring back though nobody waits for it. */
  get wanted(): string | null {
    return this.#wanted
  }
  /** Those with a slot, longest first. */
  get running(): readonly Job[] {
    return [...this.#entries.values()].filter(({ state }) => state === 'running').map(({ job }) => job)
  }
  /** Those without one, also those that are held. */
  get waiting(): readonly Job[] {
    return [...this.#entries.values()].filter(({ state }) => state !== 'running').map(({ job }) => job)
  }

  /** From the next decision on. Keeps what everybody was served so far. */
  setPolicy(policy: SchedulingPolicy): void {
    this.#policy = policy
  }

  /**
   * Waits for a slot, or for a change of the model. A known id only gets the new attributes.
   * @throws HearthError `over-limit` when too many wait; it tells when to try again.
   */
  arrive(job: Job, now: number): void {
    const known = this.#entries.get(job.id)
    if (known) {
      known.job = job
      return
    }
    if (job.slot) this.admit(now)
    this.#entries.set(job.id, {
      ...{ job, order: ++this.#lastOrder, state: 'waiting', slot: null, since: now, waitedMs: 0, ranMs: 0 },
      ...{ preemptions: 0, virtualTokens: 0, preempting: false },
    })
  }

  /** @throws HearthError `over-limit` when too many wait; it tells when to try again. */
  admit(_now: number): void {
    if (this.waiting.length < this.#limit) return
    throw new HearthError('over-limit', 'Too many answers are asked for at once. Try again later.', {
      limit: 'answers waiting for a model',
      maximum: this.#limit,
      retryAfterMs: null,
    })
  }

  /** It is finished, cancelled or gone: frees its slot. Does nothing for an unknown id. */
  withdraw(id: number, _now: number): void {
    this.#entries.delete(id)
  }

  /** New attributes: renice, hold, unhold. Does nothing for an unknown id. */
  change(job: Job, _now: number): void {
    const entry = this.#entries.get(job.id)
    if (entry) entry.job = job
  }

  /** What a running job was given since the last report. */
  served(id: number, service: Service, _now: number): void {
    const entry = this.#entries.get(id)
    if (entry) entry.virtualTokens += service.decoded / entry.job.weight
  }

  /** It has stopped and its slot is free; it waits again and keeps its place. */
  preempted(id: number, now: number): void {
    const entry = this.#entries.get(id)
    if (entry?.state !== 'running') return
    this.#stop(entry, now)
    entry.preemptions += 1
  }

  /** The change that `decide` asked for has begun; until it ends the engine holds nothing. */
  changing(to: string | null, _now: number): void {
    this.#loaded = null
    this.#slots = 0
    this.#wanted = null
    this.#changing = { to, abandoned: false }
  }

  /** The change is over: `loaded` is what the engine holds now, null also when the change failed. */
  changed(loaded: string | null, { slots }: Capacity, _now: number): void {
    this.#loaded = loaded
    this.#slots = loaded === null ? 0 : slots
    this.#changing = null
  }

  /** The engine is gone. What ran on it waits again; `wanted` is brought back though nobody waits. */
  lost(wanted: string | null, now: number): void {
    for (const entry of this.#entries.values()) if (entry.state === 'running') this.#stop(entry, now)
    this.#loaded = null
    this.#slots = 0
    this.#wanted = wanted
  }

  /** Somebody unloads this model: it is not brought back any more. */
  forget(model: string): void {
    if (this.#wanted === model) this.#wanted = null
  }

  calibrate(model: string, measured: Measurement): void {
    const known = this.rates(model)
    this.#rates.set(model, {
      prefillRate: measured.prefillRate ?? known.prefillRate,
      decodeRate: measured.decodeRate ?? known.decodeRate,
      loadMs: measured.loadMs ?? known.loadMs,
    })
  }

  rates(model: string): Rates {
    return this.#rates.get(model) ?? UNKNOWN
  }

  /** What to do next. A `start` has happened when this returns. Ask again until the answer is `nothing`. */
  decide(now: number): Decision {
    const line = [...this.#entries.values()].filter(({ state, job }) => state === 'waiting' && !job.held)
    line.sort((one, other) => RANK[one.job.class] - RANK[other.job.class] || one.order - other.order)
    const head = line[0]
    if (this.#changing) {
      const { to, abandoned } = this.#changing
      if (!head || abandoned || line.some(({ job }) => job.model === to)) return NOTHING
      this.#changing.abandoned = true
      return { do: 'abandon' }
    }
    const running = [...this.#entries.values()].filter(({ state }) => state === 'running')
    const held = running.find(({ job, preempting }) => job.held && !preempting)
    if (held) {
      held.preempting = true
      return { do: 'preempt', job: held.job, by: null }
    }
    if (!head) {
      const revive = this.#wanted !== null && this.#loaded === null && running.length === 0
      return revive ? { do: 'change', to: this.#wanted } : NOTHING
    }
    if (head.job.model !== this.#loaded) {
      return running.length === 0 ? { do: 'change', to: head.job.model } : NOTHING
    }
    if (!head.job.slot) {
      this.#entries.delete(head.job.id)
      return { do: 'start', job: head.job, slot: 0, quantum: 0 }
    }
    if (running.length < this.#slots) return this.#start(head, running, now)
    const victim = running.findLast(({ job }) => RANK[job.class] > RANK[head.job.class])
    if (!victim || running.some(({ preempting }) => preempting)) return NOTHING
    victim.preempting = true
    return { do: 'preempt', job: victim.job, by: head.job }
  }

  /** How many go before it as things stand; null when it does not wait. */
  ahead(id: number): number | null {
    const entry = this.#entries.get(id)
    if (!entry || entry.state === 'running') return null
    let before = 0
    for (const other of this.#entries.values()) {
      if (other.state === 'running' || other.job.held) continue
      const rank = RANK[other.job.class] - RANK[entry.job.class]
      if (rank < 0 || (rank === 0 && other.order < entry.order)) before += 1
    }
    return before
  }

  /** Null for an unknown id. */
  view(id: number, now: number): JobView | null {
    const entry = this.#entries.get(id)
    if (!entry) return null
    const runs = entry.state === 'running'
    const since = now - entry.since
    const loads = this.#changing !== null && this.#changing.to === entry.job.model
    return {
      servedAs: entry.job.class,
      virtualTokens: entry.virtualTokens,
      waitedMs: entry.waitedMs + (runs ? 0 : since),
      ranMs: entry.ranMs + (runs ? since : 0),
      preemptions: entry.preemptions,
      slot: entry.slot,
      warm: runs,
      state: runs ? 'running' : entry.job.held ? 'paused' : loads ? 'loading' : 'waiting',
    }
  }

  #start(entry: Entry, running: readonly Entry[], now: number): Decision {
    const taken = new Set(running.map(({ slot }) => slot))
    let slot = 0
    while (taken.has(slot)) slot += 1
    entry.state = 'running'
    entry.slot = slot
    entry.waitedMs += now - entry.since
    entry.since = now
    return { do: 'start', job: entry.job, slot, quantum: QUANTUM_TOKENS }
  }

  #stop(entry: Entry, now: number): void {
    entry.state = 'waiting'
    entry.slot = null
    entry.preempting = false
    entry.ranMs += now - entry.since
    entry.since = now
  }
}
