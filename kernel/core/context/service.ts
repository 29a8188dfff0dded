/**
 * What of a conversation the model sees. An answer asks for its window here and says how many tokens it really had; people
 * look into it and move pages with the `context` syscalls (handlers.ts).
 */
import { HearthError, type Agent, type ErrorData, type Memory } from '../../abi/index.ts'
import type { AuditLog } from '../audit/log.ts'
import type { Calibrations } from '../calibrations.ts'
import type { HandlersOf } from '../call.ts'
import type { EngineMessage, EngineTool } from '../engines/engine.ts'
import type { ReadyModel } from '../engines/generation.ts'
import type { Mutation } from '../storage/database.ts'
import type { WindowRecord } from '../storage/records.ts'
import { carefulMemory } from './careful-memory.ts'
import { createComposer, type Composed } from './compose.ts'
import { createTokenEstimator, type Extent } from './estimate.ts'
import type { Redaction } from './forgetting.ts'
import { createContextHandlers, type ContextHandlerDeps } from './handlers.ts'
import { NO_MEMORY, type ContextMemory } from './memory.ts'
import { createPageStore } from './page-store.ts'
import type { RecallDeps } from './page-recall.ts'
import { createRecall } from './recall.ts'
import { createRooms, shareOf } from './room.ts'

/** What an answer is to be written from. */
export interface WindowRequest {
  readonly agent: Agent
  readonly model: ReadyModel
  readonly tools: readonly EngineTool[]
  readonly round: number
  /** Of an answer that an earlier kernel began: it goes on from exactly the same, whatever the guess is now. */
  readonly begun: WindowRecord | null
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
  readonly record: WindowRecord
}

export interface ContextService {
  readonly handlers: HandlersOf<'context'>
  /** To be called when a question is about to be written down: what its window needs is read meanwhile. */
  prepare(agent: string): void
  /**
   * The window for an answer. When the guess says that what has to be in it is too long, the engine decides: guesses err.
   * @throws HearthError `context-overflow` when it is too long by any guess.
   */
  open(request: WindowRequest): Promise<AnswerWindow>
  /**
   * A smaller window, after the engine found the one before too long.
   * @throws HearthError `context-overflow` when there is none.
   */
  reopen(request: WindowRequest, before: AnswerWindow, figures: ErrorData['context-overflow']): Promise<AnswerWindow>
  /** Learns from the engine's own count of a window. */
  counted(model: string, window: AnswerWindow, promptTokens: number): void
  /**
   * The writes that go with turns leaving an agent's conversation, to be part of that commit; `after` runs once it is done.
   * @param from index of the first turn that goes; all go when left out
   */
  forget(agent: string, from?: number): Promise<{ writes: Mutation[]; after: () => void }>
  /**
   * The writes that take forgotten memories out of conversations, to be part of the commit that forgets them.
   * @param memories all versions of them
   */
  redact(memories: readonly Memory[]): Promise<Redaction>
}

export interface ContextOptions extends Omit<ContextHandlerDeps, 'pages' | 'rooms' | 'memory'> {
  readonly calibrations: Calibrations
  /** Told when an answer had to do without memory. */
  readonly audit: Pick<AuditLog, 'later'>
  /** None when left out. */
  readonly memory?: ContextMemory
  /** The built-in embedder; pages are found by words alone when left out. */
  readonly words?: RecallDeps['words']
}

/** Share of a window that was too long that the next try may have at most. */
const SHRINK = 0.8

export function createContextService(options: ContextOptions): ContextService {
  const { database, clock, events, calibrations, memory = NO_MEMORY } = options
  const estimator = createTokenEstimator(calibrations)
  const rooms = createRooms(estimator)
  const pages = createPageStore(database)
  const recall = createRecall({ database, clock, words: options.words ?? (() => Promise.resolve(null)) })
  const changed = (agent: string): void => events.publish({ type: 'context', agent })
  const careful = carefulMemory({ memory, events, audit: options.audit })
  const composer = createComposer({ database, recall, memory: careful })

  async function compose(request: WindowRequest, budget: number): Promise<AnswerWindow> {
    const { agent, model, tools } = request
    const [opened, blocks] = await Promise.all([pages.open(agent.id), careful.blocksOf(agent.id)])
    const room = rooms.of(model.id, { instructions: agent.instructions, blocks }, tools, budget)
    const composed = await composer.compose(opened, { instructions: agent.instructions, tools, room }, clock.now())
    if (pages.save(opened.table)) changed(agent.id)
    return finished(request, composed)
  }

  function finished({ agent, model, tools, round }: WindowRequest, composed: Composed): AnswerWindow {
    const left = Math.max(shareOf(agent, model.contextTokens), model.contextTokens - composed.tokens)
    const maxTokens = Math.min(agent.sampling.maxTokens, left)
    return { ...composed, tools, maxTokens, record: { ...composed.record, round, maxTokens } }
  }

  return {
    handlers: createContextHandlers({ ...options, memory, pages, rooms }),
    prepare: (agent) => pages.prepare(agent),
    async open(request) {
      const { agent, model, tools, begun } = request
      calibrations.update(model.id, { contextTokens: model.contextTokens })
      const budget = model.contextTokens - shareOf(agent, model.contextTokens)
      if (begun) {
        const room = rooms.of(model.id, { instructions: agent.instructions, blocks: [] }, tools, budget)
        const composed = await composer.again(agent.id, { instructions: agent.instructions, tools, room }, begun)
        return { ...composed, tools, maxTokens: begun.maxTokens, record: begun }
      }
      const window = await compose(request, budget)
      if (estimator.least(window.extent) > model.contextTokens) throw overflow(window.tokens, budget)
      return window
    },
    async reopen(request, before, { tokens, limitTokens }) {
      const { agent, model } = request
      estimator.calibrate(model.id, before.extent, tokens)
      const guess = estimator.tokens(model.id, before.extent)
      const budget = Math.min(model.contextTokens, limitTokens) - shareOf(agent, model.contextTokens)
      // In the guess's own measure, and smaller than before also when the engine's figures say nothing.
      const shrink = Math.min(SHRINK, budget / Math.max(1, tokens))
      const window = await compose(request, Math.min(budget, Math.floor(guess * shrink)))
      if (sizeOf(window.extent) >= sizeOf(before.extent)) throw overflow(tokens, budget)
      return window
    },
    counted: (model, { extent }, promptTokens) => estimator.calibrate(model, extent, promptTokens),
    async redact(memories) {
      const { redact } = await import('./forgetting.ts')
      return redact({ database, clock, pages, changed }, memories)
    },
    async forget(agent, from = 0) {
      const { writes, after } = await pages.forget(agent, from)
      return {
        writes,
        after() {
          after()
          changed(agent)
        },
      }
    },
  }
}

const sizeOf = ({ items, bytes, counted }: Extent): number => items + bytes + counted

function overflow(tokens: number, limitTokens: number): HearthError<'context-overflow'> {
  return new HearthError(
    'context-overflow',
    `This message needs about ${tokens} tokens with its instructions, tools and pinned pages, and the model's window ` +
      `leaves ${limitTokens}. Nothing was lost; shorten it, unpin a page or choose a model with a larger window.`,
    { tokens, limitTokens },
  )
}
