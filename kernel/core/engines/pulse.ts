/** Does something at intervals while anybody wants tokens, and soon after anything changed when nobody does. */
import type { Clock } from '../platform.ts'

export interface Pulse extends Disposable {
  /** Call when somebody began or ceased to want tokens, or is paused. */
  changed(): void
}

/**
 * @param beat is called at once after a quiet interval, then every `intervalMs` while it is busy and once when that finds it
 * idle: who begins and ends a hundred times a second is told of no more often than who is busy all along.
 */
export function createPulse(clock: Clock, intervalMs: number, isBusy: () => boolean, beat: () => void): Pulse {
  const life = new AbortController()
  const isOver = () => life.signal.aborted
  let beating = false
  /** Something changed since the last beat. */
  let stale = false
  const isStale = () => stale

  const keepBeating = async () => {
    beating = true
    let wasBusy: boolean
    do {
      stale = false
      wasBusy = isBusy()
      beat()
      await clock.sleep(intervalMs, life.signal).catch(() => {})
    } while (!isOver() && (wasBusy || isStale()))
    beating = false
  }

  return {
    changed() {
      stale = true
      if (!beating && !isOver()) void keepBeating()
    },
    [Symbol.dispose]: () => life.abort(),
  }
}
