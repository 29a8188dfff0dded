/** What a person does to work that goes on: pause, resume, reorder, stop, decide. Each failure is told at the edge. */
import { plural } from '../parts/format.ts'
import type { Agent, SchedulingPolicy } from '../../../sdk/index.ts'
import type { AgentsState } from './agents.svelte.ts'
import type { KernelState } from './kernel-state.svelte.ts'
import type { Notices } from './notices.svelte.ts'
import type { Decision, Priority, RunsState } from './runs.svelte.ts'

/** A run as far as it takes to act on it and to name it. */
export interface Target extends Priority {
  readonly run: string
  readonly name: string
}

interface ControlDeps {
  readonly runs: RunsState
  readonly agents: AgentsState
  readonly kernel: KernelState
  readonly notices: Notices
}

export class Control {
  /** Runs that are to be stopped, which has to be confirmed. */
  stopping = $state.raw<readonly Target[]>([])
  /** Runs whose class and share are being chosen. */
  renicing = $state.raw<readonly Target[]>([])
  readonly #deps: ControlDeps

  constructor(deps: ControlDeps) {
    this.#deps = deps
  }

  /** Pauses everything of every tab, or lets it go on. */
  async hold(paused: boolean): Promise<void> {
    await this.#try([this.#deps.kernel.hold(paused)])
  }

  async schedule(policy: SchedulingPolicy): Promise<void> {
    await this.#try([this.#deps.kernel.schedule(policy)])
  }

  async holdAgent({ id, name, paused }: Agent): Promise<void> {
    const { agents, notices } = this.#deps
    await this.#try([paused ? agents.resume(id) : agents.pause(id)])
    if (!paused && agents.get(id)?.paused) {
      notices.tell(`${name} is paused, and stays so until you resume it.`, {
        action: { label: 'Resume', run: () => void this.#try([agents.resume(id)]) },
      })
    }
  }

  async pause(targets: readonly Target[]): Promise<void> {
    await this.#try(targets.map(({ run }) => this.#deps.runs.pause(run)))
  }

  /** A run of an agent that is paused, or while everything is, stays so: that is said, with what lets it go. */
  async resume(targets: readonly Target[]): Promise<void> {
    const { runs, agents, kernel, notices } = this.#deps
    const resumed = await this.#try(targets.map(({ run }) => runs.resume(run)))
    const stuck = resumed.find(({ state }) => state === 'paused')
    const agent = stuck && agents.get(stuck.agent)
    if (kernel.stats.paused) {
      notices.tell('Everything is paused.', { action: { label: 'Resume all', run: () => void this.hold(false) } })
    } else if (agent?.paused) {
      notices.tell(`${agent.name} is paused as a whole.`, {
        action: { label: `Resume ${agent.name}`, run: () => void this.holdAgent(agent) },
      })
    }
  }

  /** Lets a conversation go on, whatever holds it: its runs, its agent, or the pause of everything. */
  async letGo(agent: Agent): Promise<void> {
    const { runs, agents, kernel } = this.#deps
    const paused = runs.active.filter((run) => run.agent === agent.id && run.state === 'paused')
    if (kernel.stats.paused) await this.hold(false)
    if (agents.get(agent.id)?.paused) await this.#try([agents.resume(agent.id)])
    await this.#try(paused.map(({ id }) => runs.resume(id)))
  }

  /** Pauses what a conversation does now. */
  async pauseTalk(agent: Agent): Promise<void> {
    const { runs } = this.#deps
    await this.#try(runs.active.filter((run) => run.agent === agent.id).map(({ id }) => runs.pause(id)))
  }

  async stop(targets: readonly Target[]): Promise<void> {
    await this.#try(targets.map(({ run }) => this.#deps.runs.cancel(run)))
  }

  /** Can be undone: each run then gets back what it had. */
  async renice(targets: readonly Target[], priority: Partial<Priority>): Promise<void> {
    const { runs, notices } = this.#deps
    await this.#try(targets.map(({ run }) => runs.renice(run, priority)))
    const [only] = targets
    const who = targets.length === 1 && only ? only.name : plural(targets.length, 'run')
    const changes = [priority.class, priority.weight === undefined ? '' : `share ${priority.weight}`].filter(Boolean)
    const back = (): void => {
      const before = targets.map(({ run, class: its, weight }) => runs.renice(run, { class: its, weight }))
      void this.#try(before)
    }
    notices.tell(`${who}: now ${changes.join(', ')}`, { action: { label: 'Undo', run: back } })
  }

  async decide(run: string, call: string, decision: Decision): Promise<void> {
    await this.#try([this.#deps.runs.decide(run, call, decision)])
  }

  /** Gives what went well; of what did not, the first is told. */
  async #try<T>(work: readonly Promise<T>[]): Promise<T[]> {
    const { notices } = this.#deps
    const results = await Promise.allSettled(work)
    const failed = results.find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') notices.warn(failed.reason)
    return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  }
}
