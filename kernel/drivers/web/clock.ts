/** The runtime's own clock; the same in a browser, a worker and Node. */
import type { Clock } from '../../core/platform.ts'

export function createClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep(ms, signal) {
      if (ms <= 0) return nextTurn(signal)
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) return void reject(signal.reason)
        const stop = (): void => {
          clearTimeout(timer)
          reject(signal?.reason)
        }
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', stop)
          resolve()
        }, ms)
        signal?.addEventListener('abort', stop, { once: true })
      })
    },
  }
}

/**
 * Resolves in the next turn of the event loop, behind the messages that wait already. A message to oneself, as a timer of
 * zero milliseconds may wait for four.
 */
export function nextTurn(signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return void reject(signal.reason)
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      if (signal?.aborted === true) reject(signal.reason)
      else resolve()
    }
    port2.postMessage(null)
  })
}
