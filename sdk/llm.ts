/** One model answer without an agent, in the shape OpenAI's clients expect. */
import type { ChatChunk, ChatCompletion, SyscallInput } from '../kernel/abi/index.ts'
import { deferred } from './deferred.ts'
import { EventQueue } from './event-queue.ts'
import type { Call } from './call.ts'

/**
 * OpenAI's request fields, as far as Hearth knows them; `model` left out means the default model. Besides, how the answer is
 * scheduled: `class` (default `interactive`), `weight` against the other answers of its class (default 1; all answers of one
 * page have one share), and `deadline`, milliseconds since 1970: among equals the earliest goes first.
 */
export type ChatParams = SyscallInput<'llm.chat'> & { stream?: boolean | undefined }

/** Chunks as they are written. Leaving the loop early, or `controller.abort()`, stops the model. */
export interface ChatStream extends AsyncIterable<ChatChunk> {
  /** Aborting it stops the model; the iteration then rejects with `cancelled`. */
  readonly controller: AbortController
}

/** OpenAI’s `chat.completions`. */
export interface Completions {
  /** Resolves with the stream once the answer begins. @throws HearthError `no-model`, `over-limit` (with `retryAfterMs`), `cancelled`… */
  create(params: ChatParams & { stream: true }, options?: { signal?: AbortSignal }): Promise<ChatStream>
  /** Resolves with the whole answer. @throws HearthError `no-model`, `context-overflow`, `cancelled`… */
  create(
    params: ChatParams & { stream?: false | undefined },
    options?: { signal?: AbortSignal },
  ): Promise<ChatCompletion>
  create(params: ChatParams, options?: { signal?: AbortSignal }): Promise<ChatStream | ChatCompletion>
}

/** `hearth.llm`, in the shape of OpenAI’s client. */
export interface Llm {
  readonly chat: { readonly completions: Completions }
}

export function createLlm(call: Call): Llm {
  async function create(
    { stream, ...args }: ChatParams,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<ChatStream | ChatCompletion> {
    if (stream !== true) return await call('llm.chat', args, { signal })

    const controller = new AbortController()
    const chunks = new EventQueue<ChatChunk>(() => controller.abort())
    const begun = deferred()
    call('llm.chat', args, {
      signal: signal ? AbortSignal.any([signal, controller.signal]) : controller.signal,
      onEvent(chunk) {
        chunks.push(chunk)
        begun.resolve()
      },
    }).then(
      () => {
        chunks.end()
        begun.resolve()
      },
      (error: unknown) => {
        chunks.end(error)
        begun.reject(error)
      },
    )
    await begun.promise
    return { controller, [Symbol.asyncIterator]: () => chunks[Symbol.asyncIterator]() }
  }
  return { chat: { completions: { create: create as Completions['create'] } } }
}
