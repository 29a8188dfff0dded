/**
 * The driver for any OpenAI-compatible server: Ollama, llama-server, vLLM, LM Studio, a hosted one. It holds no model and
 * borrows no worker; an engine of this kind is an address and a key. How an answer goes on from a prefix, and what is true
 * of that, stands in continuation.ts.
 */
import { HearthError } from '../../abi/index.ts'
import type {
  Delta,
  Engine,
  EngineFactory,
  GenerateRequest,
  LoadedModel,
  LoadRequest,
} from '../../core/engines/engine.ts'
import * as param from '../../core/param.ts'
import { repeatable, withoutEcho, withoutPrefix } from './continuation.ts'
import { createWatchdog } from './events.ts'
import { cutShort, noModel, notCompatible, refusal, silent } from './failure.ts'
import { parseJson, readAnswer, readFault, readText, type ReplyLimits } from './reply.ts'
import { chatBody, withoutField, type ChatBody, type Continuation } from './request.ts'
import { notReached, openServer, type Server } from './server.ts'
import { ModelList, type ListedModel } from './wire.ts'

const LIMITS: ReplyLimits = {
  modelsMs: param.SERVER_MODELS_TIMEOUT_MS,
  firstByteMs: param.SERVER_FIRST_BYTE_MS,
  idleMs: param.SERVER_IDLE_MS,
  usageWaitMs: param.SERVER_USAGE_WAIT_MS,
  eventUnits: param.SERVER_EVENT_UNITS,
  answerUnits: param.SERVER_ANSWER_UNITS,
  replyBytes: param.SERVER_REPLY_BYTES,
}

/** Statuses that say a server keeps no list of models, which is no fault. */
const NO_LIST = new Set([404, 405, 501])

export const createOpenaiEngine: EngineFactory = async () => new OpenaiEngine(LIMITS)

/** The same with other bounds. @internal */
export function openaiEngineWith(limits: Partial<ReplyLimits>): EngineFactory {
  return async () => new OpenaiEngine({ ...LIMITS, ...limits })
}

/** A loaded model: where it is and what was learnt of its server. */
interface Loaded {
  readonly server: Server
  /** How its server goes on from a last assistant message, if it does. */
  prefill: Continuation | null
  /** Fields of a request that this server refused once. */
  readonly refused: Set<string>
}

class OpenaiEngine implements Engine {
  readonly kind = 'openai'
  readonly #gone = new AbortController()
  readonly #limits: ReplyLimits
  #loaded: Loaded | null = null

  constructor(limits: ReplyLimits) {
    this.#limits = limits
  }

  get lost(): AbortSignal {
    return this.#gone.signal
  }

