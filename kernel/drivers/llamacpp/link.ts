/**
 * What the two halves of the llama.cpp driver say to each other: engine.ts in the kernel, worker.ts in a lent worker. One
 * port, plain messages, an id a request. Not comlink: deltas are pushed, and a message each way is all a request costs.
 */
import type { Placement, Progress, WireError } from '../../abi/index.ts'
import type { Delta, GenerateRequest } from '../../core/engines/engine.ts'

/** How a model is to be held in memory. Sizes come from the file's header (core/engines/gguf.ts). */
export interface LoadPlan {
  model: string
  /** Window of one answer, in tokens. */
  contextTokens: number
  /** Answers at once. */
  slots: number
  /** Windows kept besides. All together hold at most `(slots + retains) * contextTokens` tokens in the KV cache. */
  retains: number
  /** Bytes of the weights; tiny models gain nothing from threads. */
  weightBytes: number
  /** Bytes of weights and KV cache, for the message when they do not fit. */
  neededBytes: number
}

/** How a model is to be held for embedding. */
export interface EmbeddingPlan {
  model: string
  /** Tokens of one text, the first ones; what is beyond is not looked at. */
  contextTokens: number
  /** How the vectors of a text's tokens become one; `own` for what the file says. */
  pooling: 'own' | 'mean'
  weightBytes: number
  neededBytes: number
}

export type ToWorker =
  /** Instead of a model that answers: a worker does one or the other. */
  | { t: 'load-embedder'; id: number; bytes: Blob; plan: EmbeddingPlan }
  | { t: 'embed'; id: number; texts: readonly string[] }
  | { t: 'load'; id: number; bytes: Blob; plan: LoadPlan }
  | { t: 'generate'; id: number; request: GenerateRequest }
  /** Stops a load or an answer; it still settles, as `fail` with `cancelled`. */
  | { t: 'stop'; id: number }
  | { t: 'unload'; id: number }

export type FromWorker =
  | { t: 'progress'; id: number; progress: Progress }
  | { t: 'deltas'; id: number; deltas: readonly Delta[] }
  | { t: 'done'; id: number; placement?: Placement; vectors?: Float32Array<ArrayBuffer>[] }
  | { t: 'fail'; id: number; error: WireError }
  /** llama.cpp is dead, and everything in flight with it; the worker must be thrown away. */
  | { t: 'crash'; error: WireError }
