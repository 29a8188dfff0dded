/** The agents there are, and the tools they can be given. */
import type { Agent, AgentChanges, AgentOptions, Hearth, ToolInfo } from '../../../sdk/index.ts'

/** What the first agent is given. Short, because the starter model was trained with short roles. */
export const firstAgent: AgentOptions = {
  name: 'Hearth',
  instructions: 'You are a private assistant.',
  tools: ['calculate', 'remember', 'recall', 'current_time', 'run_javascript'],
}

export class AgentsState {
  list = $state.raw<readonly Agent[]>([])
  tools = $state.raw<readonly ToolInfo[]>([])
  loaded = $state(false)
  readonly #hearth: Hearth
  readonly #stops: (() => void)[]

  constructor(hearth: Hearth) {
    this.#hearth = hearth
    this.#stops = [hearth.on('agents', () => void this.refresh()), hearth.on('tools', () => void this.refreshTools())]
  }

  async refresh(): Promise<void> {
    const handles = await this.#hearth.agents.list()
    this.list = handles.map(({ settings }) => settings).sort((a, b) => a.createdAt - b.createdAt)
    this.loaded = true
  }

  async refreshTools(): Promise<void> {
    this.tools = await this.#hearth.tools.list()
  }

  get(id: string): Agent | undefined {
    return this.list.find((agent) => agent.id === id)
  }

  /** The first agent, made if there is none yet. */
  async first(): Promise<Agent> {
    await this.refresh()
    const [first] = this.list
    return first ?? (await this.create(firstAgent))
  }

  async create(options: AgentOptions): Promise<Agent> {
    const { settings } = await this.#hearth.agents.create(options)
    await this.refresh()
    return settings
  }

  async update(id: string, changes: AgentChanges): Promise<void> {
    await this.#hearth.call('agent.update', { agent: id, ...changes })
    await this.refresh()
  }

  /** Its runs wait, also those that are asked for later, until it is resumed. */
  async pause(id: string): Promise<void> {
    await this.#hearth.call('agent.pause', { agent: id })
    await this.refresh()
  }

  async resume(id: string): Promise<void> {
    await this.#hearth.call('agent.resume', { agent: id })
    await this.refresh()
  }

  async delete(id: string): Promise<void> {
    await this.#hearth.call('agent.delete', { agent: id })
    await this.refresh()
  }

  async clear(id: string): Promise<number> {
    return (await this.#hearth.call('agent.clear', { agent: id })).turns
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stops) stop()
  }
}
