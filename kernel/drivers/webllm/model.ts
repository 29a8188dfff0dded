/**
 * One model in WebLLM. Loads it, writes one answer at a time, and gives its memory back. WebLLM keeps one conversation's KV
 * cache: going on with the last conversation costs only its new turn, any other is read again from its start.
 *
 * An interrupted answer goes on from its text, as part of the assistant's opening. WebLLM 0.2.86 has `resumable` generations,
 * which are of no use for that: a stream that is left, or interrupted, is journaled as finished (`closeStreamJournal` writes
 * GenerationFinished with `abort`), and what is finished is not resumed (`probeReplayState`). They survive only a worker that
 * dies. For that every prompt would be read from its start (`prefillGeneration` sets `reuseKVCache: false`), and its KV written
 * to disk; reading the prompt and the text again after a death, which is rare, costs less.
 */
import type { ChatCompletionRequestStreaming, CompletionUsage, MLCEngine } from '@mlc-ai/web-llm'
import type { Progress } from '../../abi/index.ts'
import { abortable } from '../../core/engines/abortable.ts'
import type { Delta, GenerateRequest } from '../../core/engines/engine.ts'
import { chatMessages, replyOpening, usesTools } from './conversation.ts'
import { buffersTooSmall, deviceLost, loadFailure, noShaderF16, outOfMemory } from './failure.ts'
import { watchFetches } from './fetch-watch.ts'
import { watchDevices } from './gpu.ts'
import {
  beginReplyWith,
  chatTemplate,
  filledTokens,
  prefilledTokens,
  replySeparator,
  type ChatTemplate,
} from './insides.ts'
import type { GpuReport, LoadAnswer, LoadPlan } from './link.ts'
import { LoadProgress } from './load-progress.ts'
import { readModelName } from './model-name.ts'
import { appConfigFor, neededBytesOf } from './source.ts'
import { createSplitter } from './tool-calls.ts'

export class WebllmModel implements AsyncDisposable {
  readonly #engine: MLCEngine
  readonly #config: ChatTemplate
  readonly #gpu: GpuReport
  readonly #lost: AbortController
  readonly #tools: boolean
  readonly plan: LoadPlan
  /** What every answer begins with, after the role: a separator and, for some, an empty thought. */
  readonly #opening: string

  private constructor(engine: MLCEngine, config: ChatTemplate, plan: LoadPlan, gpu: GpuReport, lost: AbortController) {
    this.#engine = engine
    this.#config = config
    this.plan = plan
    this.#gpu = gpu
    this.#lost = lost
    this.#tools = usesTools(plan.source.modelId)
    this.#opening = replySeparator(config) + replyOpening(plan.source.modelId)
  }

