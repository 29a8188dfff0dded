/** The kernel's end of the port to WebLLM's worker: requests by id, answers raced with the worker's death. */
import { HearthError, type Progress } from '../../abi/index.ts'
import type { Delta, GenerateRequest } from '../../core/engines/engine.ts'
import type { Lease } from '../../core/lending.ts'
import { deviceLost } from './failure.ts'
import type { FromWorker, GpuReport, LinkRole, LoadAnswer, LoadPlan, NoGpu, ToWorker } from './link.ts'

type Result = Extract<FromWorker, { t: 'done' }>['result']
type WithoutId<M> = M extends { id: number } ? Omit<M, 'id'> : never
type Question = WithoutId<Exclude<ToWorker, { t: 'stop' }>>

interface Pending {
  readonly progress: (progress: Progress) => void
  readonly delta: (delta: Delta) => void
  readonly done: (result: Result) => void
  readonly fail: (error: unknown) => void
}

export class EngineLink {
  /** Aborts when the lease or the device is lost, when another kernel took over, and when the link is closed. */
  readonly lost: AbortSignal
  readonly #gone = new AbortController()
  readonly #port: MessagePort
  readonly #pending = new Map<number, Pending>()
  #lastId = 0

  constructor(lease: Lease) {
    if (!(lease.port instanceof MessagePort)) throw new TypeError('The lease has no port.')
    this.#port = lease.port
    this.lost = this.#gone.signal
    this.#port.addEventListener('message', (event: MessageEvent<FromWorker>) => this.#receive(event.data))
    this.#port.start()
    if (lease.lost.aborted) this.#end(lease.lost.reason)
    else lease.lost.addEventListener('abort', () => this.#end(lease.lost.reason), { once: true })
  }

  async probe(role: LinkRole, signal: AbortSignal): Promise<GpuReport | NoGpu> {
    return (await this.#ask({ t: 'probe', role }, signal)) as GpuReport | NoGpu
  }

  async loadEmbedder(modelId: string, signal: AbortSignal): Promise<void> {
    await this.#ask({ t: 'load-embedder', plan: { modelId } }, signal)
  }

  async embed(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]> {
    return (await this.#ask({ t: 'embed', texts }, signal)) as Float32Array[]
  }

  async unloadEmbedder(): Promise<void> {
    await this.#ask({ t: 'unload-embedder' }, this.lost)
  }

  async load(plan: LoadPlan, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<LoadAnswer> {
    return (await this.#ask({ t: 'load', plan }, signal, { progress: onProgress })) as LoadAnswer
  }

  async unload(): Promise<void> {
    await this.#ask({ t: 'unload' }, this.lost)
  }

  /** One answer. Leaving the loop early stops it. */
  async *stream(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<Delta, void, undefined> {
    const queue: Delta[] = []
    let wake = () => {}
    const state = { ended: false }
    const left = new AbortController()
    const delta = (one: Delta) => {
      queue.push(one)
      wake()
    }
    const answer = this.#ask({ t: 'generate', request }, AbortSignal.any([signal, left.signal]), { delta })
    // Its failure is thrown below, where it is awaited.
    const settled = answer.then(
      () => void (state.ended = true),
      () => {
        state.ended = true
        // What was not read yet is not part of an answer that is over.
        queue.length = 0
      },
    )
    void settled.then(() => wake())
    try {
      for (;;) {
        for (let next = queue.shift(); next; next = queue.shift()) yield next
        if (state.ended) break
        await new Promise<void>((resolve) => (wake = resolve))
      }
      await answer
    } finally {
      left.abort()
    }
  }

  /** Nothing is asked any more; what is pending fails with `reason`. */
  close(): void {
    this.#end(deviceLost('it was closed'))
  }

  async #ask(question: Question, signal: AbortSignal, listeners: Partial<Pending> = {}): Promise<Result> {
    signal.throwIfAborted()
    this.lost.throwIfAborted()
    const id = ++this.#lastId
    const ignore = () => {}
    const onAbort = () => {
      const pending = this.#pending.get(id)
      if (!this.#pending.delete(id)) return
      if (!this.lost.aborted) this.#post({ t: 'stop', id })
      pending?.fail(signal.reason)
    }
    try {
      return await new Promise<Result>((done, fail) => {
        this.#pending.set(id, { progress: ignore, delta: ignore, ...listeners, done, fail })
        signal.addEventListener('abort', onAbort, { once: true })
        this.#post({ ...question, id })
      })
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  #receive(message: FromWorker): void {
    if (message.t === 'lost') return void this.#end(HearthError.fromWire(message.error))
    const pending = this.#pending.get(message.id)
    // An answer to a question that was stopped.
    if (!pending) return
    if (message.t === 'progress') return void pending.progress(message.progress)
    if (message.t === 'delta') return void pending.delta(message.delta)
    this.#pending.delete(message.id)
    if (message.t === 'done') pending.done(message.result)
    else pending.fail(HearthError.fromWire(message.error))
  }

  #post(message: ToWorker): void {
    this.#port.postMessage(message)
  }

  #end(reason: unknown): void {
    if (this.lost.aborted) return
    this.#gone.abort(reason)
    for (const { fail } of this.#pending.values()) fail(reason)
    this.#pending.clear()
    this.#port.close()
  }
}
