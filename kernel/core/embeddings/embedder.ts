/**
 * Turns text into vectors. The built-in one is built-in-embedder.ts; drivers make the others, and all pass
 * test/contract/embedder. Do not call one directly: embedder-host.ts checks what it gives and outlives its loss.
 */
import type { EmbedderChoice } from '../../abi/index.ts'
import type { ModelBytes } from '../engines/model-files.ts'
import type { Lender } from '../lending.ts'

export type EmbeddingPurpose = 'query' | 'document'

export interface Embedder extends AsyncDisposable {
  /** Numbers of a vector; null until something was embedded, when it cannot be known before. */
  readonly dimensions: number | null
  /** True when it answers in milliseconds and waits for nothing outside: memories are embedded as they are written. */
  readonly immediate: boolean
  /** Texts it takes at once at best. */
  readonly batch: number
  /** Aborts, with an `engine-lost` error as its reason, when it is gone. It must then be disposed of. */
  readonly lost: AbortSignal
  /**
   * A vector for each text, in order; null for a text that it knows nothing about. May be called while it still works on
   * another: it answers one after the other.
   * @param purpose some models want to be told
   * @throws HearthError `engine-lost`, `engine-failed`, or the signal's reason
   */
  embed(
    texts: readonly string[],
    purpose: EmbeddingPurpose,
    signal: AbortSignal,
  ): Promise<readonly (ArrayLike<number> | null)[]>
}

type ChoiceOf<K extends EmbedderChoice['kind']> = Extract<EmbedderChoice, { kind: K }>

/** A GGUF that is on this device. */
export interface LocalModel {
  readonly id: string
  readonly name: string
  readonly bytes: ModelBytes
  /** Window it is to have, in tokens; less when it was trained for less. */
  readonly contextTokens: number
}

/** An embedding model that an engine fetches and keeps by itself. */
export interface OfferedEmbedder {
  readonly choice: EmbedderChoice
  readonly name: string
  /** For a person: what it can and cannot do. */
  readonly note: string
  /** Of the whole download. */
  readonly bytes: number | null
}

/** `onWait` is called when a tab has to be opened first. @throws HearthError what loading threw, or the signal's reason. */
export interface EmbedderDrivers {
  llamacpp(model: LocalModel, lender: Lender, signal: AbortSignal, onWait: () => void): Promise<Embedder>
  webllm(model: string, lender: Lender, signal: AbortSignal, onWait: () => void): Promise<Embedder>
  openai(server: ChoiceOf<'openai'>): Promise<Embedder>
  /** Embedding models that WebLLM lists. */
  offers(): Promise<readonly OfferedEmbedder[]>
}
