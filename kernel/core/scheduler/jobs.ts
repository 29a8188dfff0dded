/**
 * The book of one scheduler: who waits, who runs, what each was given, and what follows for the counters when that changes.
 * It decides nothing: scheduler.ts does.
 */
import type { SchedulingClass } from '../../abi/index.ts'
import { PROMPT_TOKEN_SHARE, QUANTUM_TOKENS } from '../param.ts'
import { Ageing } from './ageing.ts'
import { Costs } from './cost.ts'
import { RANK, rankOf, type Entry, type Slice } from './entry.ts'
import type { Job, Service } from './job.ts'
import type { Ordering } from './ordering.ts'
import { Ready } from './ready.ts'
import { Shares } from './shares.ts'
import { Warmth } from './warmth.ts'

export class Jobs {
  /** All that want a slot. */
  readonly entries = new Map<number, Entry>()
  /** Those with a slot, longest first. */
  readonly running: Entry[] = []
  readonly ready: Ready
  readonly warmth = new Warmth()
  readonly costs = new Costs()
  readonly ageing = new Ageing()
  readonly #shares = new Shares()

  constructor(ordering: Ordering, random: () => number) {
    this.ready = new Ready(ordering, random)
  }

  add(job: Job, order: number, now: number): void {
    const entry: Entry = {
      ...{ job, order, arrivedAt: now, urgent: job.deadline !== null },
      ...{ share: this.#shares.of(job.flow, job.class), lane: null, slice: null, claims: null, lastSlot: null },
      ...{ since: now, waitedMs: 0, ranMs: 0, preemptions: 0, written: 0, prompt: null },
    }
    this.entries.set(job.id, entry)
    if (job.held) return
    this.#join(entry, now)
    this.ready.add(entry)
  }

  remove(entry: Entry, now: number): void {
    this.entries.delete(entry.job.id)
    if (entry.slice) {
      this.costs.ended(entry)
      this.stop(entry, true, now)
    } else if (!entry.job.held) {
      this.ready.remove(entry)
      this.#unclaim(entry)
      this.#shares.leave(entry.share, this.#leastBeside(entry), now)
    }
  }

  change(entry: Entry, job: Job, now: number): void {
    const before = entry.job
    const sameShare = before.flow === job.flow && before.class === job.class
    const counts = entry.slice !== null || !before.held
    const willCount = entry.slice !== null || !job.held
    this.ready.remove(entry)
    this.#unclaim(entry)
    this.#commit(entry, -1)
    if (counts && !(sameShare && willCount)) this.#shares.leave(entry.share, this.#leastBeside(entry), now)
    entry.job = job
    if (before.deadline !== job.deadline) entry.urgent = job.deadline !== null
    entry.share = this.#shares.of(job.flow, job.class)
    if (willCount && !(sameShare && counts)) this.#join(entry, now)
    if (entry.slice) {
      entry.slice.committed = entry.slice.quantum / job.weight
      this.#commit(entry, 1)
    } else if (!job.held) {
      this.ready.add(entry)
    }
  }

  served(entry: Entry, { prefilled, decoded }: Service, now: number): void {
    // What is read again after a preemption is the scheduler's doing, and not charged to the flow.
    if (prefilled !== undefined && entry.prompt?.told !== true) {
      this.#charge(entry, (prefilled - (entry.prompt?.tokens ?? 0)) * PROMPT_TOKEN_SHARE)
      entry.prompt = { tokens: prefilled, told: true }
    }
    this.#charge(entry, decoded)
    entry.written += decoded
    if (entry.slice) entry.slice.used += decoded
    this.costs.decoded(entry, decoded, now)
    this.ageing.served(entry.job.class, decoded, (name) => this.ready.count(name) > 0)
    this.ready.moved(entry.share)
  }

  /** Gives it one of `slots`. `servedAs`: a higher class that it goes before because of its age. */
  start(entry: Entry, slots: number, servedAs: SchedulingClass | null, now: number): Slice {
    const key = this.ready.ordering.key(entry, entry.share.committed)
    this.ready.remove(entry)
    const warm = this.warmth.has(entry)
    // One that goes before a higher class has what its class is owed, and no more.
    const quantum = servedAs ? QUANTUM_TOKENS : this.costs.quantum(entry, warm, slots)
    const slot = this.#freeSlot(entry, slots)
    if (!entry.prompt) {
      entry.prompt = { tokens: warm ? 0 : entry.job.promptTokens, told: false }
      this.#charge(entry, entry.prompt.tokens * PROMPT_TOKEN_SHARE)
    }
    const committed = quantum / entry.job.weight
    const cheap = quantum <= QUANTUM_TOKENS * slots
    const slice: Slice = { slot, quantum, used: 0, key, cheap, committed, servedAs, stopping: null, measured: null }
    entry.slice = slice
    entry.waitedMs += now - entry.since
    entry.since = now
    this.running.push(entry)
    this.warmth.started(entry)
    this.#shares.toBack(entry.share)
    this.#commit(entry, 1)
    return slice
  }

  /** A running one is told to stop; `claim` waits for its slot. */
  stopping(victim: Entry, byScheduler: boolean, claim: Entry | null): void {
    if (victim.slice) victim.slice.stopping = { byScheduler, claim }
    if (!claim) return
    this.ready.remove(claim)
    claim.claims = victim
  }

  /** Its slot is free. Unless it is over it waits again. */
  stop(entry: Entry, over: boolean, now: number): void {
    // Whoever waits for a certain slot may take this one as well.
    for (const { slice } of this.running) {
      const claim = slice?.stopping?.claim
      if (!claim) continue
      this.#unclaim(claim)
      this.ready.add(claim)
    }
    this.running.splice(this.running.indexOf(entry), 1)
    this.#commit(entry, -1)
    entry.lastSlot = entry.slice?.slot ?? null
    entry.slice = null
    entry.ranMs += now - entry.since
    entry.since = now
    if (entry.prompt && entry.written > 0) entry.prompt = { ...entry.prompt, told: true }
    this.warmth.stopped(entry, over)
    this.#shares.toBack(entry.share)
    if (over || entry.job.held) this.#shares.leave(entry.share, this.#leastBeside(entry), now)
    else this.ready.add(entry)
    this.ready.moved(entry.share)
  }

  #charge(entry: Entry, tokens: number): void {
    entry.share.counter += tokens / entry.job.weight
  }

