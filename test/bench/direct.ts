/** The alternative: wllama by itself in the benchmark's page, with the settings of the kernel's driver. */
import { Wllama, type ChatCompletionChunk } from '@wllama/wllama/esm/index.js'
import wasm from '@wllama/wllama/esm/wasm/wllama.wasm?url'
import { LLAMA_BATCH_TOKENS } from '../../kernel/core/param.ts'
import { planPlacement } from '../../kernel/drivers/llamacpp/placement.ts'
import starter from '../../wasm/starter/starter.gguf?url'

export interface DirectOptions {
  maxTokens: number
  onText?: (text: string, tokens: number) => void
  signal?: AbortSignal
}

export class Direct {
  readonly #wllama: Wllama
  #free: number
  /** Those that wait for a slot, in order of arrival. */
  readonly #line: (() => void)[] = []

  static async load(slots: number, contextTokens: number): Promise<Direct> {
    const bytes = await (await fetch(starter)).blob()
    const place = await planPlacement(bytes.size)
    const wllama = new Wllama(
      { default: new URL(wasm, location.href).href },
      { suppressNativeLog: true, allowOffline: true },
    )
    await wllama.loadModel([bytes], {
      n_ctx: contextTokens * slots,
      n_parallel: slots,
      kv_unified: true,
      n_batch: LLAMA_BATCH_TOKENS,
      n_gpu_layers: place.gpuLayers,
      n_threads: place.threads,
      prefill_assistant: true,
      reasoning: false,
      cache_idle_slots: false,
      ctx_shift: false,
    })
    return new Direct(wllama, slots)
  }

  private constructor(wllama: Wllama, slots: number) {
    this.#wllama = wllama
    this.#free = slots
  }

  /** In order of arrival, and never more at once than there are slots: with more wllama hangs. @returns tokens written */
  async chat(content: string, options: DirectOptions): Promise<number> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#line.push(resolve))
    try {
      return await this.#answer(content, options)
    } finally {
      const next = this.#line.shift()
      if (next) next()
      else this.#free += 1
    }
  }

  async #answer(content: string, { maxTokens, onText, signal }: DirectOptions): Promise<number> {
    if (signal?.aborted) return 0
    let tokens = 0
    const request = {
      messages: [{ role: 'user', content }],
      temperature: 0,
      top_p: 1,
      max_tokens: maxTokens,
      cache_prompt: true,
      timings_per_token: true,
      stream: true,
      ...(signal ? { abortSignal: signal } : {}),
      onData: ({ choices, timings }: ChatCompletionChunk) => {
        const before = tokens
        tokens = timings?.predicted_n ?? tokens
        for (const { delta } of choices) if (delta.content) onText?.(delta.content, tokens - before)
      },
    } as Parameters<Wllama['createChatCompletion']>[0] & { stream: true }
    await this.#wllama.createChatCompletion(request).catch((error: unknown) => {
      if (!signal?.aborted) throw error
    })
    return tokens
  }
}
