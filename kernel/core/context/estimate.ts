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

/** Size of a part of a request. */
export interface Extent {
  /** Messages and tools. */
  items: number
  /** UTF-8 bytes of the text whose tokens have to be guessed. */
  bytes: number
  /** Tokens of text that the same model wrote, as it counted them: digits take several times what words of their length do. */
  counted: number
}

export interface TokenEstimator {
  tokens(model: string, extent: Extent): number
  /** Learns from a request of that extent that had `tokens`. */
  calibrate(model: string, extent: Extent, tokens: number): void
}

export function createTokenEstimator(): TokenEstimator {
  const rates = new Map<string, number>()
  const rateOf = (model: string): number => rates.get(model) ?? TOKENS_PER_BYTE
  return {
    tokens: (model, { items, bytes, counted }) =>
      Math.ceil(items * TOKENS_PER_MESSAGE + counted + bytes * rateOf(model)),
    calibrate(model, { items, bytes, counted }, tokens) {
      if (bytes === 0 || tokens <= 0) return
      const seen = Math.min(HIGHEST, Math.max(LOWEST, (tokens - counted - items * TOKENS_PER_MESSAGE) / bytes))
      const known = rates.get(model)
      const rate = known === undefined || seen >= known ? seen : known + (seen - known) * FALL
      rates.delete(model)
      rates.set(model, rate)
      const oldest = rates.keys().next().value
      if (rates.size > MODELS && oldest !== undefined) rates.delete(oldest)
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
