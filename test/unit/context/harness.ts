/**
 * A context service on the in-memory database, and a conversation with a made-up model whose count of tokens is exact: what
 * `Talk` commits is what runs commit.
 */
import type { Agent, SyscallArgs, SyscallName, SyscallResult, Turn } from '../../../kernel/abi/index.ts'
import { openCalibrations, type Calibrations } from '../../../kernel/core/calibrations.ts'
import type { ContextMemory } from '../../../kernel/core/context/memory.ts'
import { createContextService, type AnswerWindow, type ContextService } from '../../../kernel/core/context/service.ts'
import type { EngineMessage } from '../../../kernel/core/engines/engine.ts'
import type { ReadyModel } from '../../../kernel/core/engines/generation.ts'
import { createKernelEvents, type KernelEvents } from '../../../kernel/core/events.ts'
import type { WordVectors } from '../../../kernel/core/memory/search/word-vectors.ts'
import type { Database, Mutation } from '../../../kernel/core/storage/database.ts'
import type { WindowRecord } from '../../../kernel/core/storage/records.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'

export const AGENT = 'a'

export interface Kernel {
  readonly database: Database
  readonly context: ContextService
  readonly events: KernelEvents
  readonly calibrations: Calibrations
  readonly model: ReadyModel
  /** What the audit log was told. */
  readonly audited: (readonly [what: string, id: string, name: string, detail: string])[]
  call<N extends SyscallName>(name: N, args: SyscallArgs<N>): Promise<SyscallResult<N>>
}

export interface BootOptions {
  database?: Database
  contextTokens?: number
  memory?: ContextMemory
  /** The built-in embedder; pages are found by words alone without it. */
  words?: WordVectors
}

/** One kernel's context service; several over one database are restarts. */
export async function boot(options: BootOptions = {}): Promise<Kernel> {
  const database = options.database ?? createMemoryDatabase()
  const model = { id: 'm', contextTokens: options.contextTokens ?? 1_000, tools: true }
  const events = createKernelEvents()
  const calibrations = await openCalibrations(database)
  const clock = { now: () => 1_750_000_000_000, sleep: () => Promise.resolve() }
  const tools = { find: () => undefined }
  const { memory, words } = options
  const audited: Kernel['audited'] = []
  const context = createContextService({
    ...{ database, clock, events, calibrations, tools, model: () => model },
    ...(memory && { memory }),
    audit: { later: (what, { id, name }, detail) => void audited.push([what, id, name, detail ?? '']) },
    words: () => Promise.resolve(words ?? null),
  })
  return {
    ...{ database, context, events, calibrations, model, audited },
    async call(name, args) {
      const handler = (context.handlers as Record<string, (call: unknown) => unknown>)[name]
      const made = (await handler?.({ args })) as object
      if (!('writes' in made)) return made as never
      const { result, writes, after } = made as { result: unknown; writes: Mutation[]; after?: () => void }
      await database.commit(writes, 'strict')
      after?.()
      return result as never
    },
  }
}

export const agentOf = (over: Partial<Agent> = {}): Agent => ({
  ...{ id: AGENT, name: 'A', instructions: 'Be brief.', tools: [], model: null, limits: { rounds: 8 } },
  ...{ sampling: { temperature: 0, topP: 1, maxTokens: 100 }, class: 'normal', weight: 1, budget: null, paused: false },
  ...{ createdAt: 0, createdBy: { source: 'user', principal: { kind: 'user' }, trust: 'trusted' } },
  ...over,
})

/** Tokens as the made-up model counts them: three bytes each, and five around a message. */
export const realTokens = (messages: readonly EngineMessage[]): number =>
  messages.reduce((sum, { content, toolCalls }) => {
    const calls = (toolCalls ?? []).reduce((bytes, call) => bytes + call.name.length + call.arguments.length, 0)
    return sum + 5 + Math.ceil((new TextEncoder().encode(content).length + calls) / 3)
  }, 0)

