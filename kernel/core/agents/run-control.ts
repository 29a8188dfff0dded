/**
 * How one run is scheduled, and whether a person holds it. It is what the scheduler knows of the run, it stands in its way
 * between two steps while it is held, and it alone says in which state lists show it. A run is held while it, its agent,
 * everything, or the run that asked it is paused. Nothing here is stored: the records are, and whoever changed one calls
 * `refresh`.
 */
import type { Agent, RunState } from '../../abi/index.ts'
import type { KernelEvents } from '../events.ts'
import type { Schedulable, SchedulingAttributes } from '../scheduler/schedulable.ts'
import type { RunLog } from './run-log.ts'
import { hasEnded, inState, lowerClass, runOf } from './run-record.ts'

/** Whether a person has paused everything. */
export interface PauseSwitch {
  readonly on: boolean
  /** Calls `listener` when `on` changed, until disposed of. */
  subscribe(listener: () => void): Disposable
}

export interface RunControlDeps {
  readonly events: KernelEvents
  readonly everything: PauseSwitch
  /** The agent's record; undefined once it is deleted. */
  agent(id: string): Agent | undefined
  /** Of a run that has not ended. */
  control(run: string): RunControl | undefined
}

export class RunControl implements Schedulable {
  readonly #deps: RunControlDeps
  readonly #log: RunLog
  readonly #listeners = new Set<() => void>()
  #does: { state: RunState; waitingFor: string | undefined }

  constructor(deps: RunControlDeps, log: RunLog) {
    this.#deps = deps
    this.#log = log
    const { state, waitingFor } = log.record
    // What an earlier kernel showed as paused shows what it does once it goes on.
    this.#does = state === 'paused' ? { state: 'running', waitingFor: undefined } : { state, waitingFor }
    if (log.progress.phase === 'queued') this.#does.state = 'queued'
    this.#show()
  }

  get id(): string {
    return this.#log.record.id
  }
  get flow(): string {
    return this.#log.record.agent
  }
  get name(): string {
    return this.#log.record.agentName
  }
  get run(): string {
    return this.#log.record.id
  }
  get agent(): string {
    return this.#log.record.agent
  }

  /** Never of a higher class than the run that asked it. */
  get attributes(): SchedulingAttributes {
    const { class: own, weight, deadline } = this.#log.record
    const parent = this.#parent?.attributes.class
    return { class: parent === undefined ? own : lowerClass(own, parent), weight, deadline: deadline ?? null }
  }

  get held(): boolean {
    return this.#hold() !== undefined
  }

  subscribe(listener: () => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  /** Says what the run does; lists show it, or that it is paused while it is held. */
  show(state: RunState, waitingFor?: string): void {
    this.#does = { state, waitingFor }
    this.#show()
    this.publish()
  }

  /** Tells lists what the record says now. */
  publish(): void {
    this.#deps.events.publish({ type: 'run', run: runOf(this.#log.record) })
  }

  /** To be called when its record, its agent, its parent or the switch for everything may have changed. */
  refresh(): void {
    this.#show()
    this.publish()
    for (const listener of [...this.#listeners]) listener()
  }

  /** Returns at once unless the run is held; then tells watchers, and waits until it no longer is. @throws the signal's reason. */
  async pass(signal: AbortSignal): Promise<void> {
    const hold = this.#hold()
    if (!hold) return
    if (this.#log.progress.pausedBy !== 'user') {
      await this.#log.append({
        events: () => [{ type: 'paused', reason: hold.reason, by: 'user' }],
        durability: 'relaxed',
      })
    }
    await this.until(() => !this.held, signal)
    await this.#log.append({
      events: () => [{ type: 'resumed', from: 'where it was paused' }],
      durability: 'relaxed',
    })
  }

  /** Waits until `condition` holds; looks at once and with every `refresh`. @throws the signal's reason. */
  until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (act: () => void): void => {
        subscription[Symbol.dispose]()
        signal.removeEventListener('abort', abort)
        act()
      }
      const abort = (): void => done(() => reject(signal.reason))
      const look = (): void => {
        if (condition()) done(resolve)
      }
      const subscription = this.subscribe(look)
      signal.addEventListener('abort', abort, { once: true })
      if (signal.aborted) abort()
      else look()
    })
  }

  /** Aborts as soon as the run is held. Dispose of it. */
  whenHeld(): Disposable & { readonly signal: AbortSignal } {
    const controller = new AbortController()
    const look = (): void => {
      if (this.held) controller.abort()
    }
    const subscription = this.subscribe(look)
    look()
    return { signal: controller.signal, [Symbol.dispose]: () => subscription[Symbol.dispose]() }
  }

  get #parent(): RunControl | undefined {
    const { parent } = this.#log.record
    return parent === undefined ? undefined : this.#deps.control(parent)
  }

  /** Why it is held, and what it waits for then, for a person; undefined while it is not. */
  #hold(): { reason: string; until: string } | undefined {
    const { record } = this.#log
    if (record.paused) return { reason: 'You paused it.', until: 'you to resume it' }
    if (this.#deps.agent(record.agent)?.paused) {
      return { reason: `You paused ${record.agentName}.`, until: `you to resume ${record.agentName}` }
    }
    if (this.#deps.everything.on) return { reason: 'You paused everything.', until: 'you to resume everything' }
    if (this.#parent?.held) {
      return { reason: 'The run that asked it is paused.', until: 'you to resume the run that asked it' }
    }
    return undefined
  }

  #show(): void {
    const { record } = this.#log
    if (hasEnded(record)) return
    const { state, waitingFor } = this.#does
    const hold = this.#hold()
    this.#log.record = hold ? inState(record, 'paused', hold.until) : inState(record, state, waitingFor)
  }
}
