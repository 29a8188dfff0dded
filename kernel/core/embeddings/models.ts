/** What embeddings need of the model subsystem (engines/service.ts), and no more. */
import type { ModelInfo } from '../../abi/index.ts'
import type { LocalModel } from './embedder.ts'

/** Why embedding has to wait now. */
export interface HoldUp {
  /** `answers`: some are written or wait, and go first. `pause`: a person has paused everything. */
  readonly by: 'answers' | 'pause'
  /** For a person. */
  readonly reason: string
}

export interface EmbeddingModels {
  /** Null when it need not wait. */
  holdUp(): HoldUp | null
  /** Every GGUF there is, whether it is on this device or not. */
  list(): readonly ModelInfo[]
  /**
   * A GGUF, downloaded first when it is not here.
   * @throws HearthError `not-found`, `download-failed`, `bad-model`, `storage-full`, or the signal's reason
   */
  fetch(id: string, signal: AbortSignal): Promise<LocalModel>
  /** Data goes to this host. */
  sentTo(host: string): void
}
