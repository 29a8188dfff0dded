/**
 * WebLLM's half of the driver, in the GPU engine's SharedWorker or in a lent worker: answers the messages of link.ts. There
 * is one model and one owner. A new link takes the model over from the one before, whose kernel is gone; when it asks for the
 * model that is loaded, it has it at once.
 */
import { HearthError, toWire } from '../../abi/index.ts'
import { answerFailure, noWebgpu, takenOver } from './failure.ts'
import { probeGpu } from './gpu.ts'
import type { FromWorker, LoadPlan, ToWorker } from './link.ts'
import { WebllmModel } from './model.ts'

let model: WebllmModel | null = null
let owner: Link | null = null
/** Loads, answers and unloads, one after the other: WebLLM has one model, one device and one interrupt. */
let work: Promise<unknown> = Promise.resolve()

export function serve(port: MessagePort): void {
  owner?.lose(takenOver())
  owner = new Link(port)
}

/** Tells whoever owns the model by then that its device is lost. */
function watch(current: WebllmModel): void {
  const tell = () => {
    // A device that goes with its model is not lost.
    if (model !== current) return
    model = null
    owner?.lose(current.lost.reason as HearthError)
  }
  current.lost.addEventListener('abort', tell, { once: true })
}

function queued<T>(task: () => Promise<T>): Promise<T> {
  const done = work.then(task)
  work = done.catch(() => {})
  return done
}

class Link {
  readonly #port: MessagePort
  readonly #running = new Map<number, AbortController>()
  #lost = false

  constructor(port: MessagePort) {
    this.#port = port
    port.addEventListener('message', (event: MessageEvent<ToWorker>) => void this.#receive(event.data))
    // Where the browser tells: the kernel is gone, and nobody reads the answer. The model stays for the next one.
    port.addEventListener('close', () => this.#stopAll(takenOver()))
    port.start()
  }

  /** Tells the kernel that nothing will come from here any more. */
  lose(error: HearthError): void {
    if (this.#lost) return
    this.#lost = true
    this.#stopAll(error)
    this.#port.postMessage({ t: 'lost', error: toWire(error) } satisfies FromWorker)
    this.#port.close()
  }

  async #receive(message: ToWorker): Promise<void> {
    const { id } = message
    if (message.t === 'stop') {
      this.#running.get(id)?.abort(new HearthError('cancelled', 'Stopped.', { by: 'caller' }))
      return
    }
    const abort = new AbortController()
    this.#running.set(id, abort)
    try {
      this.#post({ t: 'done', id, result: await this.#handle(message, abort.signal) })
    } catch (error) {
      this.#post({ t: 'fail', id, error: toWire(error) })
    } finally {
      this.#running.delete(id)
    }
  }

  async #handle(message: Exclude<ToWorker, { t: 'stop' }>, signal: AbortSignal) {
    switch (message.t) {
      case 'probe':
        return probeGpu()
      case 'load':
        return queued(() => this.#load(message.id, message.plan, signal))
      case 'generate':
        await queued(() => this.#generate(message, signal))
        return null
      case 'unload':
        await queued(() => this.#unload())
        return null
    }
  }

  async #load(id: number, plan: LoadPlan, signal: AbortSignal) {
    signal.throwIfAborted()
    if (model && !model.lost.aborted && JSON.stringify(model.plan) === JSON.stringify(plan)) {
      return model.answer
    }
    await this.#unload()
    const gpu = await probeGpu()
    if ('reason' in gpu) throw noWebgpu(gpu.reason)
    model = await WebllmModel.load(plan, gpu, (progress) => this.#post({ t: 'progress', id, progress }), signal)
    watch(model)
    return model.answer
  }

  async #generate({ id, request }: Extract<ToWorker, { t: 'generate' }>, signal: AbortSignal) {
    signal.throwIfAborted()
    const current = model
    if (!current) throw new HearthError('no-model', 'No model is loaded in this engine.', { model: null })
    try {
      await current.generate(request, (delta) => this.#post({ t: 'delta', id, delta }), signal)
    } catch (error) {
      signal.throwIfAborted()
      current.lost.throwIfAborted()
      throw answerFailure(error)
    }
  }

  async #unload(): Promise<void> {
    const before = model
    model = null
    await before?.[Symbol.asyncDispose]()
  }

  #stopAll(reason: HearthError): void {
    for (const abort of this.#running.values()) abort.abort(reason)
  }

  #post(message: FromWorker): void {
    if (!this.#lost) this.#port.postMessage(message)
  }
}
