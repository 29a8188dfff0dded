/**
 * Turns llama.cpp's chunks into deltas: leaves out what the answer already began with, and puts tool calls together from
 * their fragments. Pure; one a request, which llama.cpp may have to begin more than once.
 */
import type { ChatCompletionChunk } from '@wllama/wllama/esm/index.js'
import type { Delta, EngineToolCall, EngineUsage, GenerateRequest } from '../../core/engines/engine.ts'
import type { Prompt } from './trails.ts'

/** Where llama.cpp begins to write. */
export interface Beginning {
  /** What its reply repeats. */
  repeated: string
  /** What it writes once more, because it could not begin behind it; empty as a rule. */
  again: string
  /** Tokens of `again`. */
  againTokens: number
}

type Fragment = NonNullable<ChatCompletionChunk['choices'][number]['delta']['tool_calls']>[number]

export class AnswerReader {
  /** Tokens the answer and its prompt take in the window so far. */
  windowTokens = 0
  /** What llama.cpp made of the prompt, once it has told. */
  prompt: Prompt | null = null
  /** True once it wrote something else than `again`: then nothing of it was given out. */
  strayed = false
  /** What the last chunk added to the answer, `again` included. */
  added = ''
  readonly #request: GenerateRequest
  /** New text so far, and tokens written before llama.cpp had to begin again. */
  #text = ''
  #tokensBefore = 0
  /** Units of the reply still to pass over: it repeats what the answer began with. */
  #repeated = 0
  #again = ''
  #againTokens = 0
  #prefillTold = false
  #tokens = 0
  #tokensTold = 0
  #calls: EngineToolCall[] = []
  #called = false
  #reason: 'stop' | 'length' | 'tool-calls' = 'stop'
  #usage: EngineUsage = { promptTokens: 0, cachedTokens: 0, completionTokens: 0, prefillMs: null, decodeMs: null }

  constructor(request: GenerateRequest) {
    this.#request = request
  }

  /** False once a complete call was given out: written again, it would be made twice. */
  get canContinue(): boolean {
    return !this.#called
  }

  /** The request for what is still missing. */
  restOfRequest(): GenerateRequest {
    const maxTokens = Math.max(1, this.#request.maxTokens - this.#usage.completionTokens)
    return { ...this.#request, maxTokens, prefix: (this.#request.prefix ?? '') + this.#text }
  }

  begin({ repeated, again, againTokens }: Beginning): void {
    this.#repeated = repeated.length
    this.#again = again
    this.#againTokens = againTokens
    this.prompt = null
    this.strayed = false
    this.#tokensBefore = this.#usage.completionTokens
    this.#tokens = this.#tokensTold = 0
    this.#calls = []
  }

  /** Counts a chunk. To be asked, before anything is read from it, whether it goes on where it should. */
  look({ timings }: ChatCompletionChunk): void {
    if (timings) this.prompt ??= { tokens: timings.cache_n + timings.prompt_n, cached: timings.cache_n }
  }

  read(chunk: ChatCompletionChunk): Delta[] {
    this.look(chunk)
    this.added = ''
    const deltas = this.#count(chunk)
    for (const { delta, finish_reason: finished } of chunk.choices) {
      if (delta.content) deltas.push(...this.#readText(delta.content))
      for (const fragment of delta.tool_calls ?? []) deltas.push(...this.#readFragment(fragment))
      this.strayed ||= this.#again !== '' && (finished !== null || (delta.tool_calls ?? []).length > 0)
      if (finished === 'length') this.#reason = 'length'
      else if (finished === 'tool_calls') this.#reason = 'tool-calls'
    }
    return deltas
  }

  /**
   * What is left to give out after the last chunk, and the finish.
   * @param full true when the answer was stopped because the window is full.
   */
  finish(full: boolean): Delta[] {
    if (full) this.#reason = 'length'
    const last = this.#calls.at(-1)
    // A call that the token limit cut in two was never made.
    const whole = last && !(this.#reason === 'length' && !isJson(last.arguments))
    const finish: Delta = { type: 'finish', reason: this.#reason, usage: this.#usage }
    return whole ? [this.#complete(last), finish] : [finish]
  }

  #count({ timings }: ChatCompletionChunk): Delta[] {
    if (!timings) return []
    this.#tokens = Math.max(0, timings.predicted_n - this.#againTokens)
    this.windowTokens = timings.cache_n + timings.prompt_n + timings.predicted_n
    this.#usage = {
      promptTokens: timings.cache_n + timings.prompt_n,
      cachedTokens: timings.cache_n,
      completionTokens: this.#tokensBefore + this.#tokens,
      prefillMs: timings.prompt_ms,
      decodeMs: timings.predicted_ms,
    }
    if (this.#prefillTold) return []
    this.#prefillTold = true
    const { promptTokens, cachedTokens, prefillMs: ms } = this.#usage
    return [{ type: 'prefill', promptTokens, cachedTokens, ms }]
  }

  #readText(text: string): Delta[] {
    const written = text.slice(this.#repeated)
    this.#repeated = Math.max(0, this.#repeated - text.length)
    this.added += written
    const fresh = this.#passOver(written)
    if (fresh === '') return []
    this.#text += fresh
    const tokens = this.#tokens - this.#tokensTold
    this.#tokensTold = this.#tokens
    return [{ type: 'text', text: fresh, tokens }]
  }

  /** What of `written` comes behind what had to be written once more. */
  #passOver(written: string): string {
    const known = Math.min(written.length, this.#again.length)
    this.strayed ||= !this.#again.startsWith(written.slice(0, known))
    this.#again = this.#again.slice(known)
    return this.strayed ? '' : written.slice(known)
  }

  /** The first fragment of a call means that the one before is complete. */
  #readFragment({ index, id, function: part }: Fragment): Delta[] {
    const current = this.#calls[index]
    if (current) {
      current.arguments += part?.arguments ?? ''
      return []
    }
    const before = this.#calls[index - 1]
    this.#calls[index] = {
      // Empty for formats without ids.
      id: id === undefined || id === '' ? `call_${crypto.randomUUID()}` : id,
      name: part?.name ?? '',
      arguments: part?.arguments ?? '',
    }
    return before ? [this.#complete(before)] : []
  }

  #complete(call: EngineToolCall): Delta {
    this.#called = true
    return { type: 'tool-call', call }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
