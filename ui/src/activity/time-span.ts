/** The stretch of time a timeline shows: zooming, panning, and where its ticks stand. Pure; milliseconds since 1970. */

export interface TimeSpan {
  /** Milliseconds shown. */
  readonly length: number
  /** The latest moment shown; null follows now. */
  readonly end: number | null
}

/** From a fifth of a second, where single tokens show, to half an hour. */
export const SHORTEST_MS = 200
export const LONGEST_MS = 30 * 60_000

export const WHOLE: TimeSpan = { length: 60_000, end: null }

export function startOf(span: TimeSpan, now: number): number {
  return endOf(span, now) - span.length
}

export function endOf(span: TimeSpan, now: number): number {
  return span.end ?? now
}

/**
 * Shows less time (factor < 1) or more. What lies at `at` stays where it is; who follows now goes on following.
 * @param at share of the width, from 0 at the left to 1.
 */
export function zoom(span: TimeSpan, factor: number, at: number, now: number): TimeSpan {
  const length = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, span.length * factor))
  if (span.end === null) return { length, end: null }
  return settle({ length, end: span.end + (1 - at) * (length - span.length) }, now)
}

/** Moves by so many milliseconds, later when positive. Moving past now follows it again. */
export function pan(span: TimeSpan, ms: number, now: number): TimeSpan {
  return settle({ length: span.length, end: endOf(span, now) + ms }, now)
}

function settle({ length, end }: { length: number; end: number }, now: number): TimeSpan {
  return { length, end: end >= now ? null : end }
}

const STEPS = [50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3]

/** Milliseconds between two ticks, so that about `count` of them fit. */
export function tickStep(length: number, count: number): number {
  return STEPS.find((step) => length / step <= count) ?? 600e3
}
