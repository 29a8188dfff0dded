/**
 * Hands out the slots of one engine: tells its scheduler what happens and carries out what that decides. Who goes first is
 * decided in scheduler/scheduler.ts; the engine itself is kept by engine-host.ts; what happens to the text of an answer
 * that is preempted or loses its engine, in answer.ts.
 *
 * Invariants:
 * 1. A job starts on a slot only after the engine has stopped writing for the one before.
 * 2. Nobody who left is given anything, and what was given to him is free again.
 * 3. Nothing is kept of who has left.
 */
import { HearthError } from '../../abi/index.ts'
import type { SchedulerEngine, SchedulerJob } from '../../abi/index.ts'
import type { Calibrations } from '../calibrations.ts'
import { IMMEDIATE_LOSSES } from '../param.ts'
import type { Job } from '../scheduler/job.ts'
import { Scheduler } from '../scheduler/scheduler.ts'
import { whenAborted } from './abortable.ts'
import type { ActiveTurn } from './active-turn.ts'
import type { Activity } from './activity.ts'
import { Alarm } from './alarm.ts'
import { EngineHost } from './engine-host.ts'
import { asHearthError } from './errors.ts'
import type { EngineHostOptions } from './engine-host.ts'
import { describeEngine, listJobs } from './listing.ts'
import type { Listed } from './listing.ts'
import { createMember, jobOf } from './member.ts'
import type { Member } from './member.ts'
import { QueueNews } from './queue-news.ts'
import { RateStore } from './rate-store.ts'
import type { SchedulingSettings } from './scheduling-settings.ts'
import { AnswerPlace } from './place.ts'
import type { Line } from './place.ts'
import type { Place, PlaceRequest, WaitStatus } from './turn.ts'
import { waitStatus } from './wait-status.ts'
import { Writing } from './writing.ts'

export interface SupervisorOptions extends EngineHostOptions {
  settings: SchedulingSettings
  calibrations: Calibrations
  activity: Activity
  /** From 0 to below 1. */
  random: () => number
  /** Answers that may wait. */
  waitingLimit?: number
  onLost: (model: string, error: HearthError) => void
  /** Why somebody is held, for a person. */
  heldReason: () => string
}

export class Supervisor implements Line, AsyncDisposable {
  readonly #options: SupervisorOptions
  readonly #scheduler: Scheduler
  readonly #host: EngineHost
  readonly #rates: RateStore
  readonly #writing: Writing
  readonly #news: QueueNews
  readonly #listed: Listed
  readonly #alarm: Alarm
  /** Everybody the scheduler knows, oldest first. */
  readonly #members = new Map<number, Member>()
  /** Those of them who want the model loaded or unloaded, and no more. */
  #visitors = 0
  /** Those of them who are paused by a person and have no turn. */
  readonly #held = new Set<Member>()
  #change: AbortController | null = null
  #losses = 0
  #lastId = 0
  #pumping = false
  #pumpAgain = false
  /** What those who draw it know of the line. */
  #told = { running: 0, waiting: 0, held: 0 }
  #closed: HearthError | null = null

  constructor(options: SupervisorOptions) {
    this.#options = options
    const { kind, settings, calibrations, activity, random, platform, waitingLimit: limit } = options
    const { clock } = platform
    const scheduler = new Scheduler({ policy: settings.policy, random, ...(limit === undefined ? {} : { limit }) })
    const rates = new RateStore(calibrations, scheduler)
    const onWait = () => this.#news.tellAll()
    const host = new EngineHost(options, (error) => this.#onLoss(error), onWait)
    this.#scheduler = scheduler
    this.#rates = rates
    this.#host = host
    this.#writing = new Writing({
      ...{ kind, clock, scheduler, host, rates, activity, member: (id) => this.#members.get(id) },
      onStopped: (member, turn) => this.#onStopped(member, turn),
      onServed: () => this.#pump(),
      onProof: () => {
        this.#losses = 0
      },
    })
    this.#news = new QueueNews(clock, this.#members, (member) => waitStatus(member, scheduler, host, options))
    this.#alarm = new Alarm(clock, () => this.#pump())
    this.#listed = { kind, scheduler, members: this.#members, writing: this.#writing.members }
  }

