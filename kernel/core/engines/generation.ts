/** The one way to a model's answer: a slot when there is one, a loaded engine, and an answer that survives losing it. */
import type { Placement } from '../../abi/index.ts'
import type { Schedulable } from '../scheduler/schedulable.ts'
import type { Delta, GenerateRequest } from './engine.ts'

/** What happens to an answer besides its text. */
export type GenerationEvent =
  | Delta
  /** Waits for a slot; how many are before it. */
  | { type: 'queued'; ahead: number }
  /** The engine is being loaded, or is lost and awaited; somebody else goes first; or a person paused it. It goes on by itself. */
  | { type: 'paused'; reason: string; by: 'engine' | 'scheduler' | 'user' }
  | { type: 'resumed'; placement: Placement }

export interface GenerationOptions {
  /** Model id, or null for the default model. */
  model: string | null
  /** Who wants it, and how it is to be scheduled. */
  by: Schedulable
  /** How many tokens the prompt has, as far as the sender can tell; guessed from its length when left out. */
  promptTokens?: number
  /** Called with true each time it is given a slot of the engine, and with false each time it has none any more. */
  onSlot?: (has: boolean) => void
  signal: AbortSignal
}

/** Facts about a model that a caller needs before it builds a request. */
export interface ReadyModel {
  id: string
  contextTokens: number
  tools: boolean
}

export interface Models {
  /**
   * Call before work is taken on that will need an answer; an answer of a run is not refused any more, it waits.
   * @throws HearthError `over-limit` with `retryAfterMs` when too many wait for the engine of this model, or of the default model.
   */
  admit(model: string | null): void
  /** Loads the model if needed, though not while everything is paused. @throws HearthError `no-model`, `not-found`, or what loading threw. */
  ready(model: string | null, signal: AbortSignal, onWait?: (reason: string) => void): Promise<ReadyModel>
  /**
   * Streams one answer. When the model is taken from it, or the engine is lost, waits and continues from the text so far: the
   * texts of all deltas joined are one answer without gap or repeat. Half-written tool calls are written again.
   * @throws HearthError `over-limit` when too many wait, unless it is for a run; `no-model`; what the engine threw; the signal's reason.
   */
  generate(request: GenerateRequest, options: GenerationOptions): AsyncIterable<GenerationEvent>
}
