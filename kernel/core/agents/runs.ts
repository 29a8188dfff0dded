/**
 * All runs: those under way, those that wait for an earlier one of the same agent, and the last RUNS_KEPT that ended.
 * An agent does one run at a time, since a conversation has one order; a second question waits until the first is
 * answered, as a person would expect of anybody they talk to.
 */
import { HearthError, type Agent, type Run, type RunEvent, type SyscallArgs } from '../../abi/index.ts'
import type { Budgets } from '../governance/budgets.ts'
import { RUNS_KEPT, RUNS_WAITING } from '../param.ts'
import { KEY_END, type RunRecord } from '../storage/records.ts'
import { noSuchAgent } from './agent-store.ts'
import { ActiveRuns, type ActiveRun } from './active-runs.ts'
import { endWrites, settledAs } from './end-writes.ts'
import { driveRun, SUSPENDED, type RunDeps } from './run.ts'
import { decideCall, renice, setPaused, type Niceness } from './run-commands.ts'
import { RunControl, type PauseSwitch, type RunControlDeps } from './run-control.ts'
import { saveEnd } from './run-end.ts'
import { RunLog } from './run-log.ts'
import { RunMeter } from './run-meter.ts'
import { earlyEndOf, hasEnded, newRun, runOf, unsavedRecord, type EarlyEnd, type StartRequest } from './run-record.ts'
import { UnsavedEnds } from './unsaved-ends.ts'

export interface RunsDeps extends Omit<RunDeps, 'endWrites' | 'beforeBegin'>, Pick<RunControlDeps, 'everything'> {
  readonly everything: PauseSwitch
  readonly budgets: Pick<Budgets, 'open'>
  /** Undefined once it is deleted. */
  findAgent(id: string): Agent | undefined
}

