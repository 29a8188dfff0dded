/**
 * WebLLM's half of the driver, in the GPU engine's SharedWorker or in a lent worker: answers the messages of link.ts. There
 * is one model that answers and one that embeds, each with one owner. A new link takes a model over from the one before, whose
 * kernel is gone; when it asks for the model that is loaded, it has it at once.
 */
import { HearthError, toWire } from '../../abi/index.ts'
import { answerFailure, noWebgpu, takenOver } from './failure.ts'
import { probeGpu } from './gpu.ts'
import type { WebllmEmbedding } from './embedding-model.ts'
import type { EmbeddingPlan, FromWorker, LinkRole, LoadPlan, ToWorker } from './link.ts'
import { WebllmModel } from './model.ts'

let model: WebllmModel | null = null
let embedding: WebllmEmbedding | null = null
const owners = new Map<LinkRole, Link>()
/** Loads, answers, vectors and unloads, one after the other: there is one graphics card, and it is watched while something loads. */
let work: Promise<unknown> = Promise.resolve()

export function serve(port: MessagePort): void {
  new Link(port)
}

/** Tells whoever owns the model by then that its device is lost. */
function watch(current: WebllmModel): void {
  const tell = () => {
    // A device that goes with its model is not lost.
    if (model !== current) return
    model = null
    owners.get('answers')?.lose(current.lost.reason as HearthError)
  }
  current.lost.addEventListener('abort', tell, { once: true })
}

function queued<T>(task: () => Promise<T>): Promise<T> {
  const done = work.then(task)
  work = done.catch(() => {})
  return done
}

async function unloadEmbedding(): Promise<void> {
  const before = embedding
  embedding = null
  await before?.[Symbol.asyncDispose]()
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
        this.#own(message.role)
        return probeGpu()
      case 'load-embedder':
        await queued(() => this.#loadEmbedder(message.plan, signal))
        return null
      case 'embed':
        return queued(() => this.#embed(message.texts, signal))
      case 'unload-embedder':
        await queued(unloadEmbedding)
        return null
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

  #own(role: LinkRole): void {
    const before = owners.get(role)
    owners.set(role, this)
    if (before !== this) before?.lose(takenOver())
  }

  async #loadEmbedder(plan: EmbeddingPlan, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (embedding && !embedding.lost.aborted && embedding.modelId === plan.modelId) return
    await unloadEmbedding()
    const gpu = await probeGpu()
    if ('reason' in gpu) throw noWebgpu(gpu.reason)
    const { WebllmEmbedding } = await import('./embedding-model.ts')
    const loaded = await WebllmEmbedding.load(plan.modelId, gpu, signal)
    embedding = loaded
    loaded.lost.addEventListener('abort', () => {
      if (embedding !== loaded) return
      embedding = null
      owners.get('vectors')?.lose(loaded.lost.reason as HearthError)
    })
  }

  async #embed(texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]> {
    signal.throwIfAborted()
    if (!embedding) throw new HearthError('no-model', 'No model is loaded for embedding.', { model: null })
    return embedding.embed(texts)
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
