/**
 * Vectors from any OpenAI-compatible server: POST {url}/embeddings, some dozens of texts at a time, one request after the
 * other. The key is kept by server.ts and is in no error.
 */
import { HearthError } from '../../abi/index.ts'
import type { Embedder, EmbedderDrivers } from '../../core/embeddings/embedder.ts'
import { SERVER_EMBEDDING_BATCH, SERVER_EMBEDDING_BYTES, SERVER_EMBEDDING_MS } from '../../core/embeddings/param.ts'
import { withPurpose } from '../../core/embeddings/purpose.ts'
import * as param from '../../core/param.ts'
import { createWatchdog } from './events.ts'
import { cutShort, notCompatible, refusal, silent } from './failure.ts'
import { parseJson, readFault, readText } from './reply.ts'
import { openServer, type Server } from './server.ts'
import { EmbeddingList } from './wire.ts'

/** Milliseconds and bytes of one reply. */
export interface EmbeddingLimits {
  readonly firstByteMs: number
  readonly idleMs: number
  readonly replyBytes: number
}

const LIMITS: EmbeddingLimits = {
  firstByteMs: SERVER_EMBEDDING_MS,
  idleMs: param.SERVER_IDLE_MS,
  replyBytes: SERVER_EMBEDDING_BYTES,
}

export const createOpenaiEmbedder: EmbedderDrivers['openai'] = (choice) => openaiEmbedderWith(LIMITS, choice)

/** The same with other bounds. @internal */
export async function openaiEmbedderWith(
  limits: EmbeddingLimits,
  { url, model, key }: Parameters<EmbedderDrivers['openai']>[0],
): Promise<Embedder> {
  const baseUrl = url.replace(/\/+$/, '').replace(/\/embeddings$/, '')
  const server = openServer({ kind: 'openai', baseUrl, model, ...(key === undefined ? {} : { key }) })
  return new OpenaiEmbedder(server, limits)
}

class OpenaiEmbedder implements Embedder {
  readonly immediate = false
  readonly batch = SERVER_EMBEDDING_BATCH
  readonly #server: Server
  readonly #limits: EmbeddingLimits
  readonly #gone = new AbortController()
  #dimensions: number | null = null
  #last: Promise<unknown> = Promise.resolve()

  constructor(server: Server, limits: EmbeddingLimits) {
    this.#server = server
    this.#limits = limits
  }

  get dimensions(): number | null {
    return this.#dimensions
  }

  /** A server that is down comes back: nothing has to be made anew for it. */
  get lost(): AbortSignal {
    return this.#gone.signal
  }

  async embed(
    ...[texts, purpose, signal]: Parameters<Embedder['embed']>
  ): Promise<readonly (readonly number[] | null)[]> {
    const stop = AbortSignal.any([signal, this.#gone.signal])
    const before = this.#last
    const vectors = (async () => {
      await before
      stop.throwIfAborted()
      return texts.length === 0 ? [] : this.#ask(withPurpose(this.#server.model, texts, purpose), stop)
    })()
    this.#last = vectors.catch(() => {})
    return vectors
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const data = { engine: 'openai', reason: 'disposed of' }
    this.#gone.abort(new HearthError('engine-lost', 'The server was disconnected.', data))
  }

  async #ask(input: readonly string[], stop: AbortSignal): Promise<number[][]> {
    const server = this.#server
    const watchdog = createWatchdog((ms) => silent(server, ms))
    const signal = AbortSignal.any([stop, watchdog.signal])
    try {
      const body = { model: server.model, input, encoding_format: 'float' }
      const response = await watchdog.guard(server.send('/embeddings', body, signal), this.#limits.firstByteMs)
      const limits = { ...NO_STREAM, ...this.#limits }
      if (!response.ok) {
        const fault = await readFault(response, limits, watchdog)
        throw refusal(server, response.status, fault, response.headers.get('retry-after'))
      }
      const vectors = read(server, await readText(response, limits, watchdog), input.length)
      this.#dimensions ??= vectors[0]?.length ?? null
      return vectors
    } catch (error) {
      stop.throwIfAborted()
      if (watchdog.signal.aborted) throw watchdog.signal.reason
      throw error instanceof HearthError ? error : cutShort(server, 'the network failed')
    }
  }
}

/** What only answers in pieces have bounds for. */
const NO_STREAM = { modelsMs: 0, usageWaitMs: 0, eventUnits: 0, answerUnits: 0 }

/** In the order of the texts, which servers may answer in any. @throws HearthError `engine-failed` */
function read(server: Server, text: string, count: number): number[][] {
  const list = EmbeddingList.safeParse(parseJson(text))
  if (!list.success) throw notCompatible(server, 'what it sent are no embeddings')
  const vectors: number[][] = []
  for (const [at, { embedding, index }] of list.data.data.entries()) {
    const place = index ?? at
    if (place >= count || vectors[place] !== undefined) throw notCompatible(server, 'its embeddings are misnumbered')
    vectors[place] = embedding
  }
  for (let at = 0; at < count; at += 1) {
    if (vectors[at] === undefined) throw notCompatible(server, 'embeddings of some texts are missing')
  }
  return vectors
}
