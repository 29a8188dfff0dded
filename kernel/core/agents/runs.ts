/**
 * All runs: those under way, those that wait for an earlier one of the same agent, and the last RUNS_KEPT that ended.
 * An agent does one run at a time, since a conversation has one order; a second question waits until the first is
 * answered, as a person would expect of anybody they talk to.
 */
import { HearthError, type Principal, type Run, type RunEvent } from '../../abi/index.ts'
import { RUNS_KEPT, RUNS_WAITING, TITLE_UNITS } from '../param.ts'
import type { Mutation } from '../storage/database.ts'
import { KEY_END, type RunRecord } from '../storage/records.ts'
import { cutText } from '../tools/result.ts'
import { driveRun, SUSPENDED, type RunDeps } from './run.ts'
import { RunLog, runOf } from './run-log.ts'

export interface StartRequest {
  /** Id of the call to settle when the run ends. */
  call: string
  agent: string
  text: string
  replace?: string
  principal: Principal
  /** For a person: who asks. */
  askedBy: string
}

interface Active {
  readonly log: RunLog
  readonly controller: AbortController
  /** Resolves when it has ended or was suspended. */
  readonly settled: Promise<void>
  readonly settle: () => void
  /** Whether `driveRun` has it; otherwise it waits. */
  driven: boolean
}

export class Runs {
  readonly #deps: Omit<RunDeps, 'endWrites'>
  readonly #active = new Map<string, Active>()
  /** Ended runs, oldest first. */
  readonly #ended = new Map<string, RunRecord>()
  /** Calls whose run has not ended. */
  readonly #calls = new Map<string, string>()
  #suspended = false

  constructor(deps: Omit<RunDeps, 'endWrites'>) {
    this.#deps = deps
  }

