/**
 * What of a conversation the model sees. An answer asks for its window here and says how many tokens it really had; people
 * look into it and move pages with the `context` syscalls.
 */
import { HearthError, type Agent, type ErrorData } from '../../abi/index.ts'
import { recentTurns } from '../agents/conversation.ts'
import type { Calibrations } from '../calibrations.ts'
import type { HandlersOf } from '../call.ts'
import type { EngineMessage, EngineTool } from '../engines/engine.ts'
import type { ReadyModel } from '../engines/generation.ts'
import type { KernelEvents } from '../events.ts'
import { ANSWER_SHARE } from '../param.ts'
import type { Database, Mutation } from '../storage/database.ts'
import type { RunRecord } from '../storage/records.ts'
import { createTokenEstimator, type Extent } from './estimate.ts'
import { assembleWindow } from './window.ts'

/** What an answer is to be written from. */
export interface WindowRequest {
  readonly agent: Agent
  readonly model: ReadyModel
  readonly tools: readonly EngineTool[]
  readonly round: number
  /** Of an answer that an earlier kernel began: it goes on from exactly the same, whatever the guess is now. */
  readonly begun: RunRecord['window'] | null
}

export interface AnswerWindow {
  readonly messages: readonly EngineMessage[]
  readonly tools: readonly EngineTool[]
  readonly extent: Extent
  /** The guess for the whole prompt, tools included. */
  readonly tokens: number
  /** Most tokens of the whole answer, also of what an earlier kernel wrote of it. */
  readonly maxTokens: number
  /** To be kept with the run before the answer's first text is. */
  readonly record: NonNullable<RunRecord['window']>
}

export interface ContextService {
  readonly handlers: HandlersOf<'context'>
  /** @throws HearthError `context-overflow` when the latest exchange alone cannot fit. */
  open(request: WindowRequest): Promise<AnswerWindow>
  /** A smaller window, after the engine found the one before too long. @throws HearthError `context-overflow`. */
  reopen(request: WindowRequest, before: AnswerWindow, figures: ErrorData['context-overflow']): Promise<AnswerWindow>
  /** Learns from the engine's own count of a window. */
  counted(model: string, window: AnswerWindow, promptTokens: number): void
  /**
   * The writes that go with turns leaving an agent's conversation, to be part of that commit; `after` runs once it is done.
   * @param from index of the first turn that goes; all go when left out
   */
  forget(agent: string, from?: number): Promise<{ writes: Mutation[]; after(): void }>
}

/** UTF-8 bytes that a token stands for at most, to know how far back a window can reach. */
const BYTES_PER_TOKEN = 20

/** Share of a window that was too long that the second try may have at most. */
const SHRINK = 0.8

export function createContextService(deps: {
  database: Database
  events: KernelEvents
  calibrations: Calibrations
}): ContextService {
  const { database } = deps
  const estimator = createTokenEstimator()

  async function fit({ agent, model, tools, round, begun }: WindowRequest, budget: number): Promise<AnswerWindow> {
    const recent = await recentTurns(database, agent.id, model.contextTokens * BYTES_PER_TOKEN)
    const turns = begun ? recent.filter(({ index }) => index >= begun.fromIndex) : recent
    const window = assembleWindow({
      model: model.id,
      instructions: agent.instructions,
      turns,
      tools,
      budgetTokens: begun ? Number.MAX_SAFE_INTEGER : budget,
      tokensOf: (extent) => estimator.tokens(model.id, extent),
    })
    const { messages, extent, tokens } = window
    const left = Math.max(shareOf(agent, model), model.contextTokens - tokens)
    const maxTokens = Math.min(agent.sampling.maxTokens, left)
    const record = begun ?? { round, fromIndex: turns[window.leftOut]?.index ?? 0, maxTokens }
    return { messages, tools, extent, tokens, maxTokens: record.maxTokens, record }
  }

  const missing = (): never => {
    throw new HearthError('not-found', 'That page is no longer there.', { kind: 'page', id: '' })
  }

  return {
    handlers: {
      'context.window': missing,
      'context.pin': missing,
      'context.unpin': missing,
      'context.evict': missing,
      'context.restore': missing,
    },
    open: (request) => fit(request, request.model.contextTokens - shareOf(request.agent, request.model)),
    reopen(request, before, { tokens, limitTokens }) {
      const { agent, model } = request
      estimator.calibrate(model.id, before.extent, tokens)
      const guess = estimator.tokens(model.id, before.extent)
      const budget = Math.min(model.contextTokens, limitTokens) - shareOf(agent, model)
      // In the guess's own measure, and smaller than before also when the engine's figures say nothing.
      const shrink = Math.min(SHRINK, budget / Math.max(1, tokens))
      return fit({ ...request, begun: null }, Math.min(budget, Math.floor(guess * shrink)))
    },
    counted: (model, { extent }, promptTokens) => estimator.calibrate(model, extent, promptTokens),
    forget: () => Promise.resolve({ writes: [], after: () => {} }),
  }
}

/** Tokens of the model's window that are kept free for the answer. */
function shareOf({ sampling }: Agent, { contextTokens }: ReadyModel): number {
  return Math.min(sampling.maxTokens, Math.floor(contextTokens * ANSWER_SHARE))
}
