/** What is asked of an engine for the rest of an answer, and what is told of an answer that was written in parts. */
import type { EngineUsage, GenerateRequest } from './engine.ts'

/** What an answer consists of so far. */
export interface Written {
  text: string
  tokens: number
  calls: number
  /** Milliseconds that all turns before spent on writing. */
  decodeMs: number
  /** What the engine found the prompt to be when the answer began, if it told. */
  prompt: { readonly tokens: number; readonly cached: number } | null
}

export const NO_USAGE: EngineUsage = {
  promptTokens: 0,
  cachedTokens: 0,
  completionTokens: 0,
  prefillMs: null,
  decodeMs: null,
}

/** The request for what is still to be written. @param continues whether the engine goes on from a text (LoadedModel) */
export function remaining(request: GenerateRequest, written: Written, continues: boolean): GenerateRequest {
  const prefix = (request.prefix ?? '') + written.text
  if (prefix === '') return request
  const { seed } = request
  return {
    ...request,
    prefix,
    maxTokens: request.maxTokens - (continues ? written.tokens : 0),
    // An engine that writes the text again needs the seed it had; one that goes on would draw the same numbers once more.
    ...(seed === undefined || !continues ? {} : { seed: continuationSeed(seed, prefix.length) }),
  }
}

/**
 * The seed of what follows the first `units` UTF-16 units of an answer: the same whenever it is cut there, and unrelated to
 * the seeds of other cuts. The finaliser of MurmurHash3, 32 bits.
 */
export function continuationSeed(seed: number, units: number): number {
  let hash = (seed ^ Math.imul(units, 0x9e3779b1)) >>> 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0
  // Below 2^31: some engines read it as signed.
  return ((hash ^ (hash >>> 16)) >>> 0) & 0x7fffffff
}

/** Of an answer in parts the engine that finished it knows only its own; one that writes again counts everything. */
export function joinedUsage(
  usage: EngineUsage,
  before: Written,
  { prompt }: Written,
  turn: { readonly model: { readonly continues: boolean }; readonly decodeMs: number },
): EngineUsage {
  if (before.tokens === 0) return usage
  const asked = prompt ? { promptTokens: prompt.tokens, cachedTokens: prompt.cached } : {}
  if (!turn.model.continues) return { ...usage, ...asked }
  const decodeMs = before.decodeMs + (usage.decodeMs ?? turn.decodeMs)
  return { ...usage, ...asked, completionTokens: usage.completionTokens + before.tokens, decodeMs }
}
