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
 * 1. Never more run than there are slots, and each has a slot number of its own, which it keeps while it runs.
 * 2. A job runs only on its own model. The model changes only while nothing runs.
 * 3. Work conservation: no slot stays free while somebody could start in it, unless the engine is about to change its model.
 * 4. Nobody is stopped while a slot is free. A stopped job waits again with its place, its counters and its id.
 * 5. A held job is never started; one that runs is stopped.
 * 6. No starvation: while tokens are written, everybody who could start does in the end.
 * 7. Two flows of one class and weight that always have work differ by two quanta and one request at most (fair).
 * 8. A change of model that nobody waits for any more does not hold up those who wait for another.
 * Every decision takes O(log n) of those that wait, and O(slots).
 */
import { HearthError } from '../../abi/index.ts'
import type { SchedulingClass, SchedulingPolicy } from '../../abi/index.ts'
import { PROMPT_TOKEN_SHARE, WAITING_JOBS } from '../param.ts'
import { Ageing } from './ageing.ts'
import { Costs, type Measurement, type Rates } from './cost.ts'
import { CLASSES, RANK, rankOf, isProtected, type Entry } from './entry.ts'
import { fair } from './fair.ts'
import { fifo } from './fifo.ts'
import type { Decision, Job, Service } from './job.ts'
import type { Ordering } from './ordering.ts'
import { Ready } from './ready.ts'
import { leavesFor, staysUntil, type Resident } from './residency.ts'
import { roundRobin } from './round-robin.ts'
import { Shares } from './shares.ts'
import { chooseVictim } from './victim.ts'
import { Warmth } from './warmth.ts'

