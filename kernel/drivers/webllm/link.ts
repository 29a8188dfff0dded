/**
 * What the two halves of the WebLLM driver say to each other: engine.ts in the kernel, worker.ts in the GPU engine's
 * SharedWorker or in a lent worker. One port, plain messages, an id a request.
 */
import type { Placement, Progress, WireError } from '../../abi/index.ts'
import type { Delta, GenerateRequest } from '../../core/engines/engine.ts'
import type { WebllmSource } from './source.ts'

/** The GPU as the worker sees it. */
export interface GpuReport {
  /** For a person. */
  readonly name: string
  readonly shaderF16: boolean
  /** Largest buffer a shader may read, in bytes. */
  readonly storageBufferBytes: number
  /** A software adapter computes, slowly. */
  readonly fallback: boolean
}

export interface LoadPlan {
  readonly model: string
  readonly source: WebllmSource
  /** Window asked for, in tokens. */
  readonly contextTokens: number
}

export interface LoadAnswer {
  readonly placement: Placement
  readonly contextTokens: number
  readonly tools: boolean
}

/** Why there is no GPU, for a person. */
export interface NoGpu {
  readonly reason: string
}

/** What a link is for. Each has one owner at a time, and its own model. */
export type LinkRole = 'answers' | 'vectors'

/** Asks for one of WebLLM's embedding models. */
export interface EmbeddingPlan {
  readonly modelId: string
}

export type ToWorker =
  /** The first message of a link. */
  | { t: 'probe'; id: number; role: LinkRole }
  | { t: 'load-embedder'; id: number; plan: EmbeddingPlan }
  | { t: 'embed'; id: number; texts: readonly string[] }
  | { t: 'unload-embedder'; id: number }
  | { t: 'load'; id: number; plan: LoadPlan }
  | { t: 'generate'; id: number; request: GenerateRequest }
  | { t: 'unload'; id: number }
  /** Stops a load or an answer; nobody waits for its settlement any more. */
  | { t: 'stop'; id: number }

export type FromWorker =
  | { t: 'progress'; id: number; progress: Progress }
  | { t: 'delta'; id: number; delta: Delta }
  | { t: 'done'; id: number; result: GpuReport | NoGpu | LoadAnswer | Float32Array[] | null }
  | { t: 'fail'; id: number; error: WireError }
  /** The device is lost, or another kernel has taken over; this link is of no use any more. */
  | { t: 'lost'; error: WireError }
