/**
 * Drives a Scheduler as engines/supervisor.ts does, on an engine that is only counters, and checks after every decision what
 * must always be true. What the engine does (tokens, stops, loads) happens when the test says so.
 */
import { expect } from 'vitest'
import type { SchedulingPolicy } from '../../../kernel/abi/index.ts'
import type { Decision, Job } from '../../../kernel/core/scheduler/job.ts'
import { Scheduler } from '../../../kernel/core/scheduler/scheduler.ts'
import { seeded } from '../../fixtures/seeded.ts'

/** A job and what is still to be written of it. */
export interface Work {
  job: Job
  left: number
  starts: number
}

export interface DriverOptions {
  policy?: SchedulingPolicy
  slots?: number
  retains?: number
  /** Answers that may begin before others have let go of their slots. */
  spare?: number
  /** False when it would write stopped answers again from their start. */
  continues?: boolean
  loaded?: string | null
  limit?: number
  /** False to check only decisions, and not the whole state after each: for long runs. */
  thorough?: boolean
}

export class Driver {
  readonly scheduler: Scheduler
  readonly works = new Map<number, Work>()
  /** By job; the slot each has. */
  readonly running = new Map<number, number>()
  readonly stopping = new Set<number>()
  readonly decisions: Decision[] = []
  /** Tokens written for each flow. */
  readonly written = new Map<string, number>()
  loaded: string | null
  changing: { to: string | null; abandoned: boolean } | null = null
  now = 0
  readonly #slots: number
  readonly #retains: number
  readonly #spare: number
  readonly #continues: boolean
  readonly #thorough: boolean
  #lastId = 0

  constructor({
    policy = 'fair',
    slots = 1,
    retains = 0,
    spare = 0,
    loaded = 'one',
    limit,
    continues = true,
    thorough = true,
  }: DriverOptions = {}) {
    this.scheduler = new Scheduler({ policy, random: seeded(7), ...(limit === undefined ? {} : { limit }) })
    this.#slots = slots
    this.#retains = retains
    this.#spare = spare
    this.#continues = continues
    this.#thorough = thorough
    this.loaded = loaded
    if (loaded !== null) this.scheduler.changed(loaded, { slots, retains, spare, continues }, 0)
  }

  arrive(some: Partial<Job> & { tokens?: number }): number {
    const { tokens = 100, ...rest } = some
    const id = rest.id ?? ++this.#lastId
    const job: Job = {
      ...{ id, flow: `flow ${id}`, class: 'normal', weight: 1, deadline: null, held: false, model: 'one', slot: true },
      ...{ promptTokens: 0, maxTokens: tokens },
      ...rest,
    }
    this.scheduler.arrive(job, this.now)
    this.works.set(id, { job, left: tokens, starts: 0 })
    this.settle()
    return id
  }

  change(id: number, attributes: Partial<Job>): void {
    const work = this.#work(id)
    work.job = { ...work.job, ...attributes }
    this.scheduler.change(work.job, this.now)
    this.settle()
  }

  withdraw(id: number): void {
    this.works.delete(id)
    this.running.delete(id)
    this.stopping.delete(id)
    this.scheduler.withdraw(id, this.now)
    this.settle()
  }

  /** Everybody who runs and was not told to stop writes a token; a millisecond passes. Who is done is withdrawn. */
  tick(tokens = 1): void {
    this.now += tokens
    for (const id of [...this.running.keys()]) if (!this.stopping.has(id)) this.write(id, tokens)
    for (const id of [...this.stopping]) this.stop(id)
  }

  write(id: number, tokens: number): void {
    const work = this.#work(id)
    const decoded = Math.min(tokens, work.left)
    work.left -= decoded
    this.written.set(work.job.flow, (this.written.get(work.job.flow) ?? 0) + decoded)
    this.scheduler.served(id, { decoded }, this.now)
    if (work.left === 0) this.withdraw(id)
    else this.settle()
  }

  /** One that was told to stop has stopped. */
  stop(id: number): void {
    if (!this.stopping.delete(id)) return
    this.running.delete(id)
    this.scheduler.preempted(id, this.now)
    this.settle()
  }

  lose(wanted: string | null): void {
    this.running.clear()
    this.stopping.clear()
    this.loaded = null
    this.scheduler.lost(wanted, this.now)
    this.settle()
  }

