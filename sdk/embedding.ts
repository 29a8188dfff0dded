/** What memory is searched by meaning with, and changing to another embedder. */
import type { EmbedderChoice, EmbedderInfo, EmbeddingState } from '../kernel/abi/index.ts'
import type { Call } from './call.ts'

/** `hearth.embedding`: what turns memories into vectors. */
export interface Embedding {
  /** All that can be chosen, with what each can and cannot do. */
  list(): Promise<EmbedderInfo[]>
  /** What is in use, and how far a change to another one is. Follow it with `hearth.on('embedding', …)`. */
  state(): Promise<EmbeddingState>
  /**
   * Embeds all memories anew in the background, also after a restart; searches use the old embedder until all is done.
   * @throws HearthError `not-found` for a model that is not there
   */
  use(embedder: EmbedderChoice): Promise<EmbeddingState>
  /** Stays with the embedder there is. */
  cancel(): Promise<EmbeddingState>
}

export function createEmbedding(call: Call): Embedding {
  return {
    list: async () => (await call('embedding.list', {})).embedders,
    state: () => call('embedding.state', {}),
    use: (embedder) => call('embedding.use', { embedder }),
    cancel: () => call('embedding.cancel', {}),
  }
}