export interface Said {
  question: string
  /** Results of one tool call each, before the answer. */
  results?: readonly string[]
  answer: string
}

/** Talks to one agent as its runs do: one commit a turn, a window for each answer. */
export class Talk {
  readonly kernel: Kernel
  readonly agent: Agent
  /** Every window that was opened, in order. */
  readonly windows: AnswerWindow[] = []
  #index: number

  constructor(kernel: Kernel, agent: Agent = agentOf(), firstIndex = 0) {
    this.kernel = kernel
    this.agent = agent
    this.#index = firstIndex
  }

  static async begin(kernel: Kernel, agent: Agent = agentOf()): Promise<Talk> {
    await kernel.database.commit([{ op: 'put', store: 'agents', value: agent }], 'strict')
    return new Talk(kernel, agent)
  }

  async say({ question, results = [], answer }: Said): Promise<AnswerWindow> {
    await this.put(this.turn('user', question))
    let window = await this.answer(results.length > 0 ? null : answer)
    for (const [place, result] of results.entries()) {
      const call = `call-${this.#index}`
      await this.put(
        this.turn('assistant', '', { toolCalls: [{ id: call, name: 'look', arguments: { place } }] }),
        this.turn('tool', result, {
          outcome: { call, tool: 'look', ok: true, value: result, ms: 1, where: 'test' },
          provenance: { source: 'outside', principal: { kind: 'user' }, trust: 'untrusted' },
        }),
      )
      window = await this.answer(place === results.length - 1 ? answer : null)
    }
    return window
  }

  /** Opens a window, counts it as the engine would, and puts the answer when there is one. */
  async answer(text: string | null): Promise<AnswerWindow> {
    const { context, model } = this.kernel
    const window = await this.open(null)
    this.windows.push(window)
    const promptTokens = realTokens(window.messages)
    context.counted(model.id, window, promptTokens)
    if (text === null) return window
    const completionTokens = Math.ceil(text.length / 3)
    const usage = { promptTokens, cachedTokens: 0, completionTokens, tokensPerSecond: 0, firstTokenMs: 0 }
    await this.put(this.turn('assistant', text, { usage }))
    return window
  }

  /** Opens a window for an answer, or the one with which it was begun. */
  open(begun: WindowRecord | null): Promise<AnswerWindow> {
    const { context, model } = this.kernel
    return context.open({ agent: this.agent, model, tools: [], round: 1, begun })
  }

  turn(role: Turn['role'], text: string, more: Partial<Turn> = {}): Turn {
    const index = this.#index++
    const user = { source: 'user', principal: { kind: 'user' }, trust: 'trusted' } as const
    const byModel = { source: 'model', principal: { kind: 'user' }, model: 'm', trust: 'untrusted' } as const
    return {
      ...{
        id: `t${index}`,
        agent: this.agent.id,
        index,
        role,
        text,
        toolCalls: [],
        ended: 'complete',
        run: 'r',
        at: 0,
      },
      provenance: role === 'user' ? user : byModel,
      ...more,
    }
  }

  async put(...turns: Turn[]): Promise<void> {
    await this.kernel.database.commit(
      turns.map((value) => ({ op: 'put', store: 'turns', value })),
      'relaxed',
    )
  }

  /** Deletes the turns from index `from` on, as a replaced question or a cleared conversation does. */
  async deleteFrom(from: number): Promise<void> {
    const { writes, after } = await this.kernel.context.forget(this.agent.id, from)
    const range = { from: [this.agent.id, from], to: [this.agent.id, this.#index] } as const
    await this.kernel.database.commit([{ op: 'delete-range', store: 'turns', ...range }, ...writes], 'strict')
    after()
  }
}

/** All turns of the conversation. */
export const turnsOf = (database: Database): Promise<Turn[]> => database.list('turns')

/** A text of that many words which no other text has. */
export const words = (stem: string, count: number): string =>
  Array.from({ length: count }, (_, index) => `${stem}${index}`).join(' ')