  /** Aborts when the device is lost; the model is then gone. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  get answer(): LoadAnswer {
    const name = this.#gpu.fallback ? `${this.#gpu.name} (software)` : this.#gpu.name
    return {
      placement: { on: 'gpu', name },
      contextTokens: Math.min(this.plan.contextTokens, this.#config.context_window_size ?? Infinity),
      tools: this.#tools,
    }
  }

  /** @throws HearthError, or the signal's reason. */
  static async load(
    plan: LoadPlan,
    gpu: GpuReport,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<WebllmModel> {
    signal.throwIfAborted()
    onProgress({
      phase: 'load',
      doneBytes: 0,
      totalBytes: null,
      bytesPerSecond: 0,
      secondsLeft: null,
      note: 'starting WebLLM',
    })
    const webllm = await import('@mlc-ai/web-llm')
    signal.throwIfAborted()
    const { record, ...appConfig } = appConfigFor(plan.source, webllm.prebuiltAppConfig)
    const { model } = plan
    const id = record.model_id
    const f16 = readModelName(id).f16 || record.required_features?.includes('shader-f16') === true
    if (f16 && !gpu.shaderF16) {
      const exists = (twin: string) => webllm.prebuiltAppConfig.model_list.some((listed) => listed.model_id === twin)
      throw noShaderF16(id, gpu.name, exists)
    }
    const bufferBytes = record.buffer_size_required_bytes ?? 0
    if (bufferBytes > gpu.storageBufferBytes) throw buffersTooSmall(model, bufferBytes)

    const lost = new AbortController()
    // The devices it tells of are those made until the load ends; it goes on telling of them.
    const devices = watchDevices(({ message }) => {
      lost.abort(deviceLost(message === '' ? 'no reason given' : message))
    })
    const ended = new AbortController()
    const fetches = watchFetches(AbortSignal.any([signal, ended.signal]), () => progress.arrived())
    const progress = new LoadProgress(onProgress, fetches)
    const engine = new webllm.MLCEngine({
      appConfig,
      logLevel: 'SILENT',
      initProgressCallback: (report) => progress.report(report),
    })
    try {
      await abortable(engine.reload(id, windowOf(plan)), lost.signal)
      // It returns without a word when a fetch was aborted.
      signal.throwIfAborted()
      lost.signal.throwIfAborted()
      return new WebllmModel(engine, chatTemplate(engine, id), plan, gpu, lost)
    } catch (error) {
      // Unloading takes the device along, which is no loss.
      const wasLost = lost.signal.aborted
      ended.abort()
      await engine.unload().catch(() => {})
      signal.throwIfAborted()
      const neededBytes = neededBytesOf(record)
      // WebLLM destroys its device when an allocation fails.
      if (wasLost && !fetches.fault) throw outOfMemory(model, neededBytes)
      const { fault, receivedBytes } = fetches
      throw loadFailure(error, { model, neededBytes, fault, receivedBytes, deviceLost: wasLost })
    } finally {
      fetches[Symbol.dispose]()
      devices[Symbol.dispose]()
    }
  }

  /**
   * Writes one answer. Aborting ends it at the next token; reading the conversation cannot be interrupted.
   * @throws what WebLLM threw, or the signal's reason
   */
  async generate(request: GenerateRequest, emit: (delta: Delta) => void, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const prefix = request.prefix ?? ''
    await this.#begin(prefix)
    const splitter = createSplitter({
      tools: this.#tools && request.tools.length > 0,
      stop: request.stop ?? [],
      newId: () => `call_${crypto.randomUUID()}`,
    })
    const pieces = (list: ReturnType<typeof splitter.push>) => {
      for (const piece of list) {
        calls += 'call' in piece ? 1 : 0
        emit('call' in piece ? { type: 'tool-call', call: piece.call } : { type: 'text', ...piece })
      }
    }
    const started = performance.now()
    let calls = 0
    let cut = false
    let promptTokens = 0
    let usage: CompletionUsage | undefined
    try {
      const chunks = await this.#engine.chatCompletion(this.#request(request))
      // Leaving the loop ends WebLLM's generator, which stops the pipeline and frees its lock.
      for await (const chunk of chunks) {
        signal.throwIfAborted()
        this.lost.throwIfAborted()
        // Right after the prefill: the whole prompt, also what was there before.
        if (promptTokens === 0) {
          promptTokens = filledTokens(this.#engine, this.plan.source.modelId)
          const read = prefilledTokens(this.#engine, this.plan.source.modelId)
          const ms = performance.now() - started
          if (read !== null && promptTokens >= read && promptTokens > 0) {
            emit({ type: 'prefill', promptTokens, cachedTokens: promptTokens - read, ms })
          }
        }
        usage = chunk.usage ?? usage
        const choice = chunk.choices[0]
        const text = choice?.delta.content ?? ''
        cut ||= choice?.finish_reason === 'length'
        if (text !== '') pieces(splitter.push(text, 1))
      }
      pieces(splitter.end(cut))
    } finally {
      if (prefix !== '') await this.#begin('', true)
    }
    emit({
      type: 'finish',
      reason: calls > 0 ? 'tool-calls' : cut && !splitter.stopped ? 'length' : 'stop',
      usage: usageOf(usage, promptTokens),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine.unload().catch(() => {})
  }

  /**
   * Sets what the answer begins with. A prefix becomes part of the assistant's opening, so that the model goes on from it;
   * the conversation is then read again, as WebLLM would not look at the opening of one it goes on with.
   */
  async #begin(prefix: string, reset = prefix !== ''): Promise<void> {
    beginReplyWith(this.#config, this.#opening + prefix)
    if (reset) await this.#engine.resetChat()
  }

  #request(request: GenerateRequest): ChatCompletionRequestStreaming {
    const { temperature, topP, seed, maxTokens, stop, responseFormat } = request
    return {
      messages: chatMessages(request, this.#tools),
      stream: true,
      stream_options: { include_usage: true },
      temperature,
      top_p: topP,
      max_tokens: maxTokens,
      ...(seed === undefined ? {} : { seed }),
      ...(stop?.length ? { stop: [...stop] } : {}),
      ...(responseFormat
        ? {
            response_format: {
              type: 'json_object' as const,
              ...(responseFormat.type === 'json_schema' ? { schema: JSON.stringify(responseFormat.schema) } : {}),
            },
          }
        : {}),
    }
  }
}

/** Models of the list have a window of their own; it is only ever made smaller. */
function windowOf({ source, contextTokens }: LoadPlan) {
  return source.kind === 'webllm' ? {} : { context_window_size: contextTokens, sliding_window_size: -1 }
}

function usageOf(usage: CompletionUsage | undefined, filled: number) {
  const prefilled = usage?.prompt_tokens ?? 0
  const promptTokens = Math.max(prefilled, filled)
  const completionTokens = usage?.completion_tokens ?? 0
  const rate = usage?.extra.decode_tokens_per_s
  return {
    promptTokens,
    cachedTokens: promptTokens - prefilled,
    completionTokens,
    prefillMs: usage ? usage.extra.time_to_first_token_s * 1000 : null,
    decodeMs: rate ? (completionTokens / rate) * 1000 : null,
  }
}
