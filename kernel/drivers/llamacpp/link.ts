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

export type ToWorker =
  | { t: 'load'; id: number; bytes: Blob; plan: LoadPlan }
  | { t: 'generate'; id: number; request: GenerateRequest }
  /** Stops a load or an answer; it still settles, as `fail` with `cancelled`. */
  | { t: 'stop'; id: number }
  | { t: 'unload'; id: number }

export type FromWorker =
  | { t: 'progress'; id: number; progress: Progress }
  | { t: 'deltas'; id: number; deltas: readonly Delta[] }
  | { t: 'done'; id: number; placement?: Placement }
  | { t: 'fail'; id: number; error: WireError }
  /** llama.cpp is dead, and everything in flight with it; the worker must be thrown away. */
  | { t: 'crash'; error: WireError }