  /** The load under way ends; when it fails, those who waited for it are told and go. */
  endChange(works = true): void {
    const change = this.changing
    if (!change) return
    this.changing = null
    this.loaded = works && !change.abandoned ? change.to : null
    const capacity = { slots: this.#slots, retains: this.#retains, spare: this.#spare, continues: this.#continues }
    this.scheduler.changed(this.loaded, capacity, this.now)
    if (!works && !change.abandoned) {
      const failed = [...this.works.values()].filter(({ job }) => job.model === change.to)
      for (const { job } of failed) {
        this.works.delete(job.id)
        this.scheduler.withdraw(job.id, this.now)
      }
    }
    this.settle()
  }

  /** Asks until there is nothing to do. */
  settle(): void {
    for (let count = 0; ; count += 1) {
      if (count > 1_000) throw new Error('It never has enough.')
      const decision = this.scheduler.decide(this.now)
      if (decision.do === 'nothing') break
      this.decisions.push(decision)
      this.#carryOut(decision)
    }
    if (this.#thorough) this.#check()
  }

  #carryOut(decision: Exclude<Decision, { do: 'nothing' }>): void {
    switch (decision.do) {
      case 'start':
        return void this.#start(decision.job, decision.slot)
      case 'preempt': {
        const { job, by } = decision
        expect(this.running.has(job.id)).toBe(true)
        expect(this.stopping.has(job.id)).toBe(false)
        expect(by?.held).not.toBe(true)
        if (by === null) expect(job.held).toBe(true)
        else if (by.model === this.loaded) expect(this.#goingOn).toBe(this.#slots)
        this.stopping.add(job.id)
        return
      }
      case 'change':
        expect(this.running.size).toBe(0)
        expect(this.changing).toBeNull()
        this.changing = { to: decision.to, abandoned: false }
        this.loaded = null
        this.scheduler.changing(decision.to, this.now)
        return
      case 'abandon':
        expect(this.changing?.abandoned).toBe(false)
        this.changing!.abandoned = true
    }
  }

  #start(job: Job, slot: number): void {
    const work = this.#work(job.id)
    expect(job).toEqual(work.job)
    expect(job.model).toBe(this.loaded)
    expect(job.held).toBe(false)
    expect(this.changing).toBeNull()
    work.starts += 1
    if (!job.slot) return void this.works.delete(job.id)
    expect(this.running.has(job.id)).toBe(false)
    const taken = [...this.running].filter(([id]) => this.#spare === 0 || !this.stopping.has(id))
    expect(taken.map(([, other]) => other)).not.toContain(slot)
    expect(slot).toBeLessThan(this.#slots)
    this.running.set(job.id, slot)
    expect(this.running.size).toBeLessThanOrEqual(this.#slots + this.#spare)
    expect(this.running.size - this.stopping.size).toBeLessThanOrEqual(this.#slots)
  }

  /** Those that run and were not told to stop, and those who wait for the slot of one that was. */
  get #goingOn(): number {
    const beyond = Math.max(0, this.running.size - this.#slots)
    return this.running.size - Math.min(beyond, this.stopping.size)
  }

  #check(): void {
    const waiting = [...this.works.values()].filter(({ job }) => !this.running.has(job.id))
    expect(this.scheduler.running.map(({ id }) => id)).toEqual([...this.running.keys()])
    expect(this.scheduler.waiting.map(({ id }) => id).sort()).toEqual(waiting.map(({ job }) => job.id).sort())
    expect(this.scheduler.waitingCount).toBe(waiting.length)
    const ready = waiting.filter(({ job }) => !job.held)
    const elsewhere = ready.some(({ job }) => job.model !== this.loaded)
    // A slot may be free while somebody waits only when the engine is about to change its model, or is changing it.
    if (this.loaded !== null && !elsewhere && this.running.size < this.#slots) expect(ready).toEqual([])
    if (this.loaded === null && !this.changing) expect(ready).toEqual([])
    for (const { job } of this.works.values()) if (job.held) expect(this.isIdle(job.id)).toBe(true)
  }

  /** Neither writes nor may go on writing. */
  isIdle(id: number): boolean {
    return !this.running.has(id) || this.stopping.has(id)
  }

  #work(id: number): Work {
    const work = this.works.get(id)
    if (!work) throw new Error(`There is no job ${id}.`)
    return work
  }
}
