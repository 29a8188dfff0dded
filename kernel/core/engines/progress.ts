/** How far, how fast, how long yet: a moving average over the last seconds. Pure; the caller brings the time. */
import type { Progress } from '../../abi/index.ts'
import { SPEED_WINDOW_MS } from '../param.ts'

interface Sample {
  /** Milliseconds, monotonic. */
  readonly at: number
  readonly doneBytes: number
}

/** Samples of the last `SPEED_WINDOW_MS`, oldest first, and the one before them. */
export type Meter = readonly Sample[]

/** Starts at what was done before, so that resumed bytes do not count as speed. */
export function startMeter(at: number, doneBytes: number): Meter {
  return [{ at, doneBytes }]
}

/** Adds a sample. When bytes go back (a download started again) the average starts again as well. */
export function measure(meter: Meter, at: number, doneBytes: number): Meter {
  const last = meter.at(-1)
  if (!last || doneBytes < last.doneBytes) return startMeter(at, doneBytes)
  const firstInside = meter.findIndex((sample) => sample.at >= at - SPEED_WINDOW_MS)
  const kept = firstInside < 0 ? meter.slice(-1) : meter.slice(Math.max(0, firstInside - 1))
  return [...kept, { at, doneBytes }]
}

/** Bytes per second between the oldest and the newest sample; 0 until time has passed. */
export function speed(meter: Meter): number {
  const first = meter[0]
  const last = meter.at(-1)
  if (!first || !last || last.at <= first.at) return 0
  return ((last.doneBytes - first.doneBytes) / (last.at - first.at)) * 1000
}

export function progressOf(meter: Meter, phase: Progress['phase'], totalBytes: number | null): Progress {
  const doneBytes = meter.at(-1)?.doneBytes ?? 0
  const bytesPerSecond = speed(meter)
  const left = totalBytes === null ? null : Math.max(0, totalBytes - doneBytes)
  const secondsLeft = left === null ? null : left === 0 ? 0 : bytesPerSecond > 0 ? left / bytesPerSecond : null
  return { phase, doneBytes, totalBytes, bytesPerSecond, secondsLeft }
}

/** For phases whose bytes nobody counts. */
export function noteOnly(phase: Progress['phase'], note: string): Progress {
  return { phase, doneBytes: 0, totalBytes: null, bytesPerSecond: 0, secondsLeft: null, note }
}
