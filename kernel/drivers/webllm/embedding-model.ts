/**
 * One embedding model in WebLLM, in an engine and on a device of its own, so that it neither drives out the model that answers
 * nor goes down with it.
 */
import type { MLCEngine } from '@mlc-ai/web-llm'
import { abortable } from '../../core/engines/abortable.ts'
import { answerFailure, buffersTooSmall, deviceLost, loadFailure } from './failure.ts'
import { watchFetches } from './fetch-watch.ts'
import { watchDevices } from './gpu.ts'
import type { GpuReport } from './link.ts'
import { appConfigFor, neededBytesOf } from './source.ts'

export class WebllmEmbedding implements AsyncDisposable {
  readonly modelId: string
  readonly #engine: MLCEngine
  readonly #lost: AbortController

  private constructor(modelId: string, engine: MLCEngine, lost: AbortController) {
    this.modelId = modelId
    this.#engine = engine
    this.#lost = lost
  }

  /** Aborts when the device is lost; the model is then gone. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /** @throws HearthError, or the signal's reason. */
  static async load(modelId: string, gpu: GpuReport, signal: AbortSignal): Promise<WebllmEmbedding> {
    const webllm = await import('@mlc-ai/web-llm')
    signal.throwIfAborted()
    const { record, ...appConfig } = appConfigFor({ kind: 'webllm', modelId }, webllm.prebuiltAppConfig)
    const bufferBytes = record.buffer_size_required_bytes ?? 0
    if (bufferBytes > gpu.storageBufferBytes) throw buffersTooSmall(modelId, bufferBytes)
    const lost = new AbortController()
    const devices = watchDevices(({ message }) => lost.abort(deviceLost(message === '' ? 'no reason given' : message)))
    const ended = new AbortController()
    const fetches = watchFetches(AbortSignal.any([signal, ended.signal]), () => {})
    const engine = new webllm.MLCEngine({ appConfig, logLevel: 'SILENT' })
    try {
      await abortable(engine.reload(modelId), lost.signal)
      // It returns without a word when a fetch was aborted.
      signal.throwIfAborted()
      lost.signal.throwIfAborted()
      return new WebllmEmbedding(modelId, engine, lost)
    } catch (error) {
      const wasLost = lost.signal.aborted
      ended.abort()
      await engine.unload().catch(() => {})
      signal.throwIfAborted()
      const neededBytes = neededBytesOf(record)
      const { fault, receivedBytes } = fetches
      throw loadFailure(error, { model: modelId, neededBytes, fault, receivedBytes, deviceLost: wasLost && !fault })
    } finally {
      fetches[Symbol.dispose]()
      devices[Symbol.dispose]()
    }
  }

  /** @throws HearthError `engine-lost`, `engine-failed`. Cannot be stopped in between. */
  async embed(texts: readonly string[]): Promise<Float32Array[]> {
    this.lost.throwIfAborted()
    try {
      const { data } = await this.#engine.embeddings.create({ input: [...texts], model: this.modelId })
      return data.map(({ embedding }) => Float32Array.from(embedding))
    } catch (error) {
      this.lost.throwIfAborted()
      throw answerFailure(error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine.unload().catch(() => {})
  }
}
