/** The kernel's end of the port to a lent llama.cpp worker: requests by id, answers raced with the worker's death. */
import { HearthError } from '../../abi/index.ts'
import type { Progress } from '../../abi/index.ts'
import type { Delta, GenerateRequest } from '../../core/engines/engine.ts'
import type { Lease } from '../../core/lending.ts'
import { answerFailure, engineLost } from './failure.ts'
import type { FromWorker, ToWorker } from './link.ts'

type Answer = Pick<Extract<FromWorker, { t: 'done' }>, 'placement' | 'vectors'>

/** What is being waited for. */
interface Pending {
  progress?: (progress: Progress) => void
  deltas?: (deltas: readonly Delta[]) => void
  done(answer: Answer): void
  fail(error: unknown): void
}

type WithoutId<M> = M extends { id: number } ? Omit<M, 'id'> : never
type Request = WithoutId<Exclude<ToWorker, { t: 'stop' | 'generate' }>>

export class EngineLink {
  /** Aborts when the lease is lost or llama.cpp crashed, and when the link is closed. */
  readonly lost: AbortSignal
  readonly #port: MessagePort
  readonly #gone = new AbortController()
  readonly #pending = new Map<number, Pending>()
  #lastId = 0

  constructor(lease: Lease) {
    if (!(lease.port instanceof MessagePort)) throw new TypeError('The lease has no port.')
    this.#port = lease.port
    this.lost = this.#gone.signal
    this.#port.addEventListener('message', (event: MessageEvent<FromWorker>) => this.#receive(event.data, lease))
    this.#port.start()
    if (lease.lost.aborted) this.#end(lease.lost.reason)
    else lease.lost.addEventListener('abort', () => this.#end(lease.lost.reason), { once: true })
  }

  /** Asks once. Aborting tells the worker to stop and rejects at once with the signal's reason. */
  async call(request: Request, signal: AbortSignal, progress?: (progress: Progress) => void): Promise<Answer> {
    signal.throwIfAborted()
    this.lost.throwIfAborted()
    const id = ++this.#lastId
    const onAbort = () => this.#stop(id, signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await new Promise((done, fail) => {
        this.#pending.set(id, { done, fail, ...(progress ? { progress } : {}) })
        this.#post({ ...request, id })
      })
    } finally {
      this.#pending.delete(id)
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** One answer. Leaving the loop early stops it. */
  async *stream(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<Delta, void, undefined> {
    const id = ++this.#lastId
    const queue: Delta[] = []
    let state: 'running' | 'done' | { error: unknown } = 'running'
    let wake = () => {}
    const settle = (to: typeof state) => {
      state = to
      wake()
    }
    this.#pending.set(id, {
      deltas: (deltas) => {
        queue.push(...deltas)
        wake()
      },
      done: () => settle('done'),
      fail: (error) => settle({ error }),
    })
    const onAbort = () => {
      // What has arrived and was not read yet is not part of the answer the caller wanted stopped.
      queue.length = 0
      this.#stop(id, signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      this.#post({ t: 'generate', id, request })
      while (true) {
        for (let next = queue.shift(); next; next = queue.shift()) yield next
        const now = state as 'running' | 'done' | { error: unknown }
        if (now === 'done') return
        if (now !== 'running') throw now.error
        await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
      if (this.#pending.has(id)) this.#stop(id, null)
    }
  }

  close(): void {
    this.#end(engineLost('it was closed'))
  }

  #stop(id: number, reason: unknown): void {
    const pending = this.#pending.get(id)
    if (!pending) return
    this.#pending.delete(id)
    if (!this.lost.aborted) this.#port.postMessage({ t: 'stop', id } satisfies ToWorker)
    pending.fail(reason)
  }

  /** @throws HearthError `engine-failed` for what cannot be copied, such as a schema nested thousands of levels deep. */
  #post(message: ToWorker): void {
    try {
      this.#port.postMessage(message)
    } catch (error) {
      throw answerFailure(error, [])
    }
  }

  #receive(message: FromWorker, lease: Lease): void {
    if (message.t === 'crash') {
      const error = HearthError.fromWire(message.error)
      for (const pending of this.#takeAll()) pending.fail(error)
      this.#end(error.code === 'engine-lost' ? error : engineLost(error.message))
      lease.kill()
      return
    }
    const pending = this.#pending.get(message.id)
    // An answer to a request that was stopped.
    if (!pending) return
    if (message.t === 'deltas') pending.deltas?.(message.deltas)
    else if (message.t === 'progress') pending.progress?.(message.progress)
    else {
      this.#pending.delete(message.id)
      if (message.t === 'done') pending.done(message)
      else pending.fail(HearthError.fromWire(message.error))
    }
  }

  #end(reason: unknown): void {
    if (this.lost.aborted) return
    this.#gone.abort(reason)
    for (const pending of this.#takeAll()) pending.fail(reason)
    this.#port.close()
  }

  #takeAll(): Pending[] {
    const all = [...this.#pending.values()]
    this.#pending.clear()
    return all
  }
}
