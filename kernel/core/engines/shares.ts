/** Whose tokens were written lately: sums that fade, so that neither a window nor a list of deltas has to be kept. */
import { RATE_WINDOW_MS } from '../param.ts'

/** Tokens below which what is left of a sum is forgotten. */
const FORGOTTEN = 0.1

interface Fading {
  tokens: number
  at: number
}

export class Shares {
  readonly #flows = new Map<string, Fading>()
  readonly #all: Fading = { tokens: 0, at: 0 }

  /** @param now monotonic, in ms */
  count(flow: string, tokens: number, now: number): void {
    const own = this.#flows.get(flow) ?? { tokens: 0, at: now }
    this.#flows.set(flow, own)
    for (const sum of [own, this.#all]) {
      sum.tokens = faded(sum, now) + tokens
      sum.at = now
    }
  }

  /** Share of all tokens of the last seconds, from 0 to 1. */
  share(flow: string, now: number): number {
    const own = this.#flows.get(flow)
    const all = faded(this.#all, now)
    return own && all > 0 ? Math.min(1, faded(own, now) / all) : 0
  }

  /** Forgets flows that have had nothing for long; nothing here may grow with the number of agents. */
  sweep(now: number): void {
    for (const [flow, sum] of this.#flows) if (faded(sum, now) < FORGOTTEN) this.#flows.delete(flow)
  }
}

function faded({ tokens, at }: Fading, now: number): number {
  return tokens * Math.exp((at - now) / RATE_WINDOW_MS)
}
