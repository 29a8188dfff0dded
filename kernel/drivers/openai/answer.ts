/**
 * Puts one answer together from a server's chunks: text goes out at once, tool calls when the answer is complete.
 * A pure state machine. Invariants: a call that was cut is never let out; `finish` comes last and once.
 */
import type { Delta, EngineToolCall, EngineUsage } from '../../core/engines/engine.ts'
import type { Chunk, ToolCallDelta } from './wire.ts'

export interface Answer {
  /** What a chunk adds: at most one delta of text, before the first one what was read of the prompt, if the server tells. */
  take(chunk: Chunk): Delta[]
  /** True once the server said why it stopped; only its usage may still follow. */
  readonly finished: boolean
  /** UTF-16 units held and sent so far. */
  readonly units: number
  /** The complete calls and the finish. Call it once, when nothing more comes. */
  end(): Delta[]
}

/** @param newId for calls that the server gave none */
export function createAnswer(newId: () => string): Answer {
  const calls: EngineToolCall[] = []
  /** Which entry of `calls` a server's index stands for. */
  const places = new Map<number, EngineToolCall>()
  let finishReason: string | undefined
  let units = 0
  let textChunks = 0
  let told: Partial<EngineUsage> = {}
  let begun = false

  /** Servers number calls, or give each an id, or send each whole; one is enough. */
  function callOf(delta: ToolCallDelta): EngineToolCall {
    const numbered = delta.index === undefined || delta.index === null ? undefined : places.get(delta.index)
    const last = calls.at(-1)
    const same = delta.id ? calls.find(({ id }) => id === delta.id) : delta.function?.name ? undefined : last
    const found = delta.index === undefined || delta.index === null ? same : numbered
    if (found) return found
    // Some servers send an empty id, which counts as none.
    const call = { id: delta.id === '' ? newId() : (delta.id ?? newId()), name: '', arguments: '' }
    calls.push(call)
    if (delta.index !== undefined && delta.index !== null) places.set(delta.index, call)
    return call
  }

  function takeCall(delta: ToolCallDelta) {
    const call = callOf(delta)
    const given = delta.function?.arguments
    const text = typeof given === 'string' ? given : given ? JSON.stringify(given) : ''
    call.name += delta.function?.name ?? ''
    call.arguments += text
    units += text.length
  }

  return {
    get finished() {
      return finishReason !== undefined
    },
    get units() {
      return units
    },
    take(chunk) {
      told = { ...told, ...usageOf(chunk) }
      const choice = chunk.choices?.[0]
      const part = choice?.delta ?? choice?.message
      part?.tool_calls?.forEach(takeCall)
      if (choice?.finish_reason) finishReason = choice.finish_reason
      const text = part?.content ?? ''
      const prefill = begun ? [] : prefillOf(chunk)
      begun ||= prefill.length > 0 || text !== ''
      if (text === '') return prefill
      units += text.length
      textChunks += 1
      // Servers send a token a chunk, or nearly so; the usage at the end is exact.
      return [...prefill, { type: 'text', text, tokens: 1 }]
    },
    end() {
      const cut = finishReason === 'length'
      const complete = calls
        .filter(({ name, arguments: text }) => name !== '' && !(cut && !isJson(text)))
        .map((call): Delta => ({ type: 'tool-call', call: { ...call, arguments: call.arguments || '{}' } }))
      const usage: EngineUsage = {
        promptTokens: 0,
        cachedTokens: 0,
        completionTokens: textChunks,
        prefillMs: null,
        decodeMs: null,
        ...told,
      }
      const reason = cut ? 'length' : complete.length > 0 ? 'tool-calls' : 'stop'
      return [...complete, { type: 'finish', reason, usage }]
    },
  }
}

function prefillOf({ timings }: Chunk): Delta[] {
  const { cache_n: cachedTokens, prompt_n: read, prompt_ms: ms } = timings ?? {}
  if (typeof cachedTokens !== 'number' || typeof read !== 'number') return []
  return [{ type: 'prefill', promptTokens: cachedTokens + read, cachedTokens, ms: ms ?? null }]
}

function usageOf({ usage, timings }: Chunk): Partial<EngineUsage> {
  const cached = usage?.prompt_tokens_details?.cached_tokens ?? timings?.cache_n
  const known: { [F in keyof EngineUsage]: EngineUsage[F] | null | undefined } = {
    promptTokens: usage?.prompt_tokens,
    completionTokens: usage?.completion_tokens,
    cachedTokens: cached,
    prefillMs: timings?.prompt_ms,
    decodeMs: timings?.predicted_ms,
  }
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null && value !== undefined))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
