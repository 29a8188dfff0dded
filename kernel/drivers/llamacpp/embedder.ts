/**
 * Vectors from any GGUF through llama.cpp, in a lent worker of its own beside the one that answers. A model that was not made
 * for embedding gives vectors too: the mean of those of its tokens.
 */
import { HearthError } from '../../abi/index.ts'
import type { Embedder, EmbedderDrivers, LocalModel } from '../../core/embeddings/embedder.ts'
import { EMBEDDING_TOKENS, MODEL_BATCH } from '../../core/embeddings/param.ts'
import { withPurpose } from '../../core/embeddings/purpose.ts'
import { kvBytesPerToken, readGguf, type GgufHeader } from '../../core/engines/gguf.ts'
import type { Lease } from '../../core/lending.ts'
import { EngineLink } from './engine-link.ts'
import type { EmbeddingPlan } from './link.ts'

export const createLlamaEmbedder: EmbedderDrivers['llamacpp'] = async (model, lender, signal, onWait) => {
  const { bytes, name } = model
  if (!(bytes instanceof Blob)) {
    const reason = 'its file is not on this device'
    throw new HearthError('bad-model', `“${name}” cannot be loaded: ${reason}. Download it again.`, {
      model: model.id,
      reason,
    })
  }
  const plan = planEmbedding(model, await readGguf(bytes, signal, name))
  const lease = await lender.borrow('llamacpp', signal, onWait)
  const link = new EngineLink(lease)
  try {
    await link.call({ t: 'load-embedder', bytes, plan }, AbortSignal.any([signal, link.lost]))
    return new LlamaEmbedder(lease, link, name)
  } catch (error) {
    link.close()
    lease.kill()
    throw error
  }
}

/** @internal */
export function planEmbedding({ id, contextTokens: wanted }: LocalModel, header: GgufHeader): EmbeddingPlan {
  const contextTokens = Math.max(1, Math.min(wanted, EMBEDDING_TOKENS, header.contextTokens ?? EMBEDDING_TOKENS))
  const { weightBytes, pooling } = header
  const neededBytes = weightBytes + kvBytesPerToken(header) * contextTokens
  return { model: id, contextTokens, pooling: pooling ? 'own' : 'mean', weightBytes, neededBytes }
}

class LlamaEmbedder implements Embedder {
  readonly immediate = false
  readonly batch = MODEL_BATCH
  readonly lost: AbortSignal
  readonly #lease: Lease
  readonly #link: EngineLink
  readonly #name: string
  #dimensions: number | null = null

  constructor(lease: Lease, link: EngineLink, name: string) {
    this.#lease = lease
    this.#link = link
    this.#name = name
    this.lost = link.lost
  }

  get dimensions(): number | null {
    return this.#dimensions
  }

  async embed(...[texts, purpose, signal]: Parameters<Embedder['embed']>): Promise<readonly Float32Array[]> {
    signal.throwIfAborted()
    this.lost.throwIfAborted()
    if (texts.length === 0) return []
    const { vectors = [] } = await this.#link.call(
      { t: 'embed', texts: withPurpose(this.#name, texts, purpose) },
      AbortSignal.any([signal, this.lost]),
    )
    this.#dimensions ??= vectors[0]?.length ?? null
    return vectors
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#link.close()
    await this.#lease[Symbol.asyncDispose]()
  }
}
