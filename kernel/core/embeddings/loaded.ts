/** What the embedding subsystem needs, and what is there once it is loaded (service.ts). */
import type { HandlersOf } from '../call.ts'
import type { KernelEvents } from '../events.ts'
import type { Lender } from '../lending.ts'
import type { Platform } from '../platform.ts'
import type { EmbeddingModels } from './models.ts'
import type { Vectors } from './vectors.ts'

export interface EmbeddingsDeps {
  readonly platform: Pick<
    Platform,
    'clock' | 'random' | 'database' | 'vectorIndex' | 'embedders' | 'wordVectors' | 'sentenceEncoder'
  >
  readonly events: KernelEvents
  readonly models: EmbeddingModels
  readonly lender: Lender
  /** Has memory load, so that it calls `attach`. */
  readonly load: () => Promise<unknown>
}

/** What is loaded (service.ts). */
export interface LoadedEmbeddings extends Vectors, AsyncDisposable {
  readonly handlers: HandlersOf<'embedding'>
  /** Goes on with what a kernel before left unfinished. */
  resume(): Promise<void>
}
