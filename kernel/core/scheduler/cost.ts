/**
 * What a switch costs, from measured rates. Rates are in tokens per millisecond, as in CalibrationRecord. While nothing was
 * measured, switching costs nothing but for loading a model, which is guessed.
 */
import {
  LOAD_GUESS_MS,
  PREEMPT_PATIENCE_MS,
  PREEMPT_REST_TOKENS,
  QUANTUM_MAX_TOKENS,
  QUANTUM_TOKENS,
  RATE_SHARE,
  RETRY_MIN_MS,
  SWITCH_FACTOR,
} from '../param.ts'
import type { Entry } from './entry.ts'

/** One more measurement of a model. The first is taken as it is, later ones are averaged in. */
export interface Measurement {
  readonly prefillRate?: number | null
  readonly decodeRate?: number | null
  readonly loadMs?: number | null
}

/** What is known of a model; null until there was something to measure. */
export interface Rates {
  readonly prefillRate: number | null
  readonly decodeRate: number | null
  readonly loadMs: number | null
}

const UNKNOWN: Rates = { prefillRate: null, decodeRate: null, loadMs: null }

/** Tokens between two measurements of the decode rate: single tokens come in bursts. */
const MEASURED_TOKENS = 16

export class Costs {
  readonly #rates = new Map<string, Rates>()
  /** Tokens of an answer, averaged over those that ended. */
  #answerTokens: number | null = null

  calibrate(model: string, measured: Measurement): void {
    const known = this.rates(model)
    this.#rates.set(model, {
      prefillRate: averaged(known.prefillRate, measured.prefillRate),
      decodeRate: averaged(known.decodeRate, measured.decodeRate),
      loadMs: averaged(known.loadMs, measured.loadMs),
    })
  }

  rates(model: string | null): Rates {
    return this.#rates.get(model ?? '') ?? UNKNOWN
  }

  /** Measures the decode rate from the tokens of one answer. */
  decoded({ job, slice }: Entry, tokens: number, now: number): void {
    if (!slice || tokens === 0) return
    if (!slice.measured) {
      // The first tokens tell when reading the prompt ended, and no rate.
      slice.measured = { since: now, tokens: 0 }
      return
    }
    slice.measured.tokens += tokens
    const ms = now - slice.measured.since
    if (slice.measured.tokens < MEASURED_TOKENS || ms <= 0 || job.model === null) return
    this.calibrate(job.model, { decodeRate: slice.measured.tokens / ms })
    slice.measured = { since: now, tokens: 0 }
  }

  ended({ written }: Entry): void {
    if (written > 0) this.#answerTokens = averaged(this.#answerTokens, written)
  }

  /** Milliseconds of reading what it goes on from, if the engine has it no more; 0 while that is not known. */
  readMs({ job, written }: Entry): number {
    const { prefillRate } = this.rates(job.model)
    return prefillRate === null || prefillRate <= 0 ? 0 : (job.promptTokens + written) / prefillRate
  }

  /**
   * Tokens to be given before another of the class may take over. Counted over all slots: with four, each is held four times
   * as long, and one of them changes hands as often as a single one would. Longer where reading would take more than its part.
   */
  quantum(entry: Entry, warm: boolean, slots: number): number {
    const { decodeRate } = this.rates(entry.job.model)
    const reading = warm || decodeRate === null ? 0 : this.readMs(entry) * decodeRate
    return Math.min(QUANTUM_MAX_TOKENS, Math.max(QUANTUM_TOKENS * slots, Math.ceil(reading * SWITCH_FACTOR)))
  }

  /** True when stopping it and going on later costs more than waiting for its end, which is near in any case. */
  isNearlyDone(entry: Entry): boolean {
    const rest = entry.job.maxTokens - entry.written
    if (rest <= PREEMPT_REST_TOKENS) return true
    const { decodeRate } = this.rates(entry.job.model)
    if (decodeRate === null || decodeRate <= 0) return false
    return rest / decodeRate <= Math.min(PREEMPT_PATIENCE_MS, this.readMs(entry))
  }

  /** True when not even its first token can come before its deadline. */
  isHopeless(entry: Entry, warm: boolean, now: number): boolean {
    const { deadline, model } = entry.job
    if (deadline === null) return true
    const { decodeRate } = this.rates(model)
    const firstMs = (warm ? 0 : this.readMs(entry)) + (decodeRate === null || decodeRate <= 0 ? 0 : 1 / decodeRate)
    return now + firstMs >= deadline
  }

  /** Milliseconds it takes to have this model in place of another. */
  loadMs(model: string | null): number {
    return this.rates(model).loadMs ?? LOAD_GUESS_MS
  }

  /** Tokens that are not written while this model is loaded. */
  loadTokens(model: string | null, loaded: string | null): number {
    return this.loadMs(model) * (this.rates(loaded).decodeRate ?? 0)
  }

  /** Milliseconds until a place is free, as answers go; null while nothing was measured. */
  retryMs(model: string | null, slots: number, maxTokens: number, random: number): number | null {
    const { decodeRate } = this.rates(model)
    if (decodeRate === null || decodeRate <= 0 || slots === 0) return null
    const each = (this.#answerTokens ?? maxTokens) / (decodeRate * slots)
    // Spread out, so that those who were refused together do not come back together.
    return Math.max(RETRY_MIN_MS, Math.ceil(each * (1 + random)))
  }
}

function averaged(known: number | null, measured: number | null | undefined): number | null {
  if (measured === null || measured === undefined) return known
  return known === null ? measured : known + (measured - known) * RATE_SHARE
}