  async load(
    request: LoadRequest,
    onProgress: Parameters<Engine['load']>[1],
    signal: AbortSignal,
  ): Promise<LoadedModel> {
    if (request.source.kind !== 'openai') throw new TypeError(`not a server: ${request.source.kind}`)
    const stop = AbortSignal.any([signal, this.#gone.signal])
    stop.throwIfAborted()
    this.#loaded = null
    const server = openServer(request.source)
    const note = `asking ${server.host} for its models`
    onProgress({ phase: 'load', doneBytes: 0, totalBytes: null, bytesPerSecond: 0, secondsLeft: null, note })
    const listed = await listedModel(server, this.#limits, stop)
    const prefill = prefillOf(listed)
    this.#loaded = { server, prefill, refused: new Set() }
    const told = listed?.meta?.n_ctx ?? listed?.max_model_len ?? listed?.context_length
    return {
      contextTokens: told ? Math.min(told, request.contextTokens) : request.contextTokens,
      slots: param.SERVER_SLOTS,
      // Whose KV a server keeps is its own affair; it tells of it afterwards, in `prefill`.
      retains: 0,
      continues: prefill !== null,
      tools: true,
      placement: { on: 'server', name: server.host },
    }
  }

  async *generate(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<Delta, void, undefined> {
    this.#gone.signal.throwIfAborted()
    const loaded = this.#loaded
    if (!loaded) throw new HearthError('no-model', 'No server is connected. Choose a model first.', { model: null })
    const stop = AbortSignal.any([signal, this.#gone.signal])
    try {
      yield* this.#continued(loaded, request, stop)
    } catch (error) {
      if (HearthError.is(error, 'engine-lost')) this.#gone.abort(error)
      throw error
    }
  }

  async unload(): Promise<void> {
    this.#loaded = null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#loaded = null
    this.#gone.abort(
      new HearthError('engine-lost', 'The server was disconnected.', { engine: this.kind, reason: 'disposed of' }),
    )
  }

  /** The answer, or what is missing of it. */
  async *#continued(
    loaded: Loaded,
    request: GenerateRequest,
    stop: AbortSignal,
  ): AsyncGenerator<Delta, void, undefined> {
    const prefix = request.prefix ?? ''
    const ask = (continuation: Continuation) =>
      this.#answer(loaded, chatBody(request, loaded.server.model, continuation, loaded.prefill), stop)
    if (prefix === '') return yield* ask('none')
    if (loaded.prefill) {
      let begun = false
      try {
        for await (const delta of withoutEcho(prefix, ask(loaded.prefill))) {
          begun = true
          yield delta
        }
        return
      } catch (error) {
        // llama-server refuses it for models that think before they answer.
        if (begun || !HearthError.is(error, 'engine-failed') || error.data.status !== 400) throw error
        loaded.prefill = null
      }
    }
    if (repeatable(request) && (yield* withoutPrefix(prefix, ask('none')))) return
    yield* ask('asked')
  }

  /** One request and its deltas. Ending the iteration closes the connection. */
  async *#answer(loaded: Loaded, body: ChatBody, stop: AbortSignal): AsyncGenerator<Delta, void, undefined> {
    const { server } = loaded
    const ended = new AbortController()
    const watchdog = createWatchdog((ms) => silent(server, ms))
    const signal = AbortSignal.any([stop, ended.signal, watchdog.signal])
    try {
      const response = await this.#accepted(loaded, body, signal, watchdog)
      for await (const delta of readAnswer(server, response, this.#limits, watchdog)) {
        // What arrived together with an earlier delta is not an answer any more once it is not wanted.
        stop.throwIfAborted()
        yield delta
      }
    } catch (error) {
      stop.throwIfAborted()
      if (watchdog.signal.aborted) throw watchdog.signal.reason
      throw error instanceof HearthError ? error : cutShort(server, 'the network failed')
    } finally {
      ended.abort()
    }
  }

  /** Sends the request, again without what the server says it does not take. */
  async #accepted(loaded: Loaded, body: ChatBody, signal: AbortSignal, watchdog: ReturnType<typeof createWatchdog>) {
    const { server, refused } = loaded
    let sent = [...refused].reduce((rest, field) => withoutField(rest, field) ?? rest, body)
    for (;;) {
      const response = await watchdog.guard(server.send('/chat/completions', sent, signal), this.#limits.firstByteMs)
      if (response.ok) return response
      const fault = await readFault(response, this.#limits, watchdog)
      const slimmer = response.status === 400 && fault.param ? withoutField(sent, fault.param) : undefined
      if (!slimmer || !fault.param) throw refusal(server, response.status, fault, response.headers.get('retry-after'))
      refused.add(fault.param)
      sent = slimmer
    }
  }
}

/** The model's entry in the server's list; undefined when the server keeps none. @throws HearthError */
async function listedModel(server: Server, limits: ReplyLimits, stop: AbortSignal): Promise<ListedModel | undefined> {
  const watchdog = createWatchdog((ms) => silent(server, ms))
  const signal = AbortSignal.any([stop, watchdog.signal])
  let text: string
  try {
    const response = await watchdog.guard(server.send('/models', undefined, signal), limits.modelsMs)
    if (NO_LIST.has(response.status)) {
      await response.body?.cancel()
      return undefined
    }
    if (!response.ok) {
      throw refusal(
        server,
        response.status,
        await readFault(response, limits, watchdog),
        response.headers.get('retry-after'),
      )
    }
    if ((response.headers.get('content-type') ?? '').includes('html')) throw notCompatible(server, 'it sent a web page')
    text = await readText(response, limits, watchdog)
  } catch (error) {
    stop.throwIfAborted()
    if (watchdog.signal.aborted) throw watchdog.signal.reason
    throw notReached(error instanceof HearthError ? error : cutShort(server, 'the network failed'))
  }
  const list = ModelList.safeParse(parseJson(text))
  if (!list.success) throw notCompatible(server, 'its list of models cannot be read')
  const found = list.data.data.find(({ id }) => id === server.model || id === `${server.model}:latest`)
  // llama-server has one model, which answers to any name.
  const only = list.data.data.find(({ owned_by: owner }) => owner === 'llamacpp')
  const model = found ?? only
  if (!model && list.data.data.length > 0)
    throw noModel(
      server,
      list.data.data.map(({ id }) => id),
    )
  return model
}

function prefillOf(model: ListedModel | undefined): Continuation | null {
  if (model?.owned_by === 'llamacpp') return 'prefill'
  return model?.owned_by === 'vllm' ? 'prefill-vllm' : null
}
