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
  signal: AbortSignal
}

/** Facts about a model that a caller needs before it builds a request. */
export interface ReadyModel {
  id: string
  contextTokens: number
  tools: boolean
}

export interface Models {
  /** Loads the model if needed. @throws HearthError `no-model`, `not-found`, or what loading threw. */
  ready(model: string | null, signal: AbortSignal, onWait?: (reason: string) => void): Promise<ReadyModel>
  /**
   * Streams one answer. When the engine is lost in the middle, waits for another and continues from the text so far: the
   * texts of all deltas joined are one answer without gap or repeat. Half-written tool calls are written again.
   */
  generate(request: GenerateRequest, options: GenerationOptions): AsyncIterable<GenerationEvent>
}
