/** Does something at intervals while anybody wants tokens, and once more when nobody does any longer. */
import type { Clock } from '../platform.ts'

export interface Pulse extends Disposable {
  /** Call when somebody began or ceased to want tokens. */
  changed(): void
}

/**
 * @param beat is called at once when it becomes busy, every `intervalMs` while it is, and once when that finds it idle: who
 * begins and ends a hundred times a second is told of no more often than who is busy all along.
 */
export function createPulse(clock: Clock, intervalMs: number, isBusy: () => boolean, beat: () => void): Pulse {
  let closed = false
  /** Ends the pause between two beats; null while idle. */
  let nap: AbortController | null = null

  const beatWhileBusy = async () => {
    while (isBusy() && !closed) {
      nap = new AbortController()
      beat()
      await clock.sleep(intervalMs, nap.signal).catch(() => {})
    }
    nap = null
    if (!closed) beat()
  }

  return {
    changed() {
      if (!closed && !nap && isBusy()) void beatWhileBusy()
    },
    [Symbol.dispose]() {
      closed = true
      nap?.abort()
    },
  }
}
