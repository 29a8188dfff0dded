/**
 * Who may use one engine next. A pure state machine: what happens is told to it, `decide` says what to do, and whoever drives
 * it (engines/supervisor.ts) does it. Deterministic: no clock and no randomness but what it is given.
 *
 *   arrive ──▶ waiting ──start──▶ running ──withdraw──▶ gone
 *                 ▲                  │
 *                 └──── preempted, lost (same id, same place)
 *
 * - Between classes: a higher one takes a slot at the next token, and what a lower one is owed for waiting is counted (ageing.ts).
 * - Inside a class: the policy (fair.ts, fifo.ts, round-robin.ts) orders flows; a slot changes hands after a quantum.
 * - Every switch is weighed: quanta grow with what has to be read again (cost.ts, warmth.ts), an answer about to end is
 *   let end, and a model stays in proportion to its loading (residency.ts).
 *
 * Invariants:
 * 1. Never more run than there are slots, but for those that were told to stop while as many as the engine can spare began
 *    in their places. Each that goes on has a slot number of its own, which it keeps while it runs.
 * 2. A job runs only on its own model. The model changes only while nothing runs.
 * 3. Work conservation: no slot stays free while somebody could start in it, unless the engine is about to change its model.
 * 4. Nobody is stopped while a slot is free. A stopped job waits again with its place, its counters and its id.
 * 5. A held job is never started; one that runs is stopped.
 * 6. No starvation: while tokens are written, everybody who could start does in the end.
 * 7. Two flows of one class and weight that always have work differ by two quanta and one request at most (fair). A quantum
 *    is QUANTUM_TOKENS for each slot, or more where much has to be read again (cost.ts).
 * 8. A change of model that nobody waits for any more does not hold up those who wait for another.
 * Every decision takes O(log n) of those that wait, and O(slots).
 */
import { HearthError } from '../../abi/index.ts'
import type { SchedulingPolicy } from '../../abi/index.ts'
import { WAITING_JOBS } from '../param.ts'
import type { Measurement, Rates } from './cost.ts'
import { CLASSES, RANK, rankOf, isProtected, type Entry } from './entry.ts'
import { fair } from './fair.ts'
import { fifo } from './fifo.ts'
import type { Capacity, Decision, Job, JobView, Service } from './job.ts'
import { Jobs } from './jobs.ts'
import type { Ordering } from './ordering.ts'
import { leavesFor, staysUntil, type Resident } from './residency.ts'
import { roundRobin } from './round-robin.ts'
import { chooseVictim } from './victim.ts'

export type { Measurement, Rates } from './cost.ts'
export type { Capacity, JobView } from './job.ts'

export interface SchedulerOptions {
  policy: SchedulingPolicy
  /** From 0 to below 1. */
  random: () => number
  /** Jobs that may wait; more are refused. */
  limit?: number
}

/** One who only wants a model loaded, or with null the engine empty. */
interface Request {
  job: Job
  readonly order: number
  readonly since: number
}

const NOTHING: Decision = { do: 'nothing', until: null }
const ORDERINGS: Readonly<Record<SchedulingPolicy, Ordering>> = { fair, fifo, 'round-robin': roundRobin }

export class Scheduler {
  readonly #random: () => number
  readonly #limit: number
  readonly #jobs: Jobs
  readonly #requests = new Map<number, Request>()
  #loaded: string | null = null
  #loadedAt = 0
  #slots = 0
  #spare = 0
  #continues = true
  #change: { readonly to: string | null; abandoned: boolean } | null = null
  #wanted: string | null = null
  /** Its age made the engine take its model: it is the first to start there. */
  #agedChange: Entry | null = null
  #lastOrder = 0

  constructor({ policy, random, limit = WAITING_JOBS }: SchedulerOptions) {
    this.#random = random
    this.#limit = limit
    this.#jobs = new Jobs(ORDERINGS[policy], random)
  }