export class Runs {
  readonly #deps: RunsDeps
  readonly #driving: RunDeps
  readonly active = new ActiveRuns()
  /** Ended runs, oldest first. */
  readonly #ended = new Map<string, RunRecord>()
  readonly #unsaved: UnsavedEnds
  readonly #switched: Disposable
  /** One for each deletion of an agent that is under way. */
  readonly #leaving = new Set<{ agent: string }>()
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
      for (const { control } of this.active.all()) control.refresh()
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
      const told = hasEnded(record) ? null : await settledAs(this.#deps.platform.database, record)
      if (told) this.#keepUnsaved(await this.#logOf(unsavedRecord(record, told, this.#deps.platform.clock.now())), told)
      else if (record.unsaved) this.#keepUnsaved(await this.#logOf(record), earlyEndOf(record))
      else if (hasEnded(record)) this.#ended.set(record.id, record)
      else this.#add(await this.#logOf(record))
    }
  }

  /** Goes on with every run that an earlier kernel left. */
  async recover(): Promise<void> {
    await this.#unsaved.settleAll()
    for (const { log, control, controller } of this.active.all()) {
      const { parent } = log.record
      // Nobody waits for an answer to a run that has ended.
      if (parent !== undefined && !this.active.get(parent)) controller.abort(byUser())
      if (log.progress.phase !== 'active' || control.held) continue
      await log.append({ events: () => [{ type: 'resumed', from: 'where Hearth stopped' }], durability: 'relaxed' })
    }
    for (const agent of new Set(this.active.all().map(({ log }) => log.record.agent))) this.#next(agent)
  }

  /** Lets no run of an agent that is being deleted begin, until what this returns is called. */
  leave(agent: string): () => void {
    const leaving = { agent }
    this.#leaving.add(leaving)
    return () => void this.#leaving.delete(leaving)
  }

  isLeaving(agent: string): boolean {
    return [...this.#leaving].some((leaving) => leaving.agent === agent)
  }

  /** Ended runs of one agent. Those whose end was not stored yet are tried once more first, so that nothing of them comes later. */
  async endedOf(agent: string): Promise<RunRecord[]> {
    await this.#unsaved.settle(agent).catch(() => undefined)
    return [...this.#ended.values()].filter((record) => record.agent === agent)
  }

  /** To be called when runs that had ended are no longer stored. */
  drop(records: readonly RunRecord[]): void {
    for (const { id } of records) {
      this.#unsaved.drop(id)
      this.#ended.delete(id)
    }
  }

  /** The run that answers this tool call of another run, also when it has ended. */
  answering(parent: { run: string; call: string }): RunRecord | undefined {
    const asks = (record: RunRecord): boolean => record.parent === parent.run && record.parentCall === parent.call
    const child = this.active.children(parent.run).find(({ log }) => asks(log.record))
    return child?.log.record ?? [...this.#ended.values()].find(asks)
  }

  /** True while the kernel closes: what stops then goes on with the next one. */
  get suspended(): boolean {
    return this.#suspended
  }

  /** Starts a run, or queues it behind the agent's others. Resolves once a later kernel would know of it. */
  async start(request: StartRequest): Promise<string> {
    const agent = this.#deps.agent(request.agent)
    if (this.isLeaving(agent.id)) throw noSuchAgent(agent.id)
    const others = this.active.of(agent.id)
    if (others.length > RUNS_WAITING) {
      const message = `${agent.name} already has ${RUNS_WAITING} questions waiting. Wait for an answer and ask again.`
      throw new HearthError('over-limit', message, {
        limit: 'runs per agent',
        maximum: RUNS_WAITING,
        retryAfterMs: null,
      })
    }
    const asker = request.parent && this.active.get(request.parent.run)?.control.attributes
    const record = newRun(this.#deps.platform, request, { agent, asker, queued: others.length > 0 })
    const active = this.#add(new RunLog(this.#deps.platform, record))
    // What is about to be replaced need not be finished first.
    const { replace } = request
    if (replace !== undefined)
      for (const { log, controller } of others) if (log.record.turn === replace) controller.abort(byUser())
    if (others.length > 0 || active.control.held) await this.#keepQueued(active)
    this.#next(agent.id)
    return active.log.record.id
  }

  list(filter: { agent?: string | undefined; active: boolean; limit: number }): Run[] {
    const records = this.active.all().map(({ log }) => log.record)
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
    const active = this.active.get(id)
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
    for (const child of this.active.children(id)) await this.renice(child.log.record.id, niceness)
    return run
  }

  /** @throws HearthError `conflict` when there is nothing to decide. */
  decide(args: SyscallArgs<'run.decide'>): Promise<Run> {
    return this.#change(args.run, ({ log }) => decideCall(log, args))
  }

  /** To be called when an agent was paused or resumed. */
  agentChanged(agent: string): void {
    for (const { log } of this.active.of(agent)) this.#refresh(log.record.id)
  }

  /** Stops a run and resolves with it as it ended. One that has ended stays as it is. */
  async cancel(id: string, reason: HearthError = byUser()): Promise<Run> {
    const active = this.active.get(id)
    if (!active) return runOf(this.#find(id))
    const stopped = this.#stop(active, reason)
    await Promise.all(stopped.map(({ settled }) => settled))
    return runOf(active.log.record)
  }

  async cancelAll(agent: string): Promise<void> {
    await Promise.all(this.active.of(agent).map(({ log }) => this.cancel(log.record.id)))
  }

  stopAll(): number {
    const all = this.active.all()
    for (const active of all) this.#stop(active, byUser())
    return all.length
  }

  /** Stops driving without ending anything, and waits until nothing more is written. */
  async suspend(): Promise<void> {
    this.#suspended = true
    this.#switched[Symbol.dispose]()
    this.#unsaved[Symbol.dispose]()
    const all = this.active.all()
    for (const active of all) {
      active.controller.abort(SUSPENDED)
      if (!active.driven) active.settle()
    }
    await Promise.all(all.map(({ settled }) => settled))
  }

  #add(log: RunLog): ActiveRun {
    // Not Promise.withResolvers: Node 20 has none.
    let settle!: () => void
    const settled = new Promise<void>((resolve) => (settle = resolve))
    const { everything, events } = this.#deps
    const deps: RunControlDeps = {
      ...{ everything, events },
      agent: (id) => this.#deps.findAgent(id),
      control: (run) => this.active.get(run)?.control,
    }
    const active = { log, control: new RunControl(deps, log), controller: new AbortController() }
    const whole: ActiveRun = { ...active, settled, settle, driven: false }
    this.active.add(whole)
    return whole
  }

  async #logOf(record: RunRecord): Promise<RunLog> {
    const { platform } = this.#deps
    const journal = await platform.database.list('journal', { from: [record.id, 0], to: [record.id, KEY_END] })
    const events = journal.map(({ event }) => event)
    return new RunLog(platform, record, events)
  }

  /** One that cannot begin at once is told of, so that it can be stopped and paused. */
  async #keepQueued(active: ActiveRun): Promise<void> {
    try {
      await active.log.append({ events: (record) => [{ type: 'queued', run: runOf(record) }], durability: 'strict' })
    } catch (error) {
      this.#forget(active)
      throw error
    }
    active.control.publish()
  }

  async #change(id: string, change: (active: ActiveRun) => Promise<void>): Promise<Run> {
    const active = this.active.get(id)
    if (!active) return runOf(this.#find(id))
    await change(active)
    this.#refresh(id)
    return runOf(active.log.record)
  }

  /** Has the run look at what holds it, and those that it asked for. */
  #refresh(id: string): void {
    this.active.get(id)?.control.refresh()
    for (const { log } of this.active.children(id)) this.#refresh(log.record.id)
  }

  #find(id: string): RunRecord {
    const record = this.#ended.get(id)
    if (record) return record
    const message = `That run is not among the last ${RUNS_KEPT}. List the runs to see those.`
    throw new HearthError('not-found', message, { kind: 'run', id })
  }

  /** Stops it and all that it asked for; returns these. */
  #stop(active: ActiveRun, reason: HearthError): ActiveRun[] {
    const children = this.active.children(active.log.record.id)
    active.controller.abort(reason)
    // One that waits has nobody to notice; driving it ends it.
    if (!active.driven) void this.#drive(active)
    return [active, ...children.flatMap((child) => this.#stop(child, reason))]
  }

  /** Drives the agent's oldest run unless one is under way. */
  #next(agent: string): void {
    if (this.#suspended) return
    const all = this.active.of(agent)
    const [oldest] = all
    if (oldest && !all.some(({ driven }) => driven)) void this.#drive(oldest)
  }

  async #drive(active: ActiveRun): Promise<void> {
    active.driven = true
    const { log, control, controller } = active
    const meter = this.#meter(log)
    const early = await driveRun(this.#driving, { log, control, meter, signal: controller.signal })
    if (early) this.#keepUnsaved(log, early, meter)
    if (!this.#suspended || hasEnded(log.record)) this.#forget(active)
    active.settle()
    this.#next(log.record.agent)
  }

  #meter({ record }: RunLog): RunMeter {
    const { budgets, platform } = this.#deps
    // Its account has to be there for this one to draw on.
    const parent = record.parent === undefined ? undefined : this.active.get(record.parent)
    if (parent) this.#meter(parent.log)
    const gone = { id: record.agent, name: record.agentName, budget: null, limits: {} }
    const { id: run, budget } = record
    const account = budgets.open({
      run,
      agent: () => this.#deps.findAgent(record.agent) ?? gone,
      budget,
      parent: record.parent,
    })
    return new RunMeter(account, platform.clock)
  }

  #keepUnsaved(log: RunLog, early: EarlyEnd, meter = this.#meter(log)): void {
    const { id, agent } = log.record
    this.#ended.set(id, log.record)
    this.#unsaved.add(id, agent, async () => {
      await saveEnd(this.#driving, { log, meter }, early)
      this.#ended.set(id, log.record)
    })
  }

  #forget(active: ActiveRun): void {
    this.active.delete(active)
    const { settle } = active
    const { record } = active.log
    if (!hasEnded(record)) return void settle()
    this.#ended.set(record.id, record)
    while (this.#ended.size > RUNS_KEPT) {
      const oldest = this.#ended.keys().next().value
      if (oldest === undefined) break
      this.#ended.delete(oldest)
    }
  }
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