  /** Reads what earlier kernels left; drives nothing yet. */
  async load(): Promise<void> {
    const { database } = this.#deps.platform
    const records = await database.list('runs')
    records.sort(
      (left, right) =>
        Number(left.state === 'queued') - Number(right.state === 'queued') || left.startedAt - right.startedAt,
    )
    for (const record of records) {
      if (hasEnded(record)) {
        this.#ended.set(record.id, record)
        continue
      }
      const journal = await database.list('journal', { from: [record.id, 0], to: [record.id, KEY_END] })
      this.#add(
        new RunLog(
          this.#deps.platform,
          record,
          journal.map(({ event }) => event),
        ),
      )
    }
  }

  /** Goes on with every run that an earlier kernel left. */
  async recover(): Promise<void> {
    for (const { log } of this.#active.values()) {
      if (log.progress.phase !== 'active') continue
      await log.append({ events: () => [{ type: 'resumed', from: 'where Hearth stopped' }], durability: 'relaxed' })
    }
    for (const agent of new Set([...this.#active.values()].map(({ log }) => log.record.agent))) this.#next(agent)
  }

  /** Id of the run that a call started and that has not ended. */
  runOfCall(call: string): string | undefined {
    return this.#calls.get(call)
  }

  /** Starts a run, or queues it behind the agent's others. Resolves once a later kernel would know of it. */
  async start(request: StartRequest): Promise<string> {
    const { random, clock } = this.#deps.platform
    const agent = this.#deps.agent(request.agent)
    const others = this.#of(agent.id)
    if (others.length > RUNS_WAITING) {
      const message = `${agent.name} already has ${RUNS_WAITING} questions waiting. Wait for an answer and ask again.`
      throw new HearthError('over-limit', message, {
        limit: 'runs per agent',
        maximum: RUNS_WAITING,
        retryAfterMs: null,
      })
    }
    const { text, replace } = request
    const record: RunRecord = {
      id: random.id('run'),
      agent: agent.id,
      agentName: agent.name,
      state: 'queued',
      ...(others.length > 0 ? { waitingFor: 'the answer before it' } : {}),
      askedBy: request.askedBy,
      model: agent.model,
      startedAt: clock.now(),
      round: 0,
      completionTokens: 0,
      title: cutText(text.trim().split('\n')[0] ?? '', TITLE_UNITS),
      call: request.call,
      principal: request.principal,
      turn: random.id('turn'),
      request: { text, ...(replace === undefined ? {} : { replace }) },
    }
    const active = this.#add(new RunLog(this.#deps.platform, record))
    // What is about to be replaced need not be finished first.
    if (replace !== undefined)
      for (const { log, controller } of others) if (log.record.turn === replace) controller.abort(byUser())
    if (others.length > 0) await this.#keepQueued(active)
    this.#next(agent.id)
    return record.id
  }

  list(filter: { agent?: string | undefined; active: boolean; limit: number }): Run[] {
    const records = [...this.#active.values()].map(({ log }) => log.record)
    if (!filter.active) records.push(...this.#ended.values())
    return records
      .filter(({ agent }) => filter.agent === undefined || agent === filter.agent)
      .sort((left, right) => right.startedAt - left.startedAt)
      .slice(0, filter.limit)
      .map(runOf)
  }

  /**
   * Tells of the events after `after` until the run has ended; then resolves with it.
   * @throws HearthError `not-found`, or the signal's reason.
   */
  async watch(id: string, after: number, signal: AbortSignal, emit: (event: RunEvent) => void): Promise<Run> {
    const active = this.#active.get(id)
    if (!active) {
      const record = this.#find(id)
      const { database } = this.#deps.platform
      for (const { event } of await database.list('journal', { from: [id, after + 1], to: [id, KEY_END] })) emit(event)
      return runOf(record)
    }
    const watching = active.log.watch(after, emit)
    try {
      await abortable(active.settled, signal)
    } finally {
      watching[Symbol.dispose]()
    }
    return runOf(active.log.record)
  }

  /** Stops a run and resolves with it as it ended. One that has ended stays as it is. */
  async cancel(id: string, reason: HearthError = byUser()): Promise<Run> {
    const active = this.#active.get(id)
    if (!active) return runOf(this.#find(id))
    this.#stop(active, reason)
    await active.settled
    return runOf(active.log.record)
  }

  async cancelAll(agent: string): Promise<void> {
    await Promise.all(this.#of(agent).map(({ log }) => this.cancel(log.record.id)))
  }

  stopAll(): number {
    const all = [...this.#active.values()]
    for (const active of all) this.#stop(active, byUser())
    return all.length
  }

  /** Stops driving without ending anything, and waits until nothing more is written. */
  async suspend(): Promise<void> {
    this.#suspended = true
    const all = [...this.#active.values()]
    for (const active of all) {
      active.controller.abort(SUSPENDED)
      if (!active.driven) active.settle()
    }
    await Promise.all(all.map(({ settled }) => settled))
  }

  #add(log: RunLog): Active {
    // Not Promise.withResolvers: Node 20 has none.
    let settle!: () => void
    const settled = new Promise<void>((resolve) => (settle = resolve))
    const active = { log, controller: new AbortController(), settled, settle, driven: false }
    this.#active.set(log.record.id, active)
    if (log.record.call !== undefined) this.#calls.set(log.record.call, log.record.id)
    return active
  }

  async #keepQueued(active: Active): Promise<void> {
    try {
      await active.log.append({ events: () => [], durability: 'strict' })
    } catch (error) {
      this.#forget(active)
      throw error
    }
    this.#deps.events.publish({ type: 'run', run: runOf(active.log.record) })
  }

  #of(agent: string): Active[] {
    return [...this.#active.values()].filter(({ log }) => log.record.agent === agent)
  }

  #find(id: string): RunRecord {
    const record = this.#ended.get(id)
    if (record) return record
    const message = `That run is not among the last ${RUNS_KEPT}. List the runs to see those.`
    throw new HearthError('not-found', message, { kind: 'run', id })
  }

  #stop(active: Active, reason: HearthError): void {
    active.controller.abort(reason)
    // One that waits has nobody to notice; driving it ends it.
    if (!active.driven) void this.#drive(active)
  }

  /** Drives the agent's oldest run unless one is under way. */
  #next(agent: string): void {
    if (this.#suspended) return
    const all = this.#of(agent)
    const [oldest] = all
    if (oldest && !all.some(({ driven }) => driven)) void this.#drive(oldest)
  }

  async #drive(active: Active): Promise<void> {
    active.driven = true
    const endWrites = (record: RunRecord, events: readonly RunEvent[]): Promise<Mutation[]> =>
      this.#endWrites(record, events)
    await driveRun({ ...this.#deps, endWrites }, active.log, active.controller.signal)
    if (!this.#suspended || hasEnded(active.log.record)) this.#forget(active)
    active.settle()
    this.#next(active.log.record.agent)
  }

  #forget({ log: { record }, settle }: Active): void {
    this.#active.delete(record.id)
    if (record.call !== undefined) this.#calls.delete(record.call)
    if (!hasEnded(record)) return void settle()
    this.#ended.set(record.id, record)
    while (this.#ended.size > RUNS_KEPT) {
      const oldest = this.#ended.keys().next().value
      if (oldest === undefined) break
      this.#ended.delete(oldest)
    }
  }

  /** The call's settlement, the journal without what turns repeat, and without the runs that are too old to list. */
  async #endWrites(record: RunRecord, events: readonly RunEvent[]): Promise<Mutation[]> {
    const writes: Mutation[] = []
    if (record.call !== undefined) {
      const call = await this.#deps.platform.database.get('calls', record.call)
      if (call?.state === 'intent') {
        const value = { ...call, state: 'done', run: record.id, result: runOf(record) } as const
        writes.push({ op: 'put', store: 'calls', value })
      }
    }
    for (const { from, to } of textRanges(events)) {
      writes.push({ op: 'delete-range', store: 'journal', from: [record.id, from], to: [record.id, to] })
    }
    const excess = this.#ended.size + 1 - RUNS_KEPT
    for (const id of [...this.#ended.keys()].slice(0, Math.max(0, excess))) {
      writes.push({ op: 'delete', store: 'runs', key: id })
      writes.push({ op: 'delete-range', store: 'journal', from: [id, 0], to: [id, KEY_END] })
    }
    return writes
  }
}

const hasEnded = ({ state }: RunRecord): boolean => state === 'done' || state === 'failed' || state === 'cancelled'

/** Runs of consecutive events that only repeat what a turn holds. */
function textRanges(events: readonly RunEvent[]): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = []
  for (const { type, seq } of events) {
    if (type !== 'text' && type !== 'paused' && type !== 'resumed') continue
    const last = ranges.at(-1)
    if (last?.to === seq - 1) last.to = seq
    else ranges.push({ from: seq, to: seq })
  }
  return ranges
}

function byUser(): HearthError {
  return new HearthError('cancelled', 'The run was stopped. What was written so far is kept.', { by: 'user' })
}

function abortable(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) return void abort()
    signal.addEventListener('abort', abort, { once: true })
    void work.then(resolve).finally(() => signal.removeEventListener('abort', abort))
  })
}