  get policy(): SchedulingPolicy {
    return this.#jobs.ready.ordering.policy
  }
  /** The model in the engine; null when it holds none, also while one is being loaded. */
  get loaded(): string | null {
    return this.#loaded
  }
  /** What is being brought about now. */
  get changingTo(): { readonly to: string | null } | null {
    return this.#change
  }
  /** A model to bring back though nobody waits for it. */
  get wanted(): string | null {
    return this.#wanted
  }
  /** Those with a slot, longest first. */
  get running(): readonly Job[] {
    return this.#jobs.running.map(({ job }) => job)
  }
  /** Those without one, also those that are held. Makes a list of all; `waitingCount` does not. */
  get waiting(): readonly Job[] {
    const entries = [...this.#jobs.entries.values()].filter(({ slice }) => !slice)
    return [...this.#requests.values(), ...entries].sort((one, other) => one.order - other.order).map(({ job }) => job)
  }
  get waitingCount(): number {
    return this.#jobs.entries.size - this.#jobs.running.length + this.#requests.size
  }

  /** From the next decision on. What everybody was served so far counts on. */
  setPolicy(policy: SchedulingPolicy): void {
    this.#jobs.ready.reorder(ORDERINGS[policy])
  }

  /**
   * Waits for a slot, or for a change of the model. A known id only gets the new attributes.
   * @throws HearthError `over-limit` when too many wait; it tells when to try again.
   */
  arrive(job: Job, now: number): void {
    if (this.#jobs.entries.has(job.id) || this.#requests.has(job.id)) return void this.change(job, now)
    if (!job.slot) {
      this.#requests.set(job.id, { job, order: ++this.#lastOrder, since: now })
      return
    }
    this.admit(now)
    this.#jobs.add(job, ++this.#lastOrder, now)
  }

  /** @throws HearthError `over-limit` when too many wait; it tells when to try again. */
  admit(_now: number): void {
    if (this.waitingCount < this.#limit) return
    const maxTokens = Math.max(0, ...this.#jobs.running.map(({ job }) => job.maxTokens))
    const retryAfterMs = this.#jobs.costs.retryMs(this.#loaded, this.#slots, maxTokens, this.#random())
    throw new HearthError(
      'over-limit',
      'Too many answers wait for the model already. Nothing was lost; ask again in a while.',
      { limit: 'answers waiting for the model', maximum: this.#limit, retryAfterMs },
    )
  }

  /** It is finished, cancelled or gone: frees its slot. Does nothing for an unknown id. */
  withdraw(id: number, now: number): void {
    this.#requests.delete(id)
    const entry = this.#jobs.entries.get(id)
    if (!entry) return
    this.#jobs.remove(entry, now)
    if (this.#agedChange === entry) this.#agedChange = null
  }

  /** New attributes: renice, hold, unhold. Does nothing for an unknown id. */
  change(job: Job, now: number): void {
    const request = this.#requests.get(job.id)
    if (request) request.job = job
    const entry = this.#jobs.entries.get(job.id)
    if (!entry) return
    this.#jobs.change(entry, job, now)
    if (job.held && this.#agedChange === entry) this.#agedChange = null
  }

  /** What a running job was given since the last report. */
  served(id: number, service: Service, now: number): void {
    const entry = this.#jobs.entries.get(id)
    if (entry) this.#jobs.served(entry, service, now)
  }

  /** It has stopped and its slot is free; it waits again and keeps its place. Does nothing when it does not run. */
  preempted(id: number, now: number): void {
    const entry = this.#jobs.entries.get(id)
    if (!entry?.slice) return
    if (entry.slice.stopping?.byScheduler === true) entry.preemptions += 1
    this.#jobs.stop(entry, false, now)
  }

  /** The change that `decide` asked for has begun; until it ends the engine holds nothing. */
  changing(to: string | null, _now: number): void {
    this.#loaded = null
    this.#slots = 0
    this.#wanted = null
    this.#change = { to, abandoned: false }
    this.#jobs.warmth.reset(0)
  }

  /** The change is over: `loaded` is what the engine holds now, null also when the change failed. */
  changed(loaded: string | null, { slots, retains, spare = 0, continues = true }: Capacity, now: number): void {
    this.#loaded = loaded
    this.#continues = continues
    this.#spare = spare
    this.#loadedAt = now
    this.#slots = loaded === null ? 0 : slots
    this.#change = null
    this.#jobs.warmth.reset(loaded === null ? 0 : retains)
    if (this.#agedChange?.job.model !== loaded) this.#agedChange = null
  }

  /** The engine is gone. What ran on it waits again; `wanted` is brought back though nobody waits for it. */
  lost(wanted: string | null, now: number): void {
    for (const entry of [...this.#jobs.running]) this.#jobs.stop(entry, false, now)
    this.#loaded = null
    this.#slots = 0
    this.#wanted = wanted
    this.#jobs.warmth.reset(0)
  }

  /** Somebody unloads this model: it is not brought back any more. */
  forget(model: string): void {
    if (this.#wanted === model) this.#wanted = null
  }

  /** One more measurement, or at boot what an earlier kernel measured. Decode rates the scheduler measures by itself. */
  calibrate(model: string, measured: Measurement): void {
    this.#jobs.costs.calibrate(model, measured)
  }

  rates(model: string): Rates {
    return this.#jobs.costs.rates(model)
  }

  /** What to do next. A `start` has happened when this returns. Ask again until the answer is `nothing`. */
  decide(now: number): Decision {
    if (this.#change) return this.#whileChanging(this.#change)
    const held = this.#jobs.running.find(({ job, slice }) => job.held && !slice?.stopping)
    if (held) return this.#preempt(held, null, false)
    if (this.#jobs.ready.size === 0 && this.#requests.size === 0) {
      const revive = this.#wanted !== null && this.#loaded === null && this.#jobs.running.length === 0
      return revive ? { do: 'change', to: this.#wanted } : NOTHING
    }
    return this.#grant() ?? (this.#loaded === null ? this.#firstModel() : this.#onModel(this.#loaded, now))
  }

  /** How many go before it as things stand, roughly; null when it does not wait, or is held. */
  ahead(id: number): number | null {
    const request = this.#requests.get(id)
    if (request) return [...this.#requests.values()].filter(({ order }) => order < request.order).length
    const entry = this.#jobs.entries.get(id)
    if (!entry || entry.slice || entry.job.held) return null
    return entry.claims ? 0 : this.#jobs.ready.ahead(entry)
  }

  /** Null for an unknown id. */
  view(id: number, now: number): JobView | null {
    const entry = this.#jobs.entries.get(id)
    const request = this.#requests.get(id)
    const job = entry?.job ?? request?.job
    if (!job) return null
    const slice = entry?.slice ?? null
    const since = now - (entry?.since ?? request?.since ?? now)
    const loads = this.#change !== null && this.#change.to === job.model
    return {
      servedAs: entry && isProtected(entry) ? (slice?.servedAs ?? job.class) : job.class,
      virtualTokens: entry?.share.counter ?? 0,
      waitedMs: (entry?.waitedMs ?? 0) + (slice ? 0 : since),
      ranMs: (entry?.ranMs ?? 0) + (slice ? since : 0),
      preemptions: entry?.preemptions ?? 0,
      slot: slice?.slot ?? null,
      warm: entry !== undefined && this.#jobs.warmth.has(entry),
      state: slice ? 'running' : job.held ? 'paused' : loads ? 'loading' : 'waiting',
    }
  }

  #whileChanging(change: { readonly to: string | null; abandoned: boolean }): Decision {
    const requests = [...this.#requests.values()].filter(({ job }) => !job.held)
    const needed =
      requests.some(({ job }) => job.model === change.to) ||
      (change.to !== null && this.#jobs.ready.best(change.to) !== null)
    if (change.abandoned || needed || (requests.length === 0 && this.#jobs.ready.size === 0)) return NOTHING
    change.abandoned = true
    return { do: 'abandon' }
  }

  /** Those who only want a model that is there already. */
  #grant(): Decision | null {
    for (const { job } of this.#requests.values()) {
      if (job.held || job.model !== this.#loaded) continue
      this.#requests.delete(job.id)
      return { do: 'start', job, slot: 0, quantum: 0 }
    }
    return null
  }

  #firstModel(): Decision {
    if (this.#jobs.running.length > 0) return NOTHING
    const request = this.#request()
    const entry = this.#jobs.ready.bestOther(null)?.entries.first ?? null
    const job = request && precedes(request, entry) ? request.job : entry?.job
    return job ? { do: 'change', to: job.model } : NOTHING
  }

  #onModel(model: string, now: number): Decision {
    const next = this.#next(model, now)
    const resident: Resident = { model, since: this.#loadedAt, running: this.#jobs.running, next: next?.entry ?? null }
    const request = this.#request()
    // One whose age brought the engine here has its quantum first.
    const leaves = this.#agedChange?.lane
      ? null
      : leavesFor(resident, this.#jobs.ready, this.#jobs.ageing, this.#jobs.costs, now)
    if (leaves && !(request && precedes(request, leaves.entry))) return this.#leave(leaves)
    // A request lets the answers in flight end, and those before it begin.
    if (request && precedes(request, next?.entry ?? null)) {
      return this.#jobs.running.length === 0 ? { do: 'change', to: request.job.model } : NOTHING
    }
    const decision = next ? this.#serve(next, model, now) : NOTHING
    if (decision.do !== 'nothing' || this.#jobs.ready.bestOther(model) === null) return decision
    const until = staysUntil(resident, this.#jobs.costs)
    return { do: 'nothing', until: until > now ? until : null }
  }

  /** Gives the first a slot, or makes one free for it. */
  #serve(next: { entry: Entry; aged: boolean }, model: string, now: number): Decision {
    if (this.#jobs.hasRoom(this.#slots, this.#spare)) return this.#start(next.entry, next.aged, now)
    if (!this.#continues) return NOTHING
    const beyond = this.#jobs.running.length - this.#slots
    // A slot that is being freed for nobody in particular is for the first, unless somebody has begun already in its place.
    if (this.#jobs.leaving > beyond) return NOTHING
    const due = this.#due(model)
    const candidates = due && due !== next.entry ? [{ entry: due, aged: true }, next] : [next]
    for (const { entry, aged } of candidates) {
      if (!entry.lane) continue
      const claimant = { entry, key: entry.lane.key, aged: aged || entry === due }
      const victim = chooseVictim(this.#jobs.running, claimant, this.#jobs.ready.ordering, this.#jobs.costs)
      const atOnce = beyond < this.#spare && entry === next.entry && rankOf(entry) < rankOf(victim ?? entry)
      if (victim) return this.#preempt(victim, entry, !atOnce)
    }
    return NOTHING
  }

  /** Frees the slots one by one, each when it may be taken, and then asks for the change. */
  #leave({ entry, aged }: { entry: Entry; aged: boolean }): Decision {
    if (this.#jobs.running.length === 0) {
      if (aged) this.#agedChange = entry
      return { do: 'change', to: entry.job.model }
    }
    if (!entry.lane || !this.#continues) return NOTHING
    const claimant = { entry, key: entry.lane.key, aged }
    const victim = chooseVictim(this.#jobs.running, claimant, this.#jobs.ready.ordering, this.#jobs.costs)
    return victim ? this.#preempt(victim, entry, false) : NOTHING
  }

  /** The first of those that wait for the loaded model: by class and policy, or because its class is owed a quantum. */
  #next(model: string, now: number): { entry: Entry; aged: boolean } | null {
    const best = this.#best(model, now)
    const due = this.#due(model)
    if (due && (due === this.#agedChange || (best && rankOf(best) < rankOf(due)))) return { entry: due, aged: true }
    return best ? { entry: best, aged: false } : null
  }

  #best(model: string, now: number): Entry | null {
    for (;;) {
      const entry = this.#jobs.ready.best(model)?.entries.first ?? null
      if (!entry?.urgent || !this.#jobs.costs.isHopeless(entry, this.#jobs.warmth.has(entry), now)) return entry
      // A deadline that cannot be met gives no right to go first.
      this.#jobs.ready.remove(entry)
      entry.urgent = false
      this.#jobs.ready.add(entry)
    }
  }

  #due(model: string): Entry | null {
    const brought = this.#agedChange
    if (brought?.lane && brought.job.model === model) return brought
    for (let rank = 1; rank < CLASSES.length; rank += 1) {
      const first = this.#jobs.ageing.isDue(rank) ? this.#jobs.ready.first(model, rank)?.entries.first : null
      if (first) return first
    }
    return null
  }

  /** The first request for another model than the loaded one. */
  #request(): Request | null {
    let first: Request | null = null
    for (const request of this.#requests.values()) {
      if (request.job.held) continue
      if (!first || RANK[request.job.class] < RANK[first.job.class]) first = request
    }
    return first
  }

  #start(entry: Entry, aged: boolean, now: number): Decision {
    const overtaken = CLASSES.slice(0, rankOf(entry)).find((name) => this.#jobs.ready.count(name) > 0)
    const servedAs = aged ? (overtaken ?? null) : null
    if (servedAs) this.#jobs.ageing.paid(rankOf(entry))
    if (this.#agedChange === entry) this.#agedChange = null
    const { slot, quantum } = this.#jobs.start(entry, this.#slots, servedAs, now)
    return { do: 'start', job: entry.job, slot, quantum }
  }

  #preempt(victim: Entry, by: Entry | null, claims: boolean): Decision {
    this.#jobs.stopping(victim, by !== null, claims ? by : null)
    return { do: 'preempt', job: victim.job, by: by?.job ?? null }
  }
}

/** Whether a request goes before one that waits for a slot: by class, then by arrival. */
function precedes(request: Request, entry: Entry | null): boolean {
  if (!entry) return true
  const order = RANK[request.job.class] - rankOf(entry)
  return order < 0 || (order === 0 && request.order < entry.order)
}
