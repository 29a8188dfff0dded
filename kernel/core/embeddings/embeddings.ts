/** The embedding subsystem as the kernel starts with it: nothing of it is loaded before memory or a person first asks. */
import type { HandlersOf } from '../call.ts'
import type { EmbeddingsDeps, LoadedEmbeddings } from './loaded.ts'
import { EMBEDDING_RESUME_MS } from './param.ts'
import type { EmbeddingSource, Vectors } from './vectors.ts'

export interface Embeddings extends Vectors, AsyncDisposable {
  readonly handlers: HandlersOf<'embedding'>
}

export function createEmbeddings(deps: EmbeddingsDeps): Embeddings {
  const life = new AbortController()
  let loading: Promise<LoadedEmbeddings> | null = null
  let source: EmbeddingSource | null = null

  const service = (): Promise<LoadedEmbeddings> => {
    loading ??= import('./service.ts').then(
      ({ loadEmbeddings }) => {
        const loaded = loadEmbeddings(deps)
        if (source) loaded.attach(source)
        return loaded
      },
      (error: unknown) => {
        // Offline before the first visit was complete; the next call tries again.
        loading = null
        throw error
      },
    )
    return loading
  }

  deps.platform.clock
    .sleep(EMBEDDING_RESUME_MS, life.signal)
    .then(async () => (await service()).resume())
    .catch(() => {})

  return {
    handlers: {
      'embedding.list': async (call) => (await service()).handlers['embedding.list'](call),
      'embedding.state': async (call) => (await service()).handlers['embedding.state'](call),
      'embedding.use': async (call) => (await service()).handlers['embedding.use'](call),
      'embedding.cancel': async (call) => (await service()).handlers['embedding.cancel'](call),
    },
    attach(memories) {
      source = memories
      service().then(
        (loaded) => loaded.attach(memories),
        () => {},
      )
    },
    prepare: async (change) => (await service()).prepare(change),
    search: async (...query) => {
      const loaded = await service().catch(() => null)
      return loaded === null ? null : loaded.search(...query)
    },
    words: async () => (await service().catch(() => null))?.words() ?? null,
    async [Symbol.asyncDispose]() {
      life.abort()
      await (await loading?.catch(() => null))?.[Symbol.asyncDispose]()
    },
  }
}