  #join(entry: Entry, now: number): void {
    const least = entry.share.jobs === 0 ? this.#leastBeside(entry) : Infinity
    this.#shares.join(entry.share, entry.job.weight, least, now)
    this.ready.moved(entry.share)
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
    this.ready.moved(share)
  }

  /** Whether one more may begin: a slot is free, or is being freed and the engine can spare the room meanwhile. */
  hasRoom(slots: number, spare: number): boolean {
    const { length } = this.running
    return length < slots || (length < slots + spare && length - this.leaving < slots)
  }

  /** Running ones that were told to stop, and whose slots nobody in particular waits for. */
  get leaving(): number {
    return this.running.filter(isLeaving).length
  }

  /**
   * Its last one if that is free, so that a person finds it again in the timeline; else the lowest. When none is, that of one
   * that was told to stop, in whose place it begins.
   */
  #freeSlot({ lastSlot }: Entry, slots: number): number {
    const taken = new Set(this.running.map(({ slice }) => slice?.slot))
    if (lastSlot !== null && lastSlot < slots && !taken.has(lastSlot)) return lastSlot
    let slot = 0
    while (taken.has(slot)) slot += 1
    if (slot < slots) return slot
    const staying = new Set(this.running.filter((entry) => !isLeaving(entry)).map(({ slice }) => slice?.slot))
    slot = 0
    while (staying.has(slot)) slot += 1
    return slot
  }

  /** The least counter of the others that want tokens: for the same model if there are any, else for any. */
  #leastBeside({ job, share }: Entry): number {
    const rank = RANK[share.class]
    const active = this.running.flatMap((entry) => [entry, entry.slice?.stopping?.claim ?? entry])
    const others = active.filter((entry) => entry.share !== share && rankOf(entry) === rank)
    const least = (model: string | null): number => {
      const counters = others.filter((entry) => model === null || entry.job.model === model)
      return Math.min(this.ready.least(model, rank), ...counters.map((entry) => entry.share.counter))
    }
    const same = least(job.model)
    return same < Infinity ? same : least(null)
  }
}

const isLeaving = ({ slice }: Entry): boolean => slice?.stopping?.claim === null
