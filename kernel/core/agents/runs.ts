/**
 * All runs: those under way, those that wait for an earlier one of the same agent, and the last RUNS_KEPT that ended.
 * An agent does one run at a time, since a conversation has one order; a second question waits until the first is
 * answered, as a person would expect of anybody they talk to.
 */
import {
  HearthError,
  type Principal,
  type Run,
  type RunEvent,
  type SyscallArgs,
  type WireError,
} from '../../abi/index.ts'
import { RUNS_KEPT, RUNS_WAITING, TITLE_UNITS } from '../param.ts'
import { KEY_END, type RunRecord } from '../storage/records.ts'
import { cutText } from '../tools/result.ts'
import { endWrites } from './end-writes.ts'
import { driveRun, saveEnd, SUSPENDED, type EarlyEnd, type RunDeps } from './run.ts'
import { decideCall, renice, setPaused, type Niceness } from './run-commands.ts'
import { lowerClass, RunControl, type PauseSwitch, type RunControlDeps } from './run-control.ts'
import { hasEnded, RunLog, runOf } from './run-log.ts'
import { UnsavedEnds } from './unsaved-ends.ts'

type AgentRun = Omit<SyscallArgs<'agent.run'>, 'agent' | 'text'>

export interface StartRequest extends AgentRun {
  /** Id of the call to settle when the run ends; none for a run that another one asks for. */
  call?: string
  agent: string
  text: string
  /** The run whose tool call asks, and that call. */
  parent?: { run: string; call: string }
  principal: Principal
  /** For a person: who asks. */
  askedBy: string
}

/** A run that has not ended. */
export interface Active {
  readonly log: RunLog
  readonly control: RunControl
  readonly controller: AbortController
  /** Resolves when it has ended or was suspended. */
  readonly settled: Promise<void>
  readonly settle: () => void
  /** Whether `driveRun` has it; otherwise it waits. */
  driven: boolean
}

export interface RunsDeps extends Omit<RunDeps, 'endWrites' | 'beforeBegin'>, Pick<RunControlDeps, 'everything'> {
  readonly everything: PauseSwitch
}

export class Runs {
  readonly #deps: RunsDeps
  readonly #driving: RunDeps
  readonly #active = new Map<string, Active>()
  /** Ended runs, oldest first. */
  readonly #ended = new Map<string, RunRecord>()
  /** Calls whose run has not ended. */
  readonly #calls = new Map<string, string>()
  readonly #unsaved: UnsavedEnds
  readonly #switched: Disposable
  #suspended = false

  constructor(deps: RunsDeps) {
    this.#deps = deps
    this.#unsaved = new UnsavedEnds(deps.platform.clock)
    this.#driving = {
      ...deps,
      beforeBegin: (agent) => this.#unsaved.settle(agent),
      endWrites: (record, events) => endWrites(deps.platform.database, record, events, [...this.#ended.keys()]),
    }
    this.#switched = deps.everything.subscribe(() => {
      for (const { control } of this.#active.values()) control.refresh()
    })
  }

  /** Reads what earlier kernels left; drives nothing yet. */
  async load(): Promise<void> {
    const records = await this.#deps.platform.database.list('runs')
    records.sort(
      (left, right) =>
        Number(left.state === 'queued') - Number(right.state === 'queued') || left.startedAt - right.startedAt,
    )
    for (const record of records) {
      if (!hasEnded(record)) this.#add(await this.#logOf(record))
      else this.#ended.set(record.id, record)
      if (record.unsaved) this.#keepUnsaved(await this.#logOf(record), endOf(record))
    }
  }

