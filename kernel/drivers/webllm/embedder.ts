/** Vectors from WebLLM's embedding models, in the worker that its other models compute in, beside them. */
import type { Embedder, EmbedderDrivers } from '../../core/embeddings/embedder.ts'
import { MODEL_BATCH } from '../../core/embeddings/param.ts'
import { withPurpose } from '../../core/embeddings/purpose.ts'
import { borrowGpu, type Borrowed } from './borrow.ts'

export const createWebllmEmbedder: EmbedderDrivers['webllm'] = async (model, lender, signal, onWait) => {
  const borrowed = await borrowGpu(lender, signal, onWait, 'vectors')
  const { lease, link } = borrowed
  try {
    await link.loadEmbedder(model, AbortSignal.any([signal, link.lost]))
    return new WebllmEmbedder(model, borrowed)
  } catch (error) {
    link.close()
    await lease[Symbol.asyncDispose]()
    throw error
  }
}

class WebllmEmbedder implements Embedder {
  readonly immediate = false
  readonly batch: number
  readonly lost: AbortSignal
  readonly #model: string
  readonly #borrowed: Borrowed
  #dimensions: number | null = null

  constructor(model: string, borrowed: Borrowed) {
    this.#model = model
    this.#borrowed = borrowed
    this.lost = borrowed.link.lost
    // Its library is compiled for so many texts at once.
    this.batch = Math.min(MODEL_BATCH, Number(/-b(\d+)$/.exec(model)?.[1] ?? 1))
  }

  get dimensions(): number | null {
    return this.#dimensions
  }

  async embed(...[texts, purpose, signal]: Parameters<Embedder['embed']>): Promise<readonly Float32Array[]> {
    if (texts.length === 0) return []
    const vectors = await this.#borrowed.link.embed(withPurpose(this.#model, texts, purpose), signal)
    this.#dimensions ??= vectors[0]?.length ?? null
    return vectors
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { lease, link } = this.#borrowed
    // A worker that lives on must not keep a model that nobody wants.
    if (!link.lost.aborted) await link.unloadEmbedder().catch(() => {})
    link.close()
    await lease[Symbol.asyncDispose]()
  }
}
