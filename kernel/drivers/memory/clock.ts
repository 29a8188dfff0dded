/** A clock that stands still until a test moves it. `sleep(0)` alone goes by real turns of the event loop. */
import type { Clock } from '../../core/platform.ts'
import { nextTurn } from '../web/clock.ts'

export interface ManualClock extends Clock {
  /** Moves the time on by `ms` and wakes those whose time has come, in order. */
  advance(ms: number): void
  /** How many sleep now; for tests that check that nothing is left behind. */
  readonly sleepers: number
}

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** @param start milliseconds since 1970-01-01 UTC */
export function createManualClock(start = 1_750_000_000_000): ManualClock {
  let elapsed = 0
  const sleepers = new Set<Sleeper>()
  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    get sleepers() {
      return sleepers.size
    },
    sleep(ms, signal) {
      if (ms <= 0) return nextTurn(signal)
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) return void reject(signal.reason)
        const stop = (): void => {
          sleepers.delete(sleeper)
          reject(signal?.reason)
        }
        const sleeper: Sleeper = {
          at: elapsed + ms,
          wake: () => {
            sleepers.delete(sleeper)
            signal?.removeEventListener('abort', stop)
            resolve()
          },
        }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', stop, { once: true })
      })
    },
    advance(ms) {
      elapsed += ms
      const due = [...sleepers].filter(({ at }) => at <= elapsed).sort((a, b) => a.at - b.at)
      for (const { wake } of due) wake()
    },
  }
}