export type { Measurement, Rates } from './cost.ts'

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
  readonly #entries = new Map<number, Entry>()
  readonly #requests = new Map<number, Request>()
  /** Longest first. */
  readonly #running: Entry[] = []
  readonly #shares = new Shares()
  readonly #ready: Ready
  readonly #warmth = new Warmth()
  readonly #costs = new Costs()
  readonly #ageing = new Ageing()
  #loaded: string | null = null
  #loadedAt = 0
  #slots = 0
  #change: { readonly to: string | null; abandoned: boolean } | null = null
  #wanted: string | null = null
  /** Its age made the engine take its model: it is the first to start there. */
  #agedChange: Entry | null = null
  #lastOrder = 0

  constructor({ policy, random, limit = WAITING_JOBS }: SchedulerOptions) {
    this.#random = random
    this.#limit = limit
    this.#ready = new Ready(ORDERINGS[policy], random)
  }

  get policy(): SchedulingPolicy {
    return this.#ready.ordering.policy
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
    return this.#running.map(({ job }) => job)
  }
  /** Those without one, also those that are held. Makes a list of all; `waitingCount` does not. */
  get waiting(): readonly Job[] {
    const entries = [...this.#entries.values()].filter(({ slice }) => !slice)
    return [...this.#requests.values(), ...entries].sort((one, other) => one.order - other.order).map(({ job }) => job)
  }
  get waitingCount(): number {
    return this.#entries.size - this.#running.length + this.#requests.size
  }

  /** From the next decision on. What everybody was served so far counts on. */
  setPolicy(policy: SchedulingPolicy): void {
    this.#ready.reorder(ORDERINGS[policy])
  }

  /**
   * Waits for a slot, or for a change of the model. A known id only gets the new attributes.
   * @throws HearthError `over-limit` when too many wait; it tells when to try again.
   */
  arrive(job: Job, now: number): void {
    if (this.#entries.has(job.id) || this.#requests.has(job.id)) return void this.change(job, now)
    if (!job.slot) {
      this.#requests.set(job.id, { job, order: ++this.#lastOrder, since: now })
      return
    }
    this.admit(now)
    const entry: Entry = {
      ...{ job, order: ++this.#lastOrder, arrivedAt: now, urgent: job.deadline !== null },
      ...{ share: this.#shares.of(job.flow, job.class), lane: null, slice: null, claims: null, lastSlot: null },
      ...{ since: now, waitedMs: 0, ranMs: 0, preemptions: 0, written: 0, prompt: null },
    }
    this.#entries.set(job.id, entry)
    if (!job.held) this.#enter(entry)
  }

  /** @throws HearthError `over-limit` when too many wait; it tells when to try again. */
  admit(_now: number): void {
    if (this.waitingCount < this.#limit) return
    const maxTokens = Math.max(0, ...this.#running.map(({ job }) => job.maxTokens))
    const retryAfterMs = this.#costs.retryMs(this.#loaded, this.#slots, maxTokens, this.#random())
    throw new HearthError(
      'over-limit',
      'Too many answers wait for the model already. Nothing was lost; ask again in a while.',
      { limit: 'answers waiting for the model', maximum: this.#limit, retryAfterMs },
    )
  }

  /** It is finished, cancelled or gone: frees its slot. Does nothing for an unknown id. */
  withdraw(id: number, now: number): void {
    this.#requests.delete(id)
    const entry = this.#entries.get(id)
    if (!entry) return
    this.#entries.delete(id)
    if (this.#agedChange === entry) this.#agedChange = null
    if (entry.slice) {
      this.#costs.ended(entry)
      this.#stop(entry, true, now)
    } else if (!entry.job.held) {
      this.#exit(entry, now)
    }
  }

  /** New attributes: renice, hold, unhold. Does nothing for an unknown id. */
  change(job: Job, now: number): void {
    const request = this.#requests.get(job.id)
    if (request) request.job = job
    const entry = this.#entries.get(job.id)
    if (!entry) return
    const before = entry.job
    const sameShare = before.flow === job.flow && before.class === job.class
    const counts = entry.slice !== null || !before.held
    const willCount = entry.slice !== null || !job.held
    this.#ready.remove(entry)
    this.#unclaim(entry)
    this.#commit(entry, -1)
    if (counts && !(sameShare && willCount)) this.#shares.leave(entry.share, this.#leastBeside(entry), now)
    entry.job = job
    if (job.held && this.#agedChange === entry) this.#agedChange = null
    if (before.deadline !== job.deadline) entry.urgent = job.deadline !== null
    entry.share = this.#shares.of(job.flow, job.class)
    if (willCount && !(sameShare && counts)) this.#join(entry)
    if (entry.slice) {
      entry.slice.committed = entry.slice.quantum / job.weight
      this.#commit(entry, 1)
    } else if (!job.held) {
      this.#ready.add(entry)
    }
  }

  /** What a running job was given since the last report. */
  served(id: number, { prefilled, decoded }: Service, now: number): void {
    const entry = this.#entries.get(id)
    if (!entry) return
    // What is read again after a preemption is the scheduler's doing, and not charged to the flow.
    if (prefilled !== undefined && entry.prompt?.told !== true) {
      entry.share.counter += ((prefilled - (entry.prompt?.tokens ?? 0)) * PROMPT_TOKEN_SHARE) / entry.job.weight
      entry.prompt = { tokens: prefilled, told: true }
    }
    entry.share.counter += decoded / entry.job.weight
    entry.written += decoded
    if (entry.slice) entry.slice.used += decoded
    this.#costs.decoded(entry, decoded, now)
    this.#ageing.served(entry.job.class, decoded, (name) => this.#ready.count(name) > 0)
    this.#ready.moved(entry.share)
  }

  /** It has stopped and its slot is free; it waits again and keeps its place. Does nothing when it does not run. */
  preempted(id: number, now: number): void {
    const entry = this.#entries.get(id)
    if (!entry?.slice) return
    if (entry.slice.stopping?.byScheduler === true) entry.preemptions += 1
    this.#stop(entry, false, now)
  }

  /** The change that `decide` asked for has begun; until it ends the engine holds nothing. */
  changing(to: string | null, _now: number): void {
    this.#loaded = null
    this.#slots = 0
    this.#wanted = null
    this.#change = { to, abandoned: false }
    this.#warmth.reset(0)
  }

  /** The change is over: `loaded` is what the engine holds now, null also when the change failed. */
  changed(loaded: string | null, { slots, retains }: Capacity, now: number): void {
    this.#loaded = loaded
    this.#loadedAt = now
    this.#slots = loaded === null ? 0 : slots
    this.#change = null
    this.#warmth.reset(loaded === null ? 0 : retains)
    if (this.#agedChange?.job.model !== loaded) this.#agedChange = null
  }

  /** The engine is gone. What ran on it waits again; `wanted` is brought back though nobody waits for it. */
  lost(wanted: string | null, now: number): void {
    for (const entry of [...this.#running]) this.#stop(entry, false, now)
    this.#loaded = null
    this.#slots = 0
    this.#wanted = wanted
    this.#warmth.reset(0)
  }

  /** Somebody unloads this model: it is not brought back any more. */
  forget(model: string): void {
    if (this.#wanted === model) this.#wanted = null
  }

  /** One more measurement, or at boot what an earlier kernel measured. Decode rates the scheduler measures by itself. */
  calibrate(model: string, measured: Measurement): void {
    this.#costs.calibrate(model, measured)
  }

  rates(model: string): Rates {
    return this.#costs.rates(model)
  }

  /** What to do next. A `start` has happened when this returns. Ask again until the answer is `nothing`. */
  decide(now: number): Decision {
    if (this.#change) return this.#whileChanging(this.#change)
    const held = this.#running.find(({ job, slice }) => job.held && !slice?.stopping)
    if (held) return this.#preempt(held, null, false)
    if (this.#ready.size === 0 && this.#requests.size === 0) {
      const revive = this.#wanted !== null && this.#loaded === null && this.#running.length === 0
      return revive ? { do: 'change', to: this.#wanted } : NOTHING
    }
    return this.#grant() ?? (this.#loaded === null ? this.#firstModel() : this.#onModel(this.#loaded, now))
  }

  /** How many go before it as things stand, roughly; null when it does not wait, or is held. */
  ahead(id: number): number | null {
    const request = this.#requests.get(id)
    if (request) return [...this.#requests.values()].filter(({ order }) => order < request.order).length
    const entry = this.#entries.get(id)
    if (!entry || entry.slice || entry.job.held) return null
    return entry.claims ? 0 : this.#ready.ahead(entry)
  }

  /** Null for an unknown id. */
  view(id: number, now: number): JobView | null {
    const entry = this.#entries.get(id)
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
      warm: entry !== undefined && this.#warmth.has(entry),
      state: slice ? 'running' : job.held ? 'paused' : loads ? 'loading' : 'waiting',
    }
  }

  #whileChanging(change: { readonly to: string | null; abandoned: boolean }): Decision {
    const requests = [...this.#requests.values()].filter(({ job }) => !job.held)
    const needed =
      requests.some(({ job }) => job.model === change.to) ||
      (change.to !== null && this.#ready.best(change.to) !== null)
    if (change.abandoned || needed || (requests.length === 0 && this.#ready.size === 0)) return NOTHING
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
    if (this.#running.length > 0) return NOTHING
    const request = this.#request()
    const entry = this.#ready.bestOther(null)?.entries.first ?? null
    const job = request && precedes(request, entry) ? request.job : entry?.job
    return job ? { do: 'change', to: job.model } : NOTHING
  }

  #onModel(model: string, now: number): Decision {
    const next = this.#next(model, now)
    const resident: Resident = { model, since: this.#loadedAt, running: this.#running, next: next?.entry ?? null }
    const request = this.#request()
    // One whose age brought the engine here has its quantum first.
    const leaves = this.#agedChange?.lane ? null : leavesFor(resident, this.#ready, this.#ageing, this.#costs, now)
    if (leaves && !(request && precedes(request, leaves.entry))) return this.#leave(leaves)
    // A request lets the answers in flight end, and those before it begin.
    if (request && precedes(request, next?.entry ?? null)) {
      return this.#running.length === 0 ? { do: 'change', to: request.job.model } : NOTHING
    }
    const decision = next ? this.#serve(next, model, now) : NOTHING
    if (decision.do !== 'nothing' || this.#ready.bestOther(model) === null) return decision
    const until = staysUntil(resident, this.#costs)
    return { do: 'nothing', until: until > now ? until : null }
  }

  /** Gives the first a slot, or makes one free for it. */
  #serve(next: { entry: Entry; aged: boolean }, model: string, now: number): Decision {
    if (this.#running.length < this.#slots) return this.#start(next.entry, next.aged, now)
    // A slot that is being freed for nobody in particular is for the first.
    if (this.#running.some(({ slice }) => slice?.stopping && !slice.stopping.claim)) return NOTHING
    const due = this.#due(model)
    const candidates = due && due !== next.entry ? [{ entry: due, aged: true }, next] : [next]
    for (const { entry, aged } of candidates) {
      if (!entry.lane) continue
      const claimant = { entry, key: entry.lane.key, aged: aged || entry === due }
      const victim = chooseVictim(this.#running, claimant, this.#ready.ordering, this.#costs)
      if (victim) return this.#preempt(victim, entry, true)
    }
    return NOTHING
  }

  /** Frees the slots one by one, each when it may be taken, and then asks for the change. */
  #leave({ entry, aged }: { entry: Entry; aged: boolean }): Decision {
    if (this.#running.length === 0) {
      if (aged) this.#agedChange = entry
      return { do: 'change', to: entry.job.model }
    }
    if (!entry.lane) return NOTHING
    const claimant = { entry, key: entry.lane.key, aged }
    const victim = chooseVictim(this.#running, claimant, this.#ready.ordering, this.#costs)
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
      const entry = this.#ready.best(model)?.entries.first ?? null
      if (!entry?.urgent || !this.#costs.isHopeless(entry, this.#warmth.has(entry), now)) return entry
      // A deadline that cannot be met gives no right to go first.
      this.#ready.remove(entry)
      entry.urgent = false
      this.#ready.add(entry)
    }
  }

  #due(model: string): Entry | null {
    const brought = this.#agedChange
    if (brought?.lane && brought.job.model === model) return brought
    for (let rank = 1; rank < CLASSES.length; rank += 1) {
      const first = this.#ageing.isDue(rank) ? this.#ready.first(model, rank)?.entries.first : null
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
    const overtaken = CLASSES.slice(0, rankOf(entry)).find((name) => this.#ready.count(name) > 0)
    const servedAs = aged ? (overtaken ?? null) : null
    if (servedAs) this.#ageing.paid(rankOf(entry))
    if (this.#agedChange === entry) this.#agedChange = null
    this.#ready.remove(entry)
    const warm = this.#warmth.has(entry)
    const quantum = this.#costs.quantum(entry, warm)
    const slot = this.#freeSlot(entry)
    if (!entry.prompt) {
      entry.prompt = { tokens: warm ? 0 : entry.job.promptTokens, told: false }
      entry.share.counter += (entry.prompt.tokens * PROMPT_TOKEN_SHARE) / entry.job.weight
    }
    const committed = quantum / entry.job.weight
    entry.slice = { slot, quantum, used: 0, committed, servedAs, stopping: null, measured: null }
    entry.waitedMs += now - entry.since
    entry.since = now
    this.#running.push(entry)
    this.#warmth.started(entry)
    this.#shares.toBack(entry.share)
    this.#commit(entry, 1)
    return { do: 'start', job: entry.job, slot, quantum }
  }

  /** Its last one if that is free, so that a person finds it again in the timeline; else the lowest. */
  #freeSlot({ lastSlot }: Entry): number {
    const taken = new Set(this.#running.map(({ slice }) => slice?.slot))
    if (lastSlot !== null && lastSlot < this.#slots && !taken.has(lastSlot)) return lastSlot
    let slot = 0
    while (taken.has(slot)) slot += 1
    return slot
  }

  #preempt(victim: Entry, by: Entry | null, claims: boolean): Decision {
    const claim = claims ? by : null
    if (victim.slice) victim.slice.stopping = { byScheduler: by !== null, claim }
    if (claim) {
      this.#ready.remove(claim)
      claim.claims = victim
    }
    return { do: 'preempt', job: victim.job, by: by?.job ?? null }
  }

  /** Its slot is free. Unless it is over it waits again. */
  #stop(entry: Entry, over: boolean, now: number): void {
    // Whoever waits for a certain slot may take this one as well.
    for (const { slice } of this.#running) {
      const claim = slice?.stopping?.claim
      if (!claim) continue
      this.#unclaim(claim)
      this.#ready.add(claim)
    }
    this.#running.splice(this.#running.indexOf(entry), 1)
    this.#commit(entry, -1)
    entry.lastSlot = entry.slice?.slot ?? null
    entry.slice = null
    entry.ranMs += now - entry.since
    entry.since = now
    if (entry.prompt && entry.written > 0) entry.prompt = { ...entry.prompt, told: true }
    this.#warmth.stopped(entry, over)
    this.#shares.toBack(entry.share)
    if (over || entry.job.held) this.#shares.leave(entry.share, this.#leastBeside(entry), now)
    else this.#ready.add(entry)
    this.#ready.moved(entry.share)
  }

  #enter(entry: Entry): void {
    this.#join(entry)
    this.#ready.add(entry)
  }

  #exit(entry: Entry, now: number): void {
    this.#ready.remove(entry)
    this.#unclaim(entry)
    this.#shares.leave(entry.share, this.#leastBeside(entry), now)
  }

  #join(entry: Entry): void {
    this.#shares.join(entry.share, entry.share.jobs === 0 ? this.#leastBeside(entry) : Infinity)
    this.#ready.moved(entry.share)
  }

  /** Lets go of the slot it waited for; that one is freed all the same. */
  #unclaim(entry: Entry): void {
    if (entry.claims?.slice?.stopping) entry.claims.slice.stopping.claim = null
    entry.claims = null
  }

  /** Counts the quantum of a running job as given already, or no more. */
  #commit({ share, slice }: Entry, sign: 1 | -1): void {
    if (!slice) return
    share.committed = Math.max(0, share.committed + sign * slice.committed)
    this.#ready.moved(share)
  }

  /** The least counter of the others that want tokens: for the same model if there are any, else for any. */
  #leastBeside({ job, share }: Entry): number {
    const rank = RANK[share.class]
    const active = this.#running.flatMap((entry) => [entry, entry.slice?.stopping?.claim ?? entry])
    const others = active.filter((entry) => entry.share !== share && rankOf(entry) === rank)
    const least = (model: string | null): number => {
      const counters = others.filter((entry) => model === null || entry.job.model === model)
      return Math.min(this.#ready.least(model, rank), ...counters.map((entry) => entry.share.counter))
    }
    const same = least(job.model)
    return same < Infinity ? same : least(null)
  }
}

/** Whether a request goes before one that waits for a slot: by class, then by arrival. */
function precedes(request: Request, entry: Entry | null): boolean {
  if (!entry) return true
  const order = RANK[request.job.class] - rankOf(entry)
  return order < 0 || (order === 0 && request.order < entry.order)
}
