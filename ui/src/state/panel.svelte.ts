/**
 * Everything the panel knows, made once a client is connected. Components reach it through state/context.ts; nothing is
 * kept in modules.
 */
import { untrack } from 'svelte'
import type { Agent, Hearth } from '../../../sdk/index.ts'
import type { Command } from '../shell/command.ts'
import { Activity } from './activity.svelte.ts'
import { ArchiveState } from './archive.svelte.ts'
import { AgentsState } from './agents.svelte.ts'
import { Control } from './control.svelte.ts'
import { Conversation } from './conversation.svelte.ts'
import { Forgetting } from './forgetting.svelte.ts'
import { KernelState } from './kernel-state.svelte.ts'
import { ModelsState } from './models.svelte.ts'
import { Notices } from './notices.svelte.ts'
import { Route } from './route.svelte.ts'
import { RunsState } from './runs.svelte.ts'
import { SpaceLeft } from './space-left.svelte.ts'
import { Start } from './start.svelte.ts'
import { ThemeChoice } from './theme.svelte.ts'
import { Tidying } from './tidying.svelte.ts'
import { Transfers } from './transfers.svelte.ts'

/** What the agent dialog is open for: a new agent, or one that is being changed. */
export type AgentDialogSubject = { kind: 'new' } | { kind: 'edit'; agent: Agent; advanced?: boolean } | null

type Offer = () => readonly Command[]

export class Panel {
  readonly hearth: Hearth
  readonly route = new Route()
  readonly theme = new ThemeChoice()
  readonly notices = new Notices()
  readonly kernel: KernelState
  readonly models: ModelsState
  readonly agents: AgentsState
  readonly runs: RunsState
  readonly activity: Activity
  readonly control: Control
  readonly forgetting: Forgetting
  readonly tidying: Tidying
  readonly transfers: Transfers
  readonly archive: ArchiveState
  readonly spaceLeft: SpaceLeft
  readonly start: Start

  connection = $state<'connecting' | 'connected' | 'closed'>('connecting')
  epoch = $state(0)
  palette = $state(false)
  /** Rises each time that somebody wants to write into a room's search. */
  searches = $state(0)
  /** A file dropped into the window, for the form that adds models. */
  dropped = $state.raw<File | null>(null)
  agentDialog = $state.raw<AgentDialogSubject>(null)
  /** The agent whose deletion has to be confirmed. */
  deleting = $state.raw<Agent | null>(null)
  /** The agent whose conversation is to be emptied, which has to be confirmed. */
  clearing = $state.raw<Agent | null>(null)
  #offers = $state.raw<readonly Offer[]>([])
  #conversations: Conversation[] = []
  readonly #stops: (() => void)[]