  /** Answers that are written now, and those that wait to be; who is held by a person does neither. */
  get running(): number {
    return this.#writing.size
  }
  get waiting(): number {
    return this.#members.size - this.#visitors - this.#writing.size - this.#held.size
  }
  /** Who has written for longest. */
  get holder(): string | null {
    for (const { request } of this.#writing.members) if (request) return request.by.name
    return null
  }
  /** The model in the engine. */
  get loaded(): string | null {
    return this.#scheduler.loaded
  }

  /** @throws HearthError `over-limit` when the line is full. */
  admit(): void {
    this.#scheduler.admit(this.#now())
  }

  /** A person chose another policy. */
  applySettings(): void {
    this.#scheduler.setPolicy(this.#options.settings.policy)
    this.#pump()
  }

  place(request: PlaceRequest): Place {
    return new AnswerPlace(this, this.#options.platform.clock, request)
  }

  /**
   * Has the model loaded, after the answers in flight. When `signal` aborts and nobody else waits for it, the load stops.
   * @throws HearthError what loading threw, or the signal's reason.
   */
  async load(model: string, signal: AbortSignal, onStatus: (status: WaitStatus) => void): Promise<void> {
    this.#losses = 0
    try {
      await this.#visit(model, signal, onStatus)
    } catch (error) {
      const needed = [...this.#members.values()].some((member) => member.model === model)
      if (signal.aborted && this.#scheduler.changingTo?.to === model && !needed) this.#change?.abort(signal.reason)
      throw error
    }
  }

  /** Empties the engine if this model is in it, after the answers in flight, and frees its worker. */
  async unload(model: string, signal: AbortSignal): Promise<void> {
    this.#scheduler.forget(model)
    const present = this.#scheduler.loaded === model || this.#scheduler.changingTo?.to === model
    if (present) await this.#visit(null, signal, () => {})
  }

  /** Null while it holds no model and nobody wants one. */
  describe(): SchedulerEngine | null {
    if (this.loaded === null && this.#members.size === 0) return null
    const { running, waiting } = this
    return describeEngine(this.#listed, this.#host.life?.facts?.slots ?? 0, { running, waiting })
  }

  /** Those who write first, longest first, then those who wait, oldest first. */
  jobs(most: number): SchedulerJob[] {
    return listJobs(this.#listed, this.#options.activity.shares, this.#now(), most)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const error = new HearthError('cancelled', 'The kernel is closing.', { by: 'kernel' })
    this.#closed = error
    this.#change?.abort(error)
    for (const member of this.#members.values()) member.waiter?.reject(error)
    this.#alarm[Symbol.dispose]()
    this.#news[Symbol.dispose]()
    this.#writing[Symbol.dispose]()
    await this.#host.drop(error)
  }

  // The line.

  enter(request: PlaceRequest): Member {
    return this.#enter(request.model, request)
  }

  #enter(model: string | null, request: PlaceRequest | null): Member {
    if (this.#closed) throw this.#closed
    const { clock } = this.#options.platform
    if (model !== null) this.#rates.restore(model)
    const member = createMember(++this.#lastId, model, request, clock)
    this.#scheduler.arrive(jobOf(member, clock), member.since)
    this.#members.set(member.id, member)
    if (!request) this.#visitors += 1
    this.#noteHeld(member)
    return member
  }

  /** Resolves with the next turn; with null for one who only wanted the model loaded or unloaded. */
  async wait(member: Member, onStatus: (status: WaitStatus) => void): Promise<ActiveTurn | null> {
    if (this.#closed) throw this.#closed
    if (member.failure !== null) throw member.failure
    if (member.turn && !member.taken) {
      member.taken = true
      return member.turn
    }
    return new Promise((resolve, reject) => {
      const settle = <T>(act: (value: T) => void) => {
        return (value: T) => {
          member.waiter = null
          member.told = null
          act(value)
        }
      }
      member.waiter = { resolve: settle(resolve), reject: settle(reject), onStatus }
      this.#pump()
      this.#news.tell(member)
    })
  }

  reconsider(member: Member): void {
    if (!this.#members.has(member.id)) return
    this.#scheduler.change(jobOf(member, this.#options.platform.clock), this.#now())
    this.#noteHeld(member)
    this.#pump()
    this.#news.tell(member)
  }

  leave(member: Member, reason: unknown): void {
    if (this.#members.get(member.id) !== member) return
    member.left = true
    member.waiter?.reject(reason)
    if (member.turn && !member.taken) this.#writing.end(member, 'cancelled')
    // One who writes goes when the engine has stopped; until then the slot is not free.
    if (member.turn) return
    this.#forget(member)
    this.#pump()
  }

  /** Waits for a change of the model. */
  async #visit(model: string | null, signal: AbortSignal, onStatus: (status: WaitStatus) => void): Promise<void> {
    signal.throwIfAborted()
    const member = this.#enter(model, null)
    const stop = whenAborted([signal], (reason) => this.leave(member, reason))
    try {
      await this.wait(member, onStatus)
    } finally {
      stop()
      this.leave(member, null)
    }
  }

  #forget(member: Member): void {
    if (!this.#members.delete(member.id)) return
    if (!member.request) this.#visitors -= 1
    this.#held.delete(member)
    this.#scheduler.withdraw(member.id, this.#now())
  }

  /** Call when a person may have paused it, or it has got or lost its turn. */
  #noteHeld(member: Member): void {
    if (member.request?.by.held && !member.turn) this.#held.add(member)
    else this.#held.delete(member)
  }

  // What the scheduler decides.

  #pump(): void {
    if (this.#closed) return
    this.#pumpAgain = true
    // What is carried out may lead back here.
    if (this.#pumping) return
    this.#pumping = true
    try {
      while (this.#pumpAgain) {
        this.#pumpAgain = false
        this.#decide()
      }
    } finally {
      this.#pumping = false
    }
  }

  #decide(): void {
    for (;;) {
      const decision = this.#scheduler.decide(this.#now())
      if (decision.do === 'nothing') {
        this.#alarm.set(decision.until)
        break
      }
      if (decision.do === 'start') this.#start(decision.job, decision.slot)
      else if (decision.do === 'preempt') this.#preempt(decision.job, decision.by)
      else if (decision.do === 'change') void this.#carryOut(decision.to)
      else this.#change?.abort(new HearthError('cancelled', 'Another model is needed first.', { by: 'kernel' }))
    }
    const now = { running: this.running, waiting: this.waiting, held: this.#held.size }
    const { running, waiting, held } = this.#told
    if (running === now.running && waiting === now.waiting && held === now.held) return
    this.#told = now
    this.#news.moved(now.waiting > 0)
    this.#options.activity.changed()
  }

  #start(job: Job, slot: number): void {
    const member = this.#members.get(job.id)
    const life = this.#host.life
    if (!member) return
    if (!job.slot) {
      this.#members.delete(member.id)
      this.#visitors -= 1
      return void member.waiter?.resolve(null)
    }
    if (!life?.facts) return void this.#fail(member, new HearthError('internal', NO_ENGINE, { reason: NO_ENGINE }))
    const turn = this.#writing.begin(member, slot, life, life.facts)
    if (!member.waiter) return
    member.taken = true
    member.waiter.resolve(turn)
  }

  #preempt(job: Job, by: Job | null): void {
    const member = this.#members.get(job.id)
    const turn = member?.turn
    if (!member || !turn || turn.ended) return
    const held = member.request?.by.held ?? false
    // An engine that cannot go on from a text would write it all again; only a person may ask for that.
    if (!held && !turn.model.continues) return
    const name = by ? (this.#members.get(by.id)?.request?.by.name ?? null) : null
    const reason = name === null ? 'Another model is needed first.' : `${name} goes first.`
    turn.preempt(held ? { by: 'user', reason: this.#options.heldReason() } : { by: 'scheduler', reason }, name)
    if (member.taken) return
    // Nobody has come for it yet, so nothing has to stop.
    this.#writing.end(member, held ? 'paused' : 'preempted')
    this.#scheduler.preempted(member.id, this.#now())
    this.#noteHeld(member)
  }

  #onStopped(member: Member, turn: ActiveTurn): void {
    if (turn.goesOn && !member.left) {
      this.#scheduler.preempted(member.id, this.#now())
      this.#noteHeld(member)
    } else this.#forget(member)
    this.#pump()
  }

  /** It cannot be served: told now, or when it asks. */
  #fail(member: Member, error: HearthError): void {
    member.failure = error
    this.#forget(member)
    member.waiter?.reject(error)
  }

  /** The engine is gone. Its answers come back by themselves; a model that was ready is brought back for them. */
  #onLoss(error: HearthError): void {
    const model = this.#scheduler.loaded
    const over = [...this.#writing.members].filter(({ left, turn }) => left || turn?.goesOn === false)
    this.#losses += 1
    for (const member of [...this.#writing.members]) {
      this.#writing.end(member, 'lost')
      this.#noteHeld(member)
    }
    this.#scheduler.lost(this.#losses < IMMEDIATE_LOSSES ? model : null, this.#now())
    for (const member of over) this.#forget(member)
    if (model === null) return
    this.#options.report(model, { type: 'unloaded' })
    this.#options.onLost(model, error)
    // Once the answers have been told: the host does that next.
    queueMicrotask(() => this.#pump())
  }

  /** Brings about a change that was decided. Never rejects: those who wait for it learn of a failure. */
  async #carryOut(to: string | null): Promise<void> {
    const previous = this.#scheduler.loaded
    const change = new AbortController()
    const since = this.#now()
    this.#change = change
    this.#scheduler.changing(to, since)
    if (previous !== null) this.#options.report(previous, { type: 'unloaded' })
    this.#news.tellAll()
    try {
      if (to === null) await this.#host.drop(new HearthError('cancelled', 'The model was unloaded.', { by: 'user' }))
      const loaded = to === null ? null : await this.#host.load(to, change.signal)
      // It may have been lost in the very moment in which it was ready.
      const holds = this.#host.life ? to : null
      this.#scheduler.changed(holds, loaded?.facts ?? NO_CAPACITY, this.#now())
      if (to !== null && loaded && !loaded.waited) this.#rates.loaded(to, this.#now() - since)
    } catch (error) {
      this.#scheduler.changed(null, NO_CAPACITY, this.#now())
      // Who asked while the load was being given up has to have a load of his own.
      const failed = change.signal.aborted ? [] : [...this.#members.values()].filter(({ model }) => model === to)
      for (const member of failed) this.#fail(member, asHearthError(error, this.#options.kind))
    } finally {
      this.#change = null
    }
    this.#pump()
    // Those who have not been given a slot now wait for something else than before.
    this.#news.tellAll()
  }

  #now(): number {
    return this.#options.platform.clock.monotonic()
  }
}

const NO_CAPACITY = { slots: 0, retains: 0 }

const NO_ENGINE = 'a slot was given without an engine'
