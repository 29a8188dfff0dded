/**
 * Between Hearth's requests and llama.cpp's OpenAI-like ones: how a request is put, and how its chunks become deltas.
 * Pure, so that it is tested without an engine.
 */
import type { ChatCompletionChunk, ChatCompletionMessage, ChatCompletionParams } from '@wllama/wllama'
import type { JsonSchema } from '../../abi/index.ts'
import type { Delta, EngineMessage, EngineToolCall, EngineUsage, GenerateRequest } from '../../core/engines/engine.ts'

/** wllama passes every field on to llama-server, which knows some that wllama's types leave out. */
export type CompletionOptions = ChatCompletionParams & { stop?: readonly string[] }

/** What the answer already has: llama.cpp continues a last message of the assistant's, and repeats it in its reply. */
export function beginningOf(request: GenerateRequest): string {
  const last = request.messages.at(-1)
  const written = last?.role === 'assistant' && !last.toolCalls?.length ? last.content : ''
  return written + (request.prefix ?? '')
}

export function completionOptions(request: GenerateRequest): CompletionOptions {
  const messages = request.messages.map(toWire)
  const beginning = beginningOf(request)
  if (beginning !== '') {
    // Two messages of the assistant's at the end are refused; they are one beginning.
    const last = request.messages.at(-1)
    if (last?.role === 'assistant' && !last.toolCalls?.length) messages.pop()
    messages.push({ role: 'assistant', content: beginning })
  }
  return {
    messages,
    temperature: request.temperature,
    top_p: request.topP,
    max_tokens: request.maxTokens,
    cache_prompt: true,
    timings_per_token: true,
    ...(request.seed === undefined ? {} : { seed: request.seed }),
    ...(request.stop?.length ? { stop: request.stop } : {}),
    ...(request.tools.length === 0 ? {} : { tools: request.tools.map(toWireTool) }),
    ...(request.tools.length === 0 || !request.toolChoice ? {} : { tool_choice: request.toolChoice }),
    ...(request.responseFormat ? { response_format: toWireFormat(request.responseFormat) } : {}),
  }
}

function toWire(message: EngineMessage): ChatCompletionMessage {
  switch (message.role) {
    case 'assistant':
      return message.toolCalls?.length
        ? { role: 'assistant', content: message.content, tool_calls: message.toolCalls.map(toWireCall) }
        : { role: 'assistant', content: message.content }
    case 'tool':
      return { role: 'tool', content: message.content, tool_call_id: message.toolCallId ?? '' }
    default:
      return { role: message.role, content: message.content }
  }
}

function toWireCall(call: EngineToolCall) {
  return { id: call.id, type: 'function' as const, function: { name: call.name, arguments: call.arguments } }
}

function toWireTool(tool: GenerateRequest['tools'][number]) {
  // llama-server takes any JSON Schema; wllama's type names only the commonest keywords.
  const parameters = tool.parameters as JsonSchema & { type: 'object'; properties: Record<string, { type: string }> }
  return { type: 'function' as const, function: { name: tool.name, description: tool.description, parameters } }
}

function toWireFormat(format: NonNullable<GenerateRequest['responseFormat']>) {
  return format.type === 'json_object'
    ? { type: 'json_object' as const }
    : { type: 'json_schema' as const, json_schema: { name: 'answer', schema: format.schema } }
}

/** Turns one answer's chunks into deltas. `finish` must be called once, after the last chunk. */
export class ChunkReader {
  /** Tokens the answer and its prompt take in the window so far. */
  windowTokens = 0
  readonly #beginning: string
  #seen = ''
  #tokens = 0
  #told = 0
  #calls: EngineToolCall[] = []
  #reason: 'stop' | 'length' | 'tool-calls' = 'stop'
  #usage: EngineUsage = { promptTokens: 0, cachedTokens: 0, completionTokens: 0, prefillMs: null, decodeMs: null }

  constructor(beginning: string) {
    this.#beginning = beginning
  }

  read(chunk: ChatCompletionChunk): Delta[] {
    this.#count(chunk)
    const deltas: Delta[] = []
    for (const { delta, finish_reason: finished } of chunk.choices) {
      if (delta.content) deltas.push(...this.#text(delta.content))
      for (const part of delta.tool_calls ?? []) deltas.push(...this.#fragment(part))
      if (finished === 'length') this.#reason = 'length'
      else if (finished === 'tool_calls') this.#reason = 'tool-calls'
    }
    return deltas
  }

  /** @param cut true when the driver stopped the answer because the window is full. */
  finish(cut: boolean): Delta[] {
    if (cut) this.#reason = 'length'
    const deltas: Delta[] = []
    const last = this.#calls.pop()
    // A call that the token limit cut in two was never made.
    if (last && !(this.#reason === 'length' && !isJson(last.arguments))) deltas.push({ type: 'tool-call', call: last })
    deltas.push({ type: 'finish', reason: this.#reason, usage: this.#usage })
    return deltas
  }

  #count(chunk: ChatCompletionChunk): void {
    const timings = chunk.timings
    if (!timings) return
    this.#tokens = timings.predicted_n
    this.windowTokens = timings.cache_n + timings.prompt_n + timings.predicted_n
    this.#usage = {
      promptTokens: timings.cache_n + timings.prompt_n,
      cachedTokens: timings.cache_n,
      completionTokens: timings.predicted_n,
      prefillMs: timings.prompt_ms,
      decodeMs: timings.predicted_ms,
    }
  }

  #text(text: string): Delta[] {
    const start = Math.min(text.length, Math.max(0, this.#beginning.length - this.#seen.length))
    this.#seen += text
    const fresh = text.slice(start)
    if (fresh === '') return []
    const tokens = this.#tokens - this.#told
    this.#told = this.#tokens
    return [{ type: 'text', text: fresh, tokens }]
  }

  /** A fragment of a new call means that the one before is complete. */
  #fragment(part: NonNullable<ChatCompletionChunk['choices'][number]['delta']['tool_calls']>[number]): Delta[] {
    const current = this.#calls[part.index]
    if (current) {
      current.arguments += part.function?.arguments ?? ''
      return []
    }
    const done = this.#calls[part.index - 1]
    this.#calls[part.index] = {
      id: part.id || `call_${crypto.randomUUID()}`,
      name: part.function?.name ?? '',
      arguments: part.function?.arguments ?? '',
    }
    return done ? [{ type: 'tool-call', call: done }] : []
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
