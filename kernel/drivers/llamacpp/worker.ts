/**
 * llama.cpp's half of the driver, inside a lent worker: answers the messages of link.ts with one model at a time. It ends
 * with the worker; a crash of llama.cpp is told once, and then the kernel throws the worker away.
 */
import { HearthError, toWire } from '../../abi/index.ts'
import type { Delta } from '../../core/engines/engine.ts'
import type { LlamaEmbedding } from './embedding-model.ts'
import type { FromWorker, ToWorker } from './link.ts'
import { LlamaModel } from './model.ts'

export function serve(port: MessagePort): void {
  const running = new Map<number, AbortController>()
  let model: LlamaModel | null = null
  let embedding: LlamaEmbedding | null = null
  // Loading and unloading, one after the other.
  let changing: Promise<unknown> = Promise.resolve()

  const post = (message: FromWorker) => port.postMessage(message)

  const replace = async (load: (() => Promise<LlamaModel>) | null): Promise<LlamaModel | null> => {
    const before = model
    model = null
    await before?.[Symbol.asyncDispose]()
    return load ? await load() : null
  }

  const change = (load: (() => Promise<LlamaModel>) | null) => {
    const done = changing.then(() => replace(load))
    changing = done.catch(() => {})
    return done
  }

  const handle = async (message: Exclude<ToWorker, { t: 'stop' }>, signal: AbortSignal): Promise<FromWorker> => {
    const { id } = message
    if (message.t === 'unload') {
      await change(null)
      return { t: 'done', id }
    }
    if (message.t === 'load') {
      const onProgress = (progress: Parameters<Parameters<typeof LlamaModel.load>[2]>[0]) => {
        if (!signal.aborted) post({ t: 'progress', id, progress })
      }
      const loaded = await change(async () => {
        model = await LlamaModel.load(message.bytes, message.plan, onProgress, signal)
        return model
      })
      return { t: 'done', id, ...(loaded ? { placement: loaded.placement } : {}) }
    }
    if (message.t === 'load-embedder') {
      // Only workers that embed need what is in it.
      const { LlamaEmbedding } = await import('./embedding-model.ts')
      embedding = await LlamaEmbedding.load(message.bytes, message.plan, signal)
      return { t: 'done', id }
    }
    if (message.t === 'embed') {
      if (!embedding) throw new HearthError('no-model', 'No model is loaded for embedding.', { model: null })
      const current = embedding
      try {
        return { t: 'done', id, vectors: await current.embed(message.texts, signal) }
      } finally {
        if (current.dead.aborted) post({ t: 'crash', error: toWire(current.dead.reason) })
      }
    }
    if (!model) throw new HearthError('no-model', 'No model is loaded in this engine.', { model: null })
    const current: LlamaModel = model
    const outbox = new Outbox((deltas) => post({ t: 'deltas', id, deltas }))
    try {
      await current.generate(message.request, (delta) => outbox.add(delta), signal)
    } finally {
      outbox.flush()
      const reason: unknown = current.dead.reason
      // Disposing ends answers too, and is no crash.
      if (current.dead.aborted && !HearthError.is(reason, 'cancelled')) post({ t: 'crash', error: toWire(reason) })
    }
    return { t: 'done', id }
  }

  port.addEventListener('message', (event: MessageEvent<ToWorker>) => {
    const message = event.data
    if (message.t === 'stop') {
      running.get(message.id)?.abort(new HearthError('cancelled', 'Stopped.', { by: 'caller' }))
      return
    }
    const abort = new AbortController()
    running.set(message.id, abort)
    void handle(message, abort.signal)
      .catch((error: unknown): FromWorker => ({ t: 'fail', id: message.id, error: toWire(error) }))
      .then((answer) => {
        running.delete(message.id)
        post(answer)
      })
  })
  port.start()
}

/**
 * Posts deltas a microtask later. wllama asks llama.cpp for the next token right after it has handed one over, so the
 * posting happens while that is computed. Each delta still goes at once: it is the kernel that coalesces for clients.
 */
class Outbox {
  readonly #post: (deltas: readonly Delta[]) => void
  #deltas: Delta[] = []

  constructor(post: (deltas: readonly Delta[]) => void) {
    this.#post = post
  }

  add(delta: Delta): void {
    if (this.#deltas.push(delta) === 1) queueMicrotask(() => this.flush())
  }

  flush(): void {
    if (this.#deltas.length === 0) return
    const deltas = this.#deltas
    this.#deltas = []
    this.#post(deltas)
  }
}