  /** Goes on with every run that an earlier kernel left. */
  async recover(): Promise<void> {
    for (const { log, control } of this.#active.values()) {
      if (log.progress.phase !== 'active' || control.held) continue
      await log.append({ events: () => [{ type: 'resumed', from: 'where Hearth stopped' }], durability: 'relaxed' })
    }
    for (const agent of new Set([...this.#active.values()].map(({ log }) => log.record.agent))) this.#next(agent)
  }

  /** Id of the run that a call started and that has not ended. */
  runOfCall(call: string): string | undefined {
    return this.#calls.get(call)
  }

  /** All runs of this agent that have not ended, oldest first: each waits for those before it. */
  of(agent: string): Active[] {
    return [...this.#active.values()].filter(({ log }) => log.record.agent === agent)
  }

  /** A run that has not ended. */
  active(id: string): Active | undefined {
    return this.#active.get(id)
  }

  /** The run that answers this tool call of another run, also when it has ended. */
  answering(parent: { run: string; call: string }): RunRecord | undefined {
    const asks = (record: RunRecord): boolean => record.parent === parent.run && record.parentCall === parent.call
    for (const { log } of this.#active.values()) if (asks(log.record)) return log.record
    return [...this.#ended.values()].find(asks)
  }

  /** True while the kernel closes: what stops then goes on with the next one. */
  get suspended(): boolean {
    return this.#suspended
  }

  /** Starts a run, or queues it behind the agent's others. Resolves once a later kernel would know of it. */
  async start(request: StartRequest): Promise<string> {
    const agent = this.#deps.agent(request.agent)
    const others = this.of(agent.id)
    if (others.length > RUNS_WAITING) {
      const message = `${agent.name} already has ${RUNS_WAITING} questions waiting. Wait for an answer and ask again.`
      throw new HearthError('over-limit', message, {
        limit: 'runs per agent',
        maximum: RUNS_WAITING,
        retryAfterMs: null,
      })
    }
    const active = this.#add(new RunLog(this.#deps.platform, this.#recordOf(request, others.length > 0)))
    // What is about to be replaced need not be finished first.
    const { replace } = request
    if (replace !== undefined)
      for (const { log, controller } of others) if (log.record.turn === replace) controller.abort(byUser())
    if (others.length > 0 || active.control.held) await this.#keepQueued(active)
    this.#next(agent.id)
    return active.log.record.id
  }

  #recordOf(request: StartRequest, queued: boolean): RunRecord {
    const { random, clock } = this.#deps.platform
    const { text, replace, call, parent, budget } = request
    const agent = this.#deps.agent(request.agent)
    const from = parent && this.#active.get(parent.run)?.control.attributes
    const deadline = request.deadline ?? from?.deadline ?? undefined
    const served = request.class ?? from?.class ?? agent.class
    return {
      id: random.id('run'),
      agent: agent.id,
      agentName: agent.name,
      state: 'queued',
      ...(queued ? { waitingFor: 'the answer before it' } : {}),
      askedBy: request.askedBy,
      model: agent.model,
      startedAt: clock.now(),
      round: 0,
      completionTokens: 0,
      title: cutText(text.trim().split('\n')[0] ?? '', TITLE_UNITS),
      class: from ? lowerClass(served, from.class) : served,
      weight: request.weight ?? from?.weight ?? agent.weight,
      ...(deadline === undefined ? {} : { deadline }),
      spent: { tokens: 0, seconds: 0, calls: 0 },
      ...(parent ? { parent: parent.run, parentCall: parent.call } : {}),
      ...(call === undefined ? {} : { call }),
      ...(budget ? { budget } : {}),
      principal: request.principal,
      turn: random.id('turn'),
      request: { text, ...(replace === undefined ? {} : { replace }) },
    }
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

  /** Pauses or resumes a run; those it asks for follow. One that has ended, or is so already, stays as it is. */
  pause(id: string, paused: boolean): Promise<Run> {
    return this.#change(id, async ({ log }) => {
      if ((log.record.paused ?? false) !== paused) await setPaused(log, paused)
    })
  }

  /** Changes how a run is scheduled, and those that it asks for with it. */
  async renice(id: string, niceness: Niceness): Promise<Run> {
    const run = await this.#change(id, ({ log }) => renice(log, niceness))
    for (const child of this.#children(id)) await this.renice(child.log.record.id, niceness)
    return run
  }

  /** @throws HearthError `conflict` when there is nothing to decide. */
  decide(args: SyscallArgs<'run.decide'>): Promise<Run> {
    return this.#change(args.run, ({ log }) => decideCall(log, args))
  }

  /** To be called when an agent was paused or resumed. */
  agentChanged(agent: string): void {
    for (const { log } of this.of(agent)) this.#refresh(log.record.id)
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
    await Promise.all(this.of(agent).map(({ log }) => this.cancel(log.record.id)))
  }

  stopAll(): number {
    const all = [...this.#active.values()]
    for (const active of all) this.#stop(active, byUser())
    return all.length
  }

  /** Stops driving without ending anything, and waits until nothing more is written. */
  async suspend(): Promise<void> {
    this.#suspended = true
    this.#switched[Symbol.dispose]()
    this.#unsaved[Symbol.dispose]()
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
    const { everything, events } = this.#deps
    const deps: RunControlDeps = {
      ...{ everything, events },
      agent: (id) => this.#deps.findAgent(id),
      control: (run) => this.#active.get(run)?.control,
    }
    const active = { log, control: new RunControl(deps, log), controller: new AbortController() }
    const whole: Active = { ...active, settled, settle, driven: false }
    this.#active.set(log.record.id, whole)
    if (log.record.call !== undefined) this.#calls.set(log.record.call, log.record.id)
    return whole
  }

  async #logOf(record: RunRecord): Promise<RunLog> {
    const { platform } = this.#deps
    const journal = await platform.database.list('journal', { from: [record.id, 0], to: [record.id, KEY_END] })
    const events = journal.map(({ event }) => event)
    return new RunLog(platform, record, events)
  }

  /** One that cannot begin at once is told of, so that it can be stopped and paused. */
  async #keepQueued(active: Active): Promise<void> {
    try {
      await active.log.append({ events: (record) => [{ type: 'queued', run: runOf(record) }], durability: 'strict' })
    } catch (error) {
      this.#forget(active)
      throw error
    }
    active.control.publish()
  }

  async #change(id: string, change: (active: Active) => Promise<void>): Promise<Run> {
    const active = this.#active.get(id)
    if (!active) return runOf(this.#find(id))
    await change(active)
    this.#refresh(id)
    return runOf(active.log.record)
  }

  /** Has the run look at what holds it, and those that it asked for. */
  #refresh(id: string): void {
    this.#active.get(id)?.control.refresh()
    for (const { log } of this.#children(id)) this.#refresh(log.record.id)
  }

  #children(id: string): Active[] {
    return [...this.#active.values()].filter(({ log }) => log.record.parent === id)
  }

  #find(id: string): RunRecord {
    const record = this.#ended.get(id)
    if (record) return record
    const message = `That run is not among the last ${RUNS_KEPT}. List the runs to see those.`
    throw new HearthError('not-found', message, { kind: 'run', id })
  }

  #stop(active: Active, reason: HearthError): void {
    active.controller.abort(reason)
    for (const child of this.#children(active.log.record.id)) this.#stop(child, reason)
    // One that waits has nobody to notice; driving it ends it.
    if (!active.driven) void this.#drive(active)
  }

  /** Drives the agent's oldest run unless one is under way. */
  #next(agent: string): void {
    if (this.#suspended) return
    const all = this.of(agent)
    const [oldest] = all
    if (oldest && !all.some(({ driven }) => driven)) void this.#drive(oldest)
  }

  async #drive(active: Active): Promise<void> {
    active.driven = true
    const { log, control, controller } = active
    const early = await driveRun(this.#driving, { log, control, signal: controller.signal })
    if (early) this.#keepUnsaved(log, early)
    if (!this.#suspended || hasEnded(log.record)) this.#forget(active)
    active.settle()
    this.#next(log.record.agent)
  }

  #keepUnsaved(log: RunLog, early: EarlyEnd): void {
    const { id, agent } = log.record
    this.#unsaved.add(id, agent, async () => {
      await saveEnd(this.#driving, log, early)
      if (this.#ended.has(id)) this.#ended.set(id, log.record)
    })
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
}

/** How a run ended of which that is all that could be stored. */
function endOf({ state, error }: RunRecord): EarlyEnd {
  if (state === 'cancelled') return { state, error: null }
  const { code, message } = error ?? { code: 'storage-failed', message: 'How it failed could not be stored.' }
  return { state: 'failed', error: HearthError.fromWire({ code, message, data: {} } as unknown as WireError) }
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
