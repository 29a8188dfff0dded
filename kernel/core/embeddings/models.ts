/** What embeddings need of the model subsystem (engines/service.ts), and no more. */
import type { ModelInfo } from '../../abi/index.ts'
import type { LocalModel } from './embedder.ts'

export interface EmbeddingModels {
  /** Why embedding has to wait now, for a person: answers are written or wait, or everything is paused. Null when it need not. */
  holdUp(): string | null
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
