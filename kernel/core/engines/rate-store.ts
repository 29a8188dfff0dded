/** Carries what is measured of models between a scheduler and the store, so that a later kernel need not guess again. */
import type { Calibrations } from '../calibrations.ts'
import { CALIBRATION_CHANGE, PREFILL_RATE_TOKENS } from '../param.ts'
import type { Rates, Scheduler } from '../scheduler/scheduler.ts'

export class RateStore {
  readonly #calibrations: Calibrations
  readonly #scheduler: Scheduler
  /** Models whose stored rates the scheduler has been told. */
  readonly #restored = new Set<string>()

  constructor(calibrations: Calibrations, scheduler: Scheduler) {
    this.#calibrations = calibrations
    this.#scheduler = scheduler
  }

  /** Call before the scheduler decides about a model for the first time. */
  restore(model: string): void {
    if (this.#restored.has(model)) return
    this.#restored.add(model)
    const { prefillRate, decodeRate, loadMs } = this.#calibrations.get(model)
    this.#scheduler.calibrate(model, { prefillRate, decodeRate, loadMs })
  }

  /** The engine read so many tokens of a prompt, not counting cached ones, in so many ms. */
  prefilled(model: string, tokens: number, ms: number | null): void {
    if (ms === null || ms <= 0 || tokens < PREFILL_RATE_TOKENS) return
    this.#scheduler.calibrate(model, { prefillRate: tokens / ms })
  }

  loaded(model: string, loadMs: number): void {
    this.#scheduler.calibrate(model, { loadMs })
    this.keep(model)
  }

  /** Stores what has changed by enough to matter. */
  keep(model: string): void {
    const now = this.#scheduler.rates(model)
    const stored = this.#calibrations.get(model)
    const fields = ['prefillRate', 'decodeRate', 'loadMs'] as const
    if (fields.some((field) => differs(stored[field], now[field]))) this.#calibrations.update(model, changed(now))
  }
}

function differs(stored: number | null, now: number | null): boolean {
  if (now === null) return false
  return stored === null || Math.abs(now - stored) > CALIBRATION_CHANGE * Math.abs(stored)
}

const changed = ({ prefillRate, decodeRate, loadMs }: Rates): Rates => ({ prefillRate, decodeRate, loadMs })
