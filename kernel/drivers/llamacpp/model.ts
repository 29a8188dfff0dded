/**
 * One model in llama.cpp's memory, through wllama. Loading it starts wllama's own worker, disposing terminates that, which
 * is the only way to give WebAssembly memory back. Never uses wllama's downloads, caches or CDN: bytes come from the kernel.
 */
import { Wllama } from '@wllama/wllama/esm/index.js'
import wasmPath from '@wllama/wllama/esm/wasm/wllama.wasm?url'
import { HearthError } from '../../abi/index.ts'
import type { Placement, Progress } from '../../abi/index.ts'
import { abortable } from '../../core/engines/abortable.ts'
import type { Delta, GenerateRequest } from '../../core/engines/engine.ts'
import { LLAMA_BATCH_TOKENS, LLAMA_CPU_BATCH_TOKENS, LLAMA_RETAINED, LLAMA_WIDE_KV_BYTES } from '../../core/param.ts'
import { AnswerReader } from './answer-reader.ts'
import { answerFailure, crashFailure, isCrash, isRefusal, loadFailure } from './failure.ts'
import { actionsOf } from './insides.ts'
import type { LoadPlan } from './link.ts'
import { MeteredBlob } from './metered-blob.ts'
import { describePlacement, planPlacement } from './placement.ts'
import { requireMemory64 } from './require-memory64.ts'
import { RuntimeLog } from './runtime-log.ts'
import { Slots } from './slots.ts'
import { Writer } from './writer.ts'

export class LlamaModel implements AsyncDisposable {
  readonly placement: Placement
  /** Aborts, with the error as its reason, once llama.cpp has crashed. */
  readonly dead: AbortSignal
  readonly #wllama: Wllama
  readonly #plan: LoadPlan
  readonly #log: RuntimeLog
  readonly #slots: Slots
  readonly #closed: AbortController
  readonly #writer: Writer

  private constructor(wllama: Wllama, plan: LoadPlan, log: RuntimeLog, placement: Placement, closed: AbortController) {
    this.#wllama = wllama
    this.#plan = plan
    this.#log = log
    this.placement = placement
    // The kernel keeps within its slots; one that was stopped may still be on its way out when the next begins.
    this.#slots = new Slots(plan.slots + plan.retains)
    this.#closed = closed
    this.dead = closed.signal
    this.#writer = new Writer(actionsOf(wllama), plan.contextTokens)
  }

  /** @throws HearthError `bad-model`, `out-of-memory`, `unsupported`, `storage-failed`, `engine-lost`, or the signal's reason. */
  static async load(
    bytes: Blob,
    plan: LoadPlan,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<LlamaModel> {
    requireMemory64()
    const place = await planPlacement(plan.weightBytes)
    signal.throwIfAborted()
    const closed = new AbortController()
    const log = new RuntimeLog((error) => closed.abort(error))
    const wllama = new Wllama(
      { default: new URL(wasmPath, self.location.href).href },
      { logger: log, allowOffline: true },
    )
    const loading = wllama.loadModel([new MeteredBlob(bytes, onProgress)], {
      n_ctx: plan.contextTokens * (plan.slots + plan.retains),
      // A conversation that nobody writes keeps a slot of llama.cpp's, and in it its KV cache; it gives up the cells when
      // one that is being written needs them. So there may be more of them than there are whole windows.
      n_parallel: plan.slots + LLAMA_RETAINED,
      kv_unified: true,
      ...(place.gpuLayers > 0 ? ON_GPU : onCpu(plan)),
      n_gpu_layers: place.gpuLayers,
      n_threads: place.threads,
      prefill_assistant: true,
      // Thinking aloud costs minutes on a CPU, and an answer with hidden parts could not be continued from its text.
      reasoning: false,
      // Idle prompts stay in the KV cache. Copying each to a second one (of up to 8 GB) whenever an answer begins would
      // take time, and the memory of the model itself.
      cache_idle_slots: false,
      ctx_shift: false,
    })
    try {
      await abortable(loading, signal, closed.signal)
      // wllama calls a load that llama.cpp gave up on a success.
      if (!(wllama.getLoadedContextInfo().n_vocab > 0)) throw new Error('it could not be loaded')
      const threads = wllama.isMultithread() ? wllama.getNumThreads() : 1
      return new LlamaModel(wllama, plan, log, describePlacement(place, log.lines, threads), closed)
    } catch (error) {
      // Whatever is still to come of it ends with its worker.
      loading.catch(() => {})
      await wllama.exit()
      if (signal.aborted) throw signal.reason
      throw loadFailure(error, log.lines, plan.model, plan.neededBytes)
    }
  }

  /**
   * Writes one answer; resolves after its `finish` delta. Waits while all slots are taken: llama.cpp hangs for ever with
   * more requests than slots.
   * @throws HearthError, or the signal's reason.
   */
  async generate(request: GenerateRequest, onDelta: (delta: Delta) => void, signal: AbortSignal): Promise<void> {
    const reader = new AnswerReader(request)
    const waiting = AbortSignal.any([signal, this.dead])
    try {
      await this.#slots.hold(1, waiting, () => this.#write(request, reader, onDelta, signal))
    } catch (error) {
      if (!isRefusal(error)) throw error
      // A request that llama.cpp refuses takes all others in flight down with it, and nothing tells which one it was. So
      // each goes on from where it was, one at a time; the one that fails when it is alone is the one.
      if (!reader.canContinue) throw answerFailure(error, this.#log.lines)
      await this.#slots.hold(this.#slots.total, waiting, async () => {
        try {
          await this.#write(reader.restOfRequest(), reader, onDelta, signal)
        } catch (again) {
          throw isRefusal(again) ? answerFailure(again, this.#log.lines) : again
        }
      })
    }
  }

  async #write(
    request: GenerateRequest,
    reader: AnswerReader,
    onDelta: (delta: Delta) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const writing = this.#writer.write(request, reader, onDelta, signal)
    try {
      // Not raced with the signal: the slot is free only once llama.cpp has let go of it, within a token.
      await abortable(writing, this.dead)
    } catch (error) {
      if (this.dead.aborted) throw this.dead.reason
      if (isCrash(error)) {
        this.#closed.abort(crashFailure(error, this.#log.lines, this.#plan.model, this.#plan.neededBytes))
        throw this.dead.reason
      }
      signal.throwIfAborted()
      throw isRefusal(error) ? error : answerFailure(error, this.#log.lines)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new HearthError('cancelled', 'The model was unloaded.', { by: 'kernel' }))
    await this.#wllama.exit()
  }
}

const ON_GPU = { n_batch: LLAMA_BATCH_TOKENS }

/**
 * Without flash attention a token's numbers are the same bit for bit whoever else is in the batch and whatever came from the
 * cache, so that a continued answer is the undisturbed one; with it they differ in the last digits, which tips close choices.
 * llama.cpp's flash attention is also the slower one in WebAssembly: 11 ms a token behind 1,232 tokens, against 7.4.
 */
function onCpu(plan: LoadPlan) {
  const wideBytes = 2 * (plan.neededBytes - plan.weightBytes)
  const wide = wideBytes <= LLAMA_WIDE_KV_BYTES ? ({ cache_type_k: 'f32', cache_type_v: 'f32' } as const) : {}
  return { n_batch: LLAMA_CPU_BATCH_TOKENS, flash_attn: false, ...wide }
}
