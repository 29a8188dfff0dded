/**
 * One model in llama.cpp's memory that embeds, through wllama's `createEmbedding`. A worker has this or a model that answers,
 * never both. Texts are embedded one after the other: llama.cpp has one slot here, so that a text may be as long as the window.
 */
import { Wllama } from '@wllama/wllama/esm/index.js'
import wasmPath from '@wllama/wllama/esm/wasm/wllama.wasm?url'
import { HearthError } from '../../abi/index.ts'
import { abortable } from '../../core/engines/abortable.ts'
import { answerFailure, crashFailure, isCrash, isRefusal, loadFailure } from './failure.ts'
import type { EmbeddingPlan } from './link.ts'
import { planPlacement } from './placement.ts'
import { requireMemory64 } from './require-memory64.ts'
import { RuntimeLog } from './runtime-log.ts'

export class LlamaEmbedding {
  /** Aborts, with the error as its reason, once llama.cpp has crashed. */
  readonly dead: AbortSignal
  readonly #wllama: Wllama
  readonly #plan: EmbeddingPlan
  readonly #log: RuntimeLog
  readonly #closed: AbortController
  #last: Promise<unknown> = Promise.resolve()

  private constructor(wllama: Wllama, plan: EmbeddingPlan, log: RuntimeLog, closed: AbortController) {
    this.#wllama = wllama
    this.#plan = plan
    this.#log = log
    this.#closed = closed
    this.dead = closed.signal
  }

  /** @throws HearthError `bad-model`, `out-of-memory`, `unsupported`, `storage-failed`, `engine-lost`, or the signal's reason. */
  static async load(bytes: Blob, plan: EmbeddingPlan, signal: AbortSignal): Promise<LlamaEmbedding> {
    requireMemory64()
    const place = await planPlacement(plan.weightBytes)
    signal.throwIfAborted()
    const closed = new AbortController()
    const log = new RuntimeLog((error) => closed.abort(error))
    const wllama = new Wllama(
      { default: new URL(wasmPath, self.location.href).href },
      { logger: log, allowOffline: true },
    )
    const loading = wllama.loadModel([bytes], {
      embeddings: true,
      ...(plan.pooling === 'own' ? {} : { pooling_type: plan.pooling }),
      n_ctx: plan.contextTokens,
      n_parallel: 1,
      // A text is read whole: models that look at it in both directions cannot take it in pieces.
      ...{ n_batch: plan.contextTokens, n_ubatch: plan.contextTokens },
      ...{ n_gpu_layers: place.gpuLayers, n_threads: place.threads },
      ...(place.gpuLayers > 0 ? {} : { flash_attn: false }),
    })
    try {
      await abortable(loading, signal, closed.signal)
      // wllama calls a load that llama.cpp gave up on a success.
      if (!(wllama.getLoadedContextInfo().n_vocab > 0)) throw new Error('it could not be loaded')
      return new LlamaEmbedding(wllama, plan, log, closed)
    } catch (error) {
      loading.catch(() => {})
      await wllama.exit()
      if (signal.aborted) throw signal.reason
      throw loadFailure(error, log.lines, plan.model, plan.neededBytes)
    }
  }

  /** @throws HearthError, or the signal's reason. Stops between two texts. */
  embed(texts: readonly string[], signal: AbortSignal): Promise<Float32Array<ArrayBuffer>[]> {
    const before = this.#last
    const vectors = (async () => {
      await before
      const done: Float32Array<ArrayBuffer>[] = []
      for (const text of texts) {
        signal.throwIfAborted()
        this.dead.throwIfAborted()
        done.push(await this.#embedOne(text))
      }
      return done
    })()
    this.#last = vectors.catch(() => {})
    return vectors
  }

  /** What has more tokens than the window is shortened until it fits. */
  async #embedOne(text: string): Promise<Float32Array<ArrayBuffer>> {
    for (let part = text; ;) {
      try {
        return await this.#ask(part)
      } catch (error) {
        const tokens = HearthError.is(error, 'context-overflow') ? error.data.tokens : null
        if (tokens === null || part.length < 2) throw error
        const share = tokens > 0 ? (0.95 * this.#plan.contextTokens) / tokens : 0.5
        part = part.slice(0, Math.max(1, Math.floor(part.length * Math.min(0.9, share))))
      }
    }
  }

  async #ask(text: string): Promise<Float32Array<ArrayBuffer>> {
    try {
      const asking = this.#wllama.createEmbedding({ input: text, encoding_format: 'float' })
      const { data } = await abortable(asking, this.dead)
      const vector = data[0]?.embedding
      if (!Array.isArray(vector)) throw new Error('llama.cpp gave no vector')
      return Float32Array.from(vector)
    } catch (error) {
      if (this.dead.aborted) throw this.dead.reason
      if (isCrash(error)) {
        const crash = crashFailure(error, this.#log.lines, this.#plan.model, this.#plan.neededBytes)
        this.#closed.abort(crash)
        throw crash
      }
      throw overflow(this.#log.lines, error) ?? answerFailure(error, this.#log.lines)
    }
  }
}

/** llama.cpp has two ways to say that a text is too long. */
function overflow(log: readonly string[], error: unknown): HearthError | null {
  const said = isRefusal(error) ? log.slice(-8).join('\n') : error instanceof Error ? error.message : String(error)
  const [, tokens] = /input \((\d+) tokens\) is (?:too large|larger)/.exec(said) ?? []
  if (tokens === undefined) return null
  const data = { tokens: Number(tokens), limitTokens: 0 }
  return new HearthError('context-overflow', 'The text is longer than what the model reads at once.', data)
}
