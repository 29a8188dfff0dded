/**
 * WebLLM's half of the driver in the kernel. The model computes in another worker (worker.ts); this side asks and waits,
 * never longer than that worker lives.
 */
import { HearthError, type Progress } from '../../abi/index.ts'
import type {
  Delta,
  Engine,
  EngineFactory,
  GenerateRequest,
  LoadedModel,
  LoadRequest,
} from '../../core/engines/engine.ts'
import { borrowGpu, type Borrowed } from './borrow.ts'

export const createWebllmEngine: EngineFactory = async (lender, signal, onWait) => {
  return new WebllmEngine(await borrowGpu(lender, signal, onWait))
}

class WebllmEngine implements Engine {
  readonly kind = 'webllm'
  readonly lost: AbortSignal
  readonly #borrowed: Borrowed
  #model: string | null = null

  constructor(borrowed: Borrowed) {
    this.#borrowed = borrowed
    this.lost = borrowed.link.lost
  }

  async load(
    { model, source, contextTokens }: LoadRequest,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<LoadedModel> {
    if (source.kind !== 'webllm' && source.kind !== 'webllm-url') {
      throw new TypeError(`not a model for WebLLM: ${source.kind}`)
    }
    this.#model = null
    const loaded = await this.#borrowed.link.load({ model, source, contextTokens }, onProgress, signal)
    this.#model = model
    // WebLLM goes on from a prefix by reading it as the beginning of the answer.
    return { ...loaded, slots: 1, retains: 0, continues: true }
  }

  async *generate(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<Delta, void, undefined> {
    signal.throwIfAborted()
    this.lost.throwIfAborted()
    if (this.#model === null) {
      throw new HearthError('no-model', 'No model is loaded in this engine.', { model: null })
    }
    yield* this.#borrowed.link.stream(request, signal)
  }

  async unload(): Promise<void> {
    this.#model = null
    if (!this.lost.aborted) await this.#borrowed.link.unload()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#model = null
    const { lease, link } = this.#borrowed
    // A worker that lives on must not keep a model that nobody wants. One whose tab has closed keeps it for the next tab.
    if (!link.lost.aborted) await link.unload().catch(() => {})
    link.close()
    await lease[Symbol.asyncDispose]()
  }
}
