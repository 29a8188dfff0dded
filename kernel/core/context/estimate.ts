/**
 * Guesses how many tokens a request has, since no engine in a browser offers to count, and learns each model's rate from
 * what its engine reports. Errs upwards: a rate rises at once and falls slowly. Pure but for the rates it holds.
 */
import { TOKENS_PER_BYTE, TOKENS_PER_MESSAGE } from '../param.ts'

/** Models whose rate is kept; the one used longest ago goes first. */
const MODELS = 32

/** What of the difference a lower report takes off the rate. */
const FALL = 0.25

/** Bounds of a believable rate: no byte-level vocabulary needs more than a token for each byte. */
const LOWEST = 0.05
const HIGHEST = 1

/** Size of a part of a request: how many messages and tools, and the UTF-8 bytes of their text. */
export interface Extent {
  items: number
  bytes: number
}

export interface TokenEstimator {
  tokens(model: string, extent: Extent): number
  /** Learns from a request of that extent that had `tokens`. */
  calibrate(model: string, extent: Extent, tokens: number): void
  /** Learns from an answer, which will stand in later requests: text of `bytes` that took `tokens`. Only ever raises. */
  learnAnswer(model: string, bytes: number, tokens: number): void
}

export function createTokenEstimator(): TokenEstimator {
  const rates = new Map<string, number>()
  const rateOf = (model: string): number => rates.get(model) ?? TOKENS_PER_BYTE
  const keep = (model: string, rate: number): void => {
    rates.delete(model)
    rates.set(model, rate)
    const oldest = rates.keys().next().value
    if (rates.size > MODELS && oldest !== undefined) rates.delete(oldest)
  }
  return {
    tokens: (model, { items, bytes }) => Math.ceil(items * TOKENS_PER_MESSAGE + bytes * rateOf(model)),
    calibrate(model, { items, bytes }, tokens) {
      if (bytes === 0 || tokens <= 0) return
      const seen = Math.min(HIGHEST, Math.max(LOWEST, (tokens - items * TOKENS_PER_MESSAGE) / bytes))
      const known = rates.get(model)
      keep(model, known === undefined || seen >= known ? seen : known + (seen - known) * FALL)
    },
    learnAnswer(model, bytes, tokens) {
      if (bytes > 0) keep(model, Math.max(rateOf(model), Math.min(HIGHEST, tokens / bytes)))
    },
  }
}

/** UTF-8 bytes of a text, without encoding it. */
export function utf8Bytes(text: string): number {
  let bytes = 0
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) bytes += 1
    else if (unit < 0x800) bytes += 2
    else if (unit >= 0xd800 && unit <= 0xdfff) bytes += 2
    else bytes += 3
  }
  return bytes
}
