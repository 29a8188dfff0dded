/**
 * One model in llama.cpp's memory, through wllama. Loading it starts wllama's own worker, disposing terminates that, which
 * is the only way to give WebAssembly memory back. Never uses wllama's downloads, caches or CDN: bytes come from the kernel.
 */
import { Wllama } from '@wllama/wllama/esm/index.js'
import wasmPath from '@wllama/wllama/esm/wasm/wllama.wasm?url'
import { HearthError } from '../../abi/index.ts'
import type { Placement, Progress } from '../../abi/index.ts'
import type { Delta, GenerateRequest } from '../../core/engines/engine.ts'
import { LLAMA_BATCH_TOKENS } from '../../core/param.ts'
import { AnswerReader } from './answer-reader.ts'
import { beginningOf, completionOptions } from './completion.ts'
import { answerFailure, crashFailure, isCrash, isRefusal, loadFailure } from './failure.ts'
import type { LoadPlan } from './link.ts'
import { describePlacement, planPlacement } from './placement.ts'
import { Slots } from './slots.ts'

/** Lines of llama.cpp's log kept for error messages and to learn what it did. */
const LOG_LINES = 400

export class LlamaModel implements AsyncDisposable {
  readonly placement: Placement
  /** Aborts, with the error as its reason, once llama.cpp has crashed. */
  readonly dead: AbortSignal
  readonly #wllama: Wllama
  readonly #plan: LoadPlan
  readonly #log: RuntimeLog
  readonly #slots: Slots
  readonly #closed: AbortController

  private constructor(wllama: Wllama, plan: LoadPlan, log: RuntimeLog, placement: Placement, closed: AbortController) {
    this.#wllama = wllama
    this.#plan = plan
    this.#log = log
    this.placement = placement
    this.#slots = new Slots(plan.slots)
    this.#closed = closed
    this.dead = closed.signal
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
      n_ctx: plan.contextTokens * plan.slots,
      n_parallel: plan.slots,
      kv_unified: true,
      n_batch: LLAMA_BATCH_TOKENS,
      n_gpu_layers: place.gpuLayers,
      n_threads: place.threads,
      prefill_assistant: true,
      // Thinking aloud costs minutes on a CPU, and an answer with hidden parts could not be continued from its text.
      reasoning: false,
      // Keeping idle prompts in a second cache (up to 8 GB) would take the memory of the model itself.
      cache_idle_slots: false,
      ctx_shift: false,
    })
    try {
      await untilAborted(loading, AbortSignal.any([signal, closed.signal]))
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
      await this.#slots.hold(1, waiting, () => this.#answer(request, reader, onDelta, signal))
    } catch (error) {
      if (!isRefusal(error)) throw error
      // A request that llama.cpp refuses takes all others in flight down with it, and nothing tells which one it was. So
      // each goes on from where it was, one at a time; the one that fails when it is alone is the one.
      if (!reader.canContinue) throw answerFailure(error, this.#log.lines)
      await this.#slots.hold(this.#slots.total, waiting, async () => {
        try {
          await this.#answer(reader.restOfRequest(), reader, onDelta, signal)
        } catch (again) {
          throw isRefusal(again) ? answerFailure(again, this.#log.lines) : again
        }
      })
    }
  }

  async #answer(
    request: GenerateRequest,
    reader: AnswerReader,
    onDelta: (delta: Delta) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const full = new AbortController()
    const stop = AbortSignal.any([signal, full.signal])
    reader.begin(beginningOf(request))
    const answer = this.#wllama.createChatCompletion({
      ...completionOptions(request),
      stream: true,
      abortSignal: stop,
      onData: (chunk) => {
        if (stop.aborted) return
        for (const delta of reader.read(chunk)) onDelta(delta)
        if (reader.windowTokens >= this.#plan.contextTokens) full.abort()
      },
    })
    try {
      // Not raced with the signal: the slot is free only once llama.cpp has let go of it, within a token.
      await untilAborted(answer, this.dead)
    } catch (error) {
      answer.catch(() => {})
      if (this.dead.aborted) throw this.dead.reason
      if (isCrash(error)) {
        this.#closed.abort(crashFailure(error, this.#log.lines, this.#plan.model, this.#plan.neededBytes))
        throw this.dead.reason
      }
      signal.throwIfAborted()
      if (isRefusal(error)) throw error
      if (!full.signal.aborted) throw answerFailure(error, this.#log.lines)
    }
    signal.throwIfAborted()
    for (const delta of reader.finish(full.signal.aborted)) onDelta(delta)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new HearthError('cancelled', 'The model was unloaded.', { by: 'kernel' }))
    await this.#wllama.exit()
  }
}

/** What llama.cpp prints. An uncaught error in wllama's worker arrives here too, and nowhere else. */
class RuntimeLog {
  readonly lines: string[] = []
  readonly #onCrash: (error: HearthError) => void

  constructor(onCrash: (error: HearthError) => void) {
    this.#onCrash = onCrash
  }

  readonly debug = (...parts: unknown[]) => this.#add(parts)
  readonly log = (...parts: unknown[]) => this.#add(parts)
  readonly warn = (...parts: unknown[]) => this.#add(parts)
  readonly error = (...parts: unknown[]) => {
    this.#add(parts)
    if (isCrash(parts[0])) this.#onCrash(crashFailure(parts[0], this.lines, '', 0))
  }

  #add(parts: unknown[]): void {
    if (typeof parts[0] === 'string') this.lines.push(parts[0])
    if (this.lines.length > LOG_LINES) this.lines.shift()
  }
}

/** Tells how much of a file llama.cpp has read. */
class MeteredBlob extends Blob {
  readonly #onProgress: (progress: Progress) => void
  readonly #start = performance.now()
  #done = 0

  constructor(bytes: Blob, onProgress: (progress: Progress) => void) {
    super([bytes])
    this.#onProgress = onProgress
  }

  override slice(start = 0, end = this.size, type?: string): Blob {
    // Parts are read again and out of order; how far it got is what a person wants to see.
    this.#done = Math.max(this.#done, Math.min(end, this.size))
    const seconds = (performance.now() - this.#start) / 1000
    const bytesPerSecond = seconds > 0 ? this.#done / seconds : 0
    this.#onProgress({
      phase: 'load',
      doneBytes: this.#done,
      totalBytes: this.size,
      bytesPerSecond,
      secondsLeft: bytesPerSecond > 0 ? (this.size - this.#done) / bytesPerSecond : null,
    })
    return super.slice(start, end, type)
  }
}

/** wllama's build addresses memory with 64 bits; without that its WebAssembly does not compile. */
function requireMemory64(): void {
  const probe = [0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 4, 1]
  if (WebAssembly.validate(new Uint8Array(probe))) return
  throw new HearthError(
    'unsupported',
    'This browser has no 64-bit WebAssembly memory, which local GGUF models need. Use a current Chrome, Edge or Firefox, or connect a model server.',
    { feature: 'memory64' },
  )
}

/** Settles as `work` does, or rejects with the signal's reason when that is sooner. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  let onAbort = () => {}
  const aborted = new Promise<never>((_, reject) => (onAbort = () => reject(signal.reason)))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
