/**
 * Guesses how many tokens a request has, since no engine in a browser offers to count, and learns each model's rate from
 * what its engine reports. Errs upwards: a rate rises at once and falls slowly. The rates are kept across restarts.
 */
import type { Calibrations } from '../calibrations.ts'
import { TOKENS_PER_BYTE, TOKENS_PER_MESSAGE } from '../param.ts'

/** What of the difference a lower report takes off the rate. */
const FALL = 0.25

/** Bounds of a believable rate: no byte-level vocabulary needs more than a token for each byte. */
const LOWEST = 0.05
const HIGHEST = 1

/** Digits of a rate that are kept: what is below them is noise, and not worth a write. */
const PRECISION = 1e4

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
  tokens(model: string | null, extent: Extent): number
  /** As few tokens as a request of that extent can have, whatever the model. */
  least(extent: Extent): number
  /** Learns from a request of that extent that had `tokens`. */
  calibrate(model: string, extent: Extent, tokens: number): void
}

export function createTokenEstimator(calibrations: Pick<Calibrations, 'get' | 'update'>): TokenEstimator {
  const tokens = ({ items, bytes, counted }: Extent, rate: number): number =>
    Math.ceil(items * TOKENS_PER_MESSAGE + counted + bytes * rate)
  return {
    tokens: (model, extent) =>
      tokens(extent, (model === null ? null : calibrations.get(model).tokensPerByte) ?? TOKENS_PER_BYTE),
    least: ({ bytes, counted }) => tokens({ items: 0, bytes, counted }, LOWEST),
    calibrate(model, { items, bytes, counted }, total) {
      if (bytes === 0 || total <= 0) return
      const seen = Math.min(HIGHEST, Math.max(LOWEST, (total - counted - items * TOKENS_PER_MESSAGE) / bytes))
      const known = calibrations.get(model).tokensPerByte
      const rate = known === null || seen >= known ? seen : known + (seen - known) * FALL
      calibrations.update(model, { tokensPerByte: Math.ceil(rate * PRECISION) / PRECISION })
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
