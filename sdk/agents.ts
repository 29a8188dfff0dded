/** Agents: making them, talking to them, their conversations. */
import type { Agent, BudgetState, RunEvent, SyscallInput, SyscallResult } from '../kernel/abi/index.ts'
import type { Call } from './call.ts'
import { createRunStream } from './run-stream.ts'
import type { RunStream } from './run-stream.ts'
import { runControl } from './runs.ts'

/**
 * Only `name` is needed; everything else has a default. `class` (`normal`) and `weight` (1) say how its runs are scheduled
 * unless a run says otherwise, `limits` what one run may take, and `budget` what all of them may: of tokens, of seconds with
 * the model, of tool calls, in all or with `perDay` in each day.
 */
export type AgentOptions = SyscallInput<'agent.create'>

/** Fields to change; those left out stay. */
export type AgentChanges = Omit<SyscallInput<'agent.update'>, 'agent'>

/** Turns, oldest first; `more` is true when older ones remain. */
export type History = SyscallResult<'agent.history'>

/** How the run is scheduled, instead of as its agent is, and what it may take besides its agent's limits. */
type RunSchedule = Pick<SyscallInput<'agent.run'>, 'class' | 'weight' | 'deadline' | 'budget'>

/** How one run is made and scheduled. */
export interface RunOptions extends RunSchedule {
  /** Aborting stops the run; what was written stays in the conversation. */
  signal?: AbortSignal | undefined
  /** Id of a user's turn: it and all after it leave the conversation first. How a question is retried or edited. */
  replace?: string | undefined
  /** Called with each event, whether or not the stream is iterated. */
  onEvent?: ((event: RunEvent) => void) | undefined
}

/** One agent. The handle stays valid across kernel restarts; after `delete` its calls reject with `not-found`. */
export interface AgentHandle {
  readonly id: string
  readonly name: string
  /** The agent's record as last read or changed through this handle. */
  readonly settings: Readonly<Agent>
  /**
   * Says something to the agent and streams what happens. Starts at once, iterated or not. The run belongs to the kernel
   * and outlives this tab; leaving the loop early, or aborting, stops it.
   */
  run(text: string, options?: RunOptions): RunStream
  /** Lets all its runs wait, also those that are asked for later, until `resume`; across restarts too. */
  pause(): Promise<this>
  /** Lets its runs go on where they stopped, unless they or everything are paused as well. */
  resume(): Promise<this>
  /** How much of each of its limits, and of those of its runs under way, is left. */
  budget(): Promise<BudgetState[]>
  /** The conversation; `before` pages backwards by turn index, `limit` is 1 to 1000 (default 200). */
  history(options?: { before?: number; limit?: number; signal?: AbortSignal }): Promise<History>
  /** Empties the conversation. Returns how many turns went. */
  clear(): Promise<number>
  /** Changes the agent; a new model serves from the next round on. */
  update(changes: AgentChanges): Promise<this>
  /** Deletes the agent and its conversation; its runs are cancelled first. */
  delete(): Promise<void>
}

/** `hearth.agents`: agents of this origin, which every page sees. */
export interface Agents {
  /** @throws HearthError `bad-request` when a field does not fit, `over-limit` when there are too many agents. */
  create(options: AgentOptions): Promise<AgentHandle>
  /** All agents. */
  list(): Promise<AgentHandle[]>
  /** @throws HearthError `not-found`. */
  get(id: string): Promise<AgentHandle>
}

export function createAgents(call: Call): Agents {
  const handleOf = (agent: Agent): AgentHandle => new Handle(call, agent)
  return {
    create: async (options) => handleOf(await call('agent.create', options)),
    list: async () => (await call('agent.list', {})).agents.map(handleOf),
    get: async (id) => handleOf(await call('agent.get', { agent: id })),
  }
}

class Handle implements AgentHandle {
  readonly #call: Call
  #settings: Agent

  constructor(call: Call, settings: Agent) {
    this.#call = call
    this.#settings = settings
  }

  get id(): string {
    return this.#settings.id
  }

  get name(): string {
    return this.#settings.name
  }

  get settings(): Readonly<Agent> {
    return this.#settings
  }

  run(text: string, { signal, onEvent, ...options }: RunOptions = {}): RunStream {
    const args = { agent: this.id, text, ...options }
    const control = runControl(this.#call)
    return createRunStream((watching) => this.#call('agent.run', args, watching), { signal, onEvent, control })
  }

  async pause(): Promise<this> {
    this.#settings = await this.#call('agent.pause', { agent: this.id })
    return this
  }

  async resume(): Promise<this> {
    this.#settings = await this.#call('agent.resume', { agent: this.id })
    return this
  }

  async budget(): Promise<BudgetState[]> {
    return (await this.#call('agent.budget', { agent: this.id })).budgets
  }

  history({ signal, ...args }: { before?: number; limit?: number; signal?: AbortSignal } = {}): Promise<History> {
    return this.#call('agent.history', { agent: this.id, ...args }, { signal })
  }

  async clear(): Promise<number> {
    return (await this.#call('agent.clear', { agent: this.id })).turns
  }

  async update(changes: AgentChanges): Promise<this> {
    this.#settings = await this.#call('agent.update', { agent: this.id, ...changes })
    return this
  }

  async delete(): Promise<void> {
    await this.#call('agent.delete', { agent: this.id })
  }
}
