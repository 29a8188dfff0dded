/** The in-memory twin of the Web Locks driver: a lock is held from `hold` until it is released. */
import type { Liveness } from '../../core/platform.ts'

export interface MemoryLiveness extends Liveness {
  /** Holds `lock` until disposed, as a tab does for its lifetime. */
  hold(lock: string): Disposable
}

export function createMemoryLiveness(): MemoryLiveness {
  const holders = new Map<string, number>()
  const waiting = new Map<string, Set<() => void>>()

  function release(lock: string): void {
    const left = (holders.get(lock) ?? 1) - 1
    holders.set(lock, left)
    if (left > 0) return
    holders.delete(lock)
    const told = waiting.get(lock) ?? []
    waiting.delete(lock)
    for (const tell of told) tell()
  }

  return {
    hold(lock) {
      holders.set(lock, (holders.get(lock) ?? 0) + 1)
      let held = true
      return {
        [Symbol.dispose]: () => {
          if (held) release(lock)
          held = false
        },
      }
    },

    whenReleased(lock, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return void reject(signal.reason)
        if (!holders.has(lock)) return void resolve()
        const listeners = waiting.get(lock) ?? new Set()
        waiting.set(lock, listeners)
        const stop = (): void => {
          listeners.delete(tell)
          reject(signal.reason)
        }
        const tell = (): void => {
          signal.removeEventListener('abort', stop)
          resolve()
        }
        listeners.add(tell)
        signal.addEventListener('abort', stop, { once: true })
      })
    },
  }
}
