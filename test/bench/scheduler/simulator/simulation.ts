/**
 * Runs the kernel's own Scheduler over an engine that is only arithmetic, on a clock of its own: what would take an hour takes
 * a second, and is the same each time. The engine reads prompts in chunks and writes one token of every answer a step, as
 * llama.cpp does; a step takes longer the more answers are in it. Its figures are those of the starter model.
 */
import type { SchedulingPolicy } from '../../../../kernel/abi/index.ts'
import type { Job } from '../../../../kernel/core/scheduler/job.ts'
import { Scheduler } from '../../../../kernel/core/scheduler/scheduler.ts'
import { seeded } from '../../../fixtures/seeded.ts'

export interface SimulatedEngine {
  readonly slots: number
  /** Conversations whose KV cache is kept besides those being written. */
  readonly retains: number
  /** Tokens of a prompt, and tokens of one answer by itself, per millisecond. */
  readonly prefillRate: number
  readonly decodeRate: number
  /** How much longer a step takes for each further answer in it, as a share: four gained 3.0 together, which is 0.11. */
  readonly slowdown: number
  readonly loadMs: number
}

export const STARTER: SimulatedEngine = {
  ...{ slots: 4, retains: 0, prefillRate: 2.5, decodeRate: 0.25, slowdown: 0.11, loadMs: 1_000 },
}

/** Prompt tokens read in one step. */
const CHUNK = 128

export interface Asked extends Partial<Job> {
  flow: string
  promptTokens: number
  /** Length its answer will have. The scheduler is not told; it knows `maxTokens`. */
  tokens: number
}

interface Work {
  job: Job
  toWrite: number
  toRead: number
  written: number
  askedAt: number
  firstTokenAt: number | null
  stopping: boolean
}

export interface Done {
  readonly flow: string
  readonly firstTokenMs: number
  readonly totalMs: number
}

export class Simulation {
  readonly scheduler: Scheduler
  readonly engine: SimulatedEngine
  /** Virtual milliseconds. */
  now = 0
  /** Tokens written and prompt tokens read for each flow. */
  readonly written = new Map<string, number>()
  readonly read = new Map<string, number>()
  readonly done: Done[] = []
  decisions = 0
  preemptions = 0
  changes = 0
  /** Real milliseconds inside the scheduler. */
  schedulerMs = 0
  /** Virtual milliseconds of reading what had been read before. */
  rereadMs = 0
  onDone: (flow: string) => void = () => {}
  readonly #calibrates: boolean
  /** What is asked later, the soonest first. */
  readonly #later: { at: number; asked: Asked }[] = []
  readonly #works = new Map<number, Work>()
  readonly #running: Work[] = []
  /** Conversations that are still in the engine, the one used longest ago first. */
  readonly #kept = new Set<number>()
  #lastId = 0

  constructor(policy: SchedulingPolicy, engine: SimulatedEngine = STARTER, calibrates = true) {
    this.engine = engine
    this.#calibrates = calibrates
    this.scheduler = new Scheduler({ policy, random: seeded(1), limit: 1_000_000 })
    this.scheduler.changed('one', engine, 0)
    if (calibrates) for (const model of ['one', 'two']) this.scheduler.calibrate(model, { loadMs: engine.loadMs })
  }

  get busy(): boolean {
    return this.#works.size > 0 || this.#later.length > 0
  }

  /** As an agent does that has to think, or to store something, before it goes on. */
  askAfter(ms: number, asked: Asked): void {
    const at = this.now + ms
    const place = this.#later.findIndex((other) => other.at > at)
    this.#later.splice(place < 0 ? this.#later.length : place, 0, { at, asked })
  }

