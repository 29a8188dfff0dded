/**
 * A device driver for a language model. An engine holds at most one loaded model and answers up to `slots` requests at
 * once. Every driver passes test/contract/engine. Do not call an engine directly: engines/generation.ts keeps within the
 * slots, survives a lost engine and continues where the answer stopped.
 */
import type { EngineKind, JsonSchema, ModelSource, Placement, Progress } from '../../abi/index.ts'
import type { Lender } from '../lending.ts'
import type { ModelBytes } from './model-files.ts'

export interface EngineMessage {
  role: 'system' | 'user' | 'assistant' | 'tool'
  content: string
  toolCalls?: readonly EngineToolCall[]
  /** On a `tool` message: the call it answers. */
  toolCallId?: string
}

export interface EngineToolCall {
  id: string
  name: string
  /** JSON text, as the model wrote it. */
  arguments: string
}

export interface EngineTool {
  name: string
  description: string
  parameters: JsonSchema
}

export interface GenerateRequest {
  messages: readonly EngineMessage[]
  tools: readonly EngineTool[]
  toolChoice?: 'auto' | 'none' | 'required'
  temperature: number
  topP: number
  seed?: number
  /** Most new tokens; those of `prefix` do not count. */
  maxTokens: number
  stop?: readonly string[]
  responseFormat?: { type: 'json_object' } | { type: 'json_schema'; schema: JsonSchema }
  /**
   * Text this answer already began with. The engine continues it and yields only what is new. An engine without
   * `continues` writes the answer from the start again, and the driver drops the prefix as long as it is the same.
   */
  prefix?: string
}

export type Delta =
  /**
   * The prompt has been read: at most once, before anything else of the answer, when the engine tells. `cachedTokens` of
   * its `promptTokens` came from the KV cache; reading the others took `ms`.
   */
  | { type: 'prefill'; promptTokens: number; cachedTokens: number; ms: number | null }
  | { type: 'text'; text: string; tokens: number }
  /** A complete call; fragments stay inside the driver. */
  | { type: 'tool-call'; call: EngineToolCall }
  /** Always last, exactly once. */
  | { type: 'finish'; reason: 'stop' | 'length' | 'tool-calls'; usage: EngineUsage }

export interface EngineUsage {
  promptTokens: number
  /** Of the prompt, taken from the KV cache; 0 when the engine does not tell. */
  cachedTokens: number
  completionTokens: number
  /** Milliseconds spent on the prompt and on the answer; null when the engine does not tell. */
  prefillMs: number | null
  decodeMs: number | null
}

export interface LoadRequest {
  model: string
  source: ModelSource
  contextTokens: number
  /** For sources whose bytes the kernel keeps (GGUF); others fetch their own. */
  bytes: ModelBytes | null
}

export interface LoadedModel {
  /** What the engine can really hold; at most what was asked for. */
  contextTokens: number
  /** Answers it writes at once. */
  slots: number
  /** Conversations whose KV stays warm besides those being written; the least recently used goes first. */
  retains: number
  /** Answers it can begin beyond its slots for a moment, while ones that were stopped are on their way out; 0 unless given. */
  spare?: number
  /** True when `prefix` is continued exactly instead of being written again. */
  continues: boolean
  tools: boolean
  placement: Placement
}

export interface Engine extends AsyncDisposable {
  readonly kind: EngineKind
  /**
   * Loads a model in place of the one before.
   * @throws HearthError `bad-model`, `out-of-memory`, `unsupported`, `download-failed`, `engine-lost`, or the signal's reason.
   */
  load(request: LoadRequest, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<LoadedModel>
  /**
   * Writes one answer. Ending the iteration early, or aborting, stops the engine within a token.
   * @throws HearthError `engine-lost` when the engine died; `engine-failed`, `context-overflow`; or the signal's reason.
   */
  generate(request: GenerateRequest, signal: AbortSignal): AsyncIterable<Delta>
  unload(): Promise<void>
  /** Aborts, with an `engine-lost` error as its reason, when the engine is gone. It must then be disposed of. */
  readonly lost: AbortSignal
}

/** Makes an engine that is ready to load. Engines that live in a worker borrow it here. */
export type EngineFactory = (lender: Lender, signal: AbortSignal, onWait: () => void) => Promise<Engine>

export type EngineFactories = Readonly<Record<EngineKind, EngineFactory>>