  /** The agent in Talk: the one in the address, or else the first. */
  readonly agent = $derived.by(() => {
    const { detail, room } = this.route
    const named = room === 'talk' && detail !== null ? this.agents.get(detail) : undefined
    return named ?? this.agents.get(this.#lastAgent) ?? this.agents.list[0]
  })
  /** The model that answers in Talk now. */
  readonly model = $derived.by(() => {
    const own = this.agent?.model
    return own ? this.models.get(own) : this.models.current
  })
  #lastAgent = $state('')
  /** Why the kernel will be another one in a moment, when it said so. */
  #expected: 'erased' | 'imported' | null = null

  constructor(hearth: Hearth) {
    this.hearth = hearth
    this.connection = hearth.state
    this.epoch = hearth.epoch
    this.kernel = new KernelState(hearth)
    this.models = new ModelsState(hearth)
    this.agents = new AgentsState(hearth)
    this.runs = new RunsState(hearth)
    this.activity = new Activity(hearth)
    this.control = new Control(this)
    this.forgetting = new Forgetting(hearth, this.notices)
    this.tidying = new Tidying(hearth)
    this.transfers = new Transfers(hearth, this.notices)
    this.archive = new ArchiveState(hearth, this.notices)
    this.spaceLeft = new SpaceLeft(this.notices)
    this.start = new Start(this)
    this.#stops = [
      hearth.on('connection', ({ state, epoch }) => this.#reconnected(state, epoch)),
      hearth.on('notice', ({ level, code, message }) => {
        if (code === 'erased' || code === 'imported') this.#expected = code
        this.notices.tell(message, { level })
      }),
    ]
    void this.refresh()
  }

  /** Reads everything anew. */
  async refresh(): Promise<void> {
    const { agents, models, runs, kernel, activity } = this
    await Promise.allSettled([
      ...[agents.refresh(), agents.refreshTools(), models.refresh(), runs.refresh(), kernel.refresh()],
      activity.refresh(),
      ...this.#conversations.map((conversation) => conversation.refresh()),
    ])
  }

  /** The conversation with an agent, followed from the first time it is asked for. */
  conversation(agent: string): Conversation {
    const known = this.#find(agent)
    if (known) return known
    // In a root of its own: it outlives the room that asked for it first.
    let conversation!: Conversation
    const release = $effect.root(() => {
      conversation = new Conversation(this.hearth, agent)
    })
    this.#stops.push(release)
    this.#conversations.push(conversation)
    void conversation.refresh()
    return conversation
  }

  #find(agent: string): Conversation | undefined {
    return this.#conversations.find((conversation) => conversation.agent === agent)
  }

  talkTo(agent: string): void {
    this.#lastAgent = agent
    this.route.go('talk', agent)
  }

  async deleteAgent({ id, name }: Agent): Promise<void> {
    try {
      await this.agents.delete(id)
      this.#find(id)?.[Symbol.dispose]()
      this.#conversations = this.#conversations.filter(({ agent }) => agent !== id)
      this.notices.tell(`Deleted ${name}`)
    } catch (error) {
      this.notices.warn(error)
    }
  }

  async clearConversation({ id }: Agent): Promise<void> {
    try {
      await this.agents.clear(id)
      await this.#find(id)?.refresh()
    } catch (error) {
      this.notices.warn(error)
    }
  }

  /** Offers commands in the palette until the returned function is called: for the room that is open. */
  offer(commands: Offer): () => void {
    // Effects call this: what they offer must not depend on what others do.
    this.#offers = [...untrack(() => this.#offers), commands]
    return () => {
      this.#offers = this.#offers.filter((offer) => offer !== commands)
    }
  }

  /** What the room that is open adds to the palette. */
  here(): readonly Command[] {
    return this.#offers.flatMap((offer) => offer())
  }

  async stopAll(): Promise<void> {
    try {
      const count = await this.hearth.kernel.stop()
      this.notices.tell(count === 0 ? 'Nothing was running' : `Stopped ${count === 1 ? 'one run' : `${count} runs`}`)
    } catch (error) {
      this.notices.warn(error)
    }
  }

  #reconnected(state: Panel['connection'], epoch: number): void {
    const restarted = state === 'connected' && epoch !== this.epoch
    this.connection = state
    this.epoch = epoch
    if (!restarted) return
    // What this page still shows, and what it kept for itself, is of before.
    if (this.#expected === 'erased') return void startAfresh()
    if (this.#expected === 'imported') void this.refresh()
    if (this.#expected !== null) return void (this.#expected = null)
    this.notices.tell('Hearth restarted. Nothing was lost; what was running goes on.')
    void this.refresh()
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stops) stop()
    const { kernel, models, agents, runs, activity, route } = this
    const { transfers, spaceLeft } = this
    for (const part of [kernel, models, agents, runs, activity, route, transfers, spaceLeft]) part[Symbol.dispose]()
    for (const conversation of this.#conversations) conversation[Symbol.dispose]()
  }
}

function startAfresh(): void {
  try {
    localStorage.clear()
    sessionStorage.clear()
  } catch {
    // Refused here, so nothing is in them.
  }
  history.replaceState(null, '', location.pathname)
  location.reload()
}