  ask({ tokens, ...some }: Asked): void {
    const job: Job = {
      ...{ id: ++this.#lastId, class: 'normal', weight: 1, deadline: null, held: false, model: 'one', slot: true },
      ...{ maxTokens: 1_024 },
      ...some,
    }
    const work: Work = {
      ...{ job, toWrite: tokens, toRead: job.promptTokens, written: 0, askedAt: this.now },
      ...{ firstTokenAt: null, stopping: false },
    }
    this.#works.set(job.id, work)
    const began = performance.now()
    this.scheduler.arrive(job, this.now)
    this.schedulerMs += performance.now() - began
  }

  /** One step of the engine, and all that follows from it. */
  step(): void {
    const soonest = this.#later[0]
    if (soonest && this.#works.size === 0) this.now = Math.max(this.now, soonest.at)
    while (this.#later[0] && this.#later[0].at <= this.now) this.ask(this.#later.shift()!.asked)
    this.#pump()
    const reader = this.#running.find(({ toRead }) => toRead > 0)
    const writers = this.#running.filter(({ toRead }) => toRead === 0)
    const chunk = Math.min(CHUNK, reader?.toRead ?? 0)
    const { prefillRate, decodeRate, slowdown } = this.engine
    const together = writers.length === 0 ? 0 : (1 + slowdown * (writers.length - 1)) / decodeRate
    this.now += chunk / prefillRate + together
    if (reader) this.#readChunk(reader, chunk)
    const began = performance.now()
    const ended = writers.filter((work) => this.#write(work))
    for (const work of this.#running.filter(({ stopping }) => stopping)) this.#stop(work)
    this.schedulerMs += performance.now() - began
    for (const { job } of ended) this.onDone(job.flow)
    if (!this.#running.length) this.#pump()
  }

  /** Steps until nobody wants anything, or for so many virtual milliseconds. */
  run(ms = Infinity): void {
    const until = this.now + ms
    while (this.busy && this.now < until) this.step()
  }

  #readChunk(work: Work, chunk: number): void {
    work.toRead -= chunk
    const { flow } = work.job
    if (work.written > 0) this.rereadMs += chunk / this.engine.prefillRate
    else this.read.set(flow, (this.read.get(flow) ?? 0) + chunk)
    if (work.toRead > 0) return
    this.scheduler.served(work.job.id, { prefilled: work.job.promptTokens, decoded: 0 }, this.now)
    if (this.#calibrates) this.scheduler.calibrate(work.job.model ?? '', { prefillRate: this.engine.prefillRate })
  }

  /** Returns true when it has ended. */
  #write(work: Work): boolean {
    const { job } = work
    work.written += 1
    work.toWrite -= 1
    work.firstTokenAt ??= this.now
    this.written.set(job.flow, (this.written.get(job.flow) ?? 0) + 1)
    this.scheduler.served(job.id, { decoded: 1 }, this.now)
    if (work.toWrite > 0) return false
    const { flow } = job
    this.done.push({ flow, firstTokenMs: work.firstTokenAt - work.askedAt, totalMs: this.now - work.askedAt })
    this.#leave(work)
    this.#works.delete(job.id)
    this.scheduler.withdraw(job.id, this.now)
    return true
  }

  #stop(work: Work): void {
    this.#leave(work)
    this.#kept.add(work.job.id)
    for (const oldest of this.#kept) {
      if (this.#kept.size <= this.engine.retains) break
      this.#kept.delete(oldest)
    }
    this.scheduler.preempted(work.job.id, this.now)
  }

  #leave(work: Work): void {
    work.stopping = false
    this.#running.splice(this.#running.indexOf(work), 1)
  }

  #pump(): void {
    const began = performance.now()
    for (;;) {
      const decision = this.scheduler.decide(this.now)
      this.decisions += 1
      if (decision.do === 'nothing') break
      if (decision.do === 'change') {
        this.changes += 1
        this.scheduler.changing(decision.to, this.now)
        this.now += this.engine.loadMs
        this.#kept.clear()
        this.scheduler.changed(decision.to, this.engine, this.now)
      } else if (decision.do !== 'abandon') {
        const work = this.#works.get(decision.job.id)
        if (!work) throw new Error(`There is no job ${decision.job.id}.`)
        if (decision.do === 'start') {
          work.toRead = this.#kept.delete(work.job.id) ? 0 : work.job.promptTokens + work.written
          this.#running.push(work)
        } else {
          this.preemptions += 1
          work.stopping = true
        }
      }
    }
    this.schedulerMs += performance.now() - began
  }
}
