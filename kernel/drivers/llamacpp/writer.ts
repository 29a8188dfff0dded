/**
 * Has llama.cpp write one answer: begins it, reads it, and where it would go on from other tokens than were written (see
 * trails.ts) begins again a little before, and passes over what was written already. That is exact where the model always
 * writes the same, at temperature 0; other answers go on from their text.
 */
import type { ChatCompletionChunk } from '@wllama/wllama/esm/index.js'
import type { Delta, GenerateRequest } from '../../core/engines/engine.ts'
import type { AnswerReader, Beginning } from './answer-reader.ts'
import { beginningOf, completionOptions } from './completion.ts'
import type { WllamaActions } from './insides.ts'
import { Poller } from './poller.ts'
import { Trails, type Mark, type Trail } from './trails.ts'

/** An answer until llama.cpp has let go of it, which is a while after it was stopped. */
interface Writing {
  readonly conversation: string
  readonly signal: AbortSignal
  /** Never rejects. */
  readonly over: Promise<unknown>
}

/** How an attempt ended: with the answer, or with the place from which the next should be made. */
type Outcome = 'done' | { from: Mark } | 'strayed'

export class Writer {
  readonly #actions: WllamaActions
  readonly #poller: Poller
  readonly #windowTokens: number
  readonly #trails = new Trails()
  readonly #writings = new Set<Writing>()

  constructor(actions: WllamaActions, windowTokens: number) {
    this.#actions = actions
    this.#poller = new Poller(
      (id) => actions.poll(id),
      (id) => actions.cancel(id),
    )
    this.#windowTokens = windowTokens
  }

  /**
   * Resolves after the `finish` delta, and when llama.cpp has let go of the answer. One that goes on waits until the stopped
   * one it goes on with has let go: its tokens are known only then, and only its slot has them in the cache.
   * @throws what wllama threw, or the signal's reason
   */
  async write(
    request: GenerateRequest,
    reader: AnswerReader,
    onDelta: (delta: Delta) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const conversation = conversationOf(request)
    const stopped = [...this.#writings].filter((one) => one.conversation === conversation && one.signal.aborted)
    if (request.prefix) await Promise.all(stopped.map(({ over }) => over))
    const written = this.#write({ request, reader, onDelta, signal }, conversation)
    const writing = { conversation, signal, over: written.catch(() => {}) }
    this.#writings.add(writing)
    try {
      await written
    } finally {
      this.#writings.delete(writing)
    }
  }

  async #write(writing: Answering, conversation: string): Promise<void> {
    const { request } = writing
    const prefix = request.prefix ?? ''
    const trail = this.#trails.take(conversation, prefix)
    const end = trail.at(prefix)
    let from = request.temperature === 0 ? end : undefined
    try {
      for (;;) {
        const outcome = await this.#attempt({ ...writing, trail, end, from })
        if (outcome === 'done') return
        // What it writes now is not what it wrote then; its text is the best there is.
        from = outcome === 'strayed' ? undefined : outcome.from
      }
    } finally {
      this.#trails.keep(conversation, trail)
    }
  }

  async #attempt({ request, reader, onDelta, signal, trail, end, from }: Attempt): Promise<Outcome> {
    const prefix = request.prefix ?? ''
    const beginning = beginningAt(request, end, from)
    const given = prefix.slice(0, from?.units ?? prefix.length)
    const stop = new AbortController()
    const ended = AbortSignal.any([signal, stop.signal])
    const found: { accepted: boolean; earlier: Mark | null; full: boolean } = {
      accepted: false,
      earlier: null,
      full: false,
    }
    const onChunk = (chunk: ChatCompletionChunk) => {
      reader.look(chunk)
      if (!found.accepted && reader.prompt) {
        found.earlier = from && from.units > 0 ? trail.divergence(from, reader.prompt) : null
        if (found.earlier) return void stop.abort()
        trail.begin(given, reader.prompt.tokens)
        found.accepted = true
      }
      for (const delta of reader.read(chunk)) onDelta(delta)
      if (reader.added !== '') trail.add(reader.added, reader.windowTokens)
      found.full = reader.windowTokens >= this.#windowTokens
      if (found.full || reader.strayed) stop.abort()
    }

    signal.throwIfAborted()
    reader.begin(beginning)
    const maxTokens = request.maxTokens + beginning.againTokens
    const options = completionOptions({ ...request, prefix: given, maxTokens })
    const id = await this.#poller.begin(() => this.#actions.begin({ ...options, stream: true }), ended)
    const onResult = (json: string) => {
      for (const chunk of chunksOf(json)) if (!ended.aborted) onChunk(chunk)
    }
    let complete = false
    try {
      await this.#poller.read(id, maxTokens, onResult, ended)
      complete = !ended.aborted
    } finally {
      // A crashed worker has nothing left to free.
      if (!complete) await this.#poller.cancel(id).catch(() => {})
    }
    signal.throwIfAborted()
    if (found.earlier) return { from: found.earlier }
    if (reader.strayed) return 'strayed'
    for (const delta of reader.finish(found.full)) onDelta(delta)
    return 'done'
  }
}

interface Answering {
  request: GenerateRequest
  reader: AnswerReader
  onDelta: (delta: Delta) => void
  signal: AbortSignal
}

interface Attempt extends Answering {
  trail: Trail
  /** Where the text written so far ends, when that is known. */
  end: Mark | undefined
  /** From where to write; undefined to go on from the text, whatever its tokens. */
  from: Mark | undefined
}

function beginningAt(request: GenerateRequest, end: Mark | undefined, from: Mark | undefined): Beginning {
  const prefix = request.prefix ?? ''
  const units = from?.units ?? prefix.length
  return {
    repeated: beginningOf({ ...request, prefix: prefix.slice(0, units) }),
    again: prefix.slice(units),
    againTokens: from && end ? end.tokens - from.tokens : 0,
  }
}

/** What the prompt is made of, besides the answer itself. */
function conversationOf({ messages, tools, toolChoice, responseFormat }: GenerateRequest): string {
  return JSON.stringify([messages, tools, toolChoice, responseFormat])
}

function chunksOf(json: string): ChatCompletionChunk[] {
  const parsed = JSON.parse(json) as ChatCompletionChunk | ChatCompletionChunk[]
  return Array.isArray(parsed) ? parsed : [parsed]
}
