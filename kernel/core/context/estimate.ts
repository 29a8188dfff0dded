/**
 * Guesses how many tokens a request has, since no engine in a browser offers to count, and learns from what engines report:
 * for each model what a byte takes and what its chat template adds to a message. Both have to be told apart, or many short
 * messages make long ones look short. A guess that was too low is put right at once, one that was too high in a while.
 */
import type { Calibrations } from '../calibrations.ts'
import { TOKENS_PER_BYTE, TOKENS_PER_MESSAGE } from './param.ts'

/** What a report still counts when the next one comes. */
const MEMORY = 0.9

/** Weight of what was known before this kernel's first report: just enough to decide what the reports leave open. */
const PRIOR = 0.01

/** Bounds of a believable rate: no byte-level vocabulary needs more than a token for each byte. */
const LOWEST = 0.05
const HIGHEST = 1

/** Bounds of what a template adds to one message: the marks of its role and end, and seldom a line of words. */
const FEWEST_AROUND = 2
const MOST_AROUND = 24

/** What a rate is rounded to: what is below is noise, and not worth a write. */
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

/** What a byte and a message take. */
interface Rates {
  readonly byte: number
  readonly message: number
}

/** Weighted sums over the reports: of products of items (i), bytes (b) and tokens (t). */
interface Sums {
  readonly before: Rates
  ii: number
  ib: number
  bb: number
  it: number
  bt: number
}

export function createTokenEstimator(calibrations: Pick<Calibrations, 'get' | 'update'>): TokenEstimator {
  /** Of models that reported in this kernel. */
  const reports = new Map<string, Sums>()

  function ratesOf(model: string | null): Rates {
    const known = model === null ? null : calibrations.get(model)
    return { byte: known?.tokensPerByte ?? TOKENS_PER_BYTE, message: known?.tokensPerMessage ?? TOKENS_PER_MESSAGE }
  }

  return {
    tokens(model, { items, bytes, counted }) {
      const rates = ratesOf(model)
      return Math.ceil(items * rates.message + counted + bytes * rates.byte)
    },
    least: ({ bytes, counted }) => Math.ceil(counted + bytes * LOWEST),
    calibrate(model, { items, bytes, counted }, total) {
      const tokens = total - counted
      if (bytes === 0 || tokens <= 0) return
      const sums = reports.get(model) ?? { before: ratesOf(model), ii: 0, ib: 0, bb: 0, it: 0, bt: 0 }
      reports.set(model, sums)
      sums.ii = sums.ii * MEMORY + items * items
      sums.ib = sums.ib * MEMORY + items * bytes
      sums.bb = sums.bb * MEMORY + bytes * bytes
      sums.it = sums.it * MEMORY + items * tokens
      sums.bt = sums.bt * MEMORY + bytes * tokens
      const { byte, message } = fitted(sums)
      const right = between(LOWEST, (tokens - items * message) / bytes, HIGHEST)
      calibrations.update(model, { tokensPerByte: rounded(Math.max(byte, right)), tokensPerMessage: rounded(message) })
    },
  }
}

/** Least squares with a little ridge towards what was known before, in the scale of the reports. */
function fitted({ before, ii, ib, bb, it, bt }: Sums): Rates {
  const [itemItem, byteByte] = [ii * (1 + PRIOR), bb * (1 + PRIOR)]
  const [itemTokens, byteTokens] = [it + ii * PRIOR * before.message, bt + bb * PRIOR * before.byte]
  const determinant = itemItem * byteByte - ib * ib
  const free = ii === 0 ? before.message : (itemTokens * byteByte - byteTokens * ib) / determinant
  const message = between(FEWEST_AROUND, free, MOST_AROUND)
  return { message, byte: between(LOWEST, (byteTokens - message * ib) / byteByte, HIGHEST) }
}

const between = (least: number, value: number, most: number): number => Math.min(most, Math.max(least, value))

const rounded = (rate: number): number => Math.ceil(rate * PRECISION) / PRECISION

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
