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

/** Resolves in the next turn of the event loop, behind what waits already. */
export function nextTurn(signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return void reject(signal.reason)
    inNextTurn(() => {
      if (signal?.aborted === true) reject(signal.reason)
      else resolve()
    })
  })
}

/**
 * A task where there are tasks. Else a message to oneself, as a timer of zero milliseconds may wait for four; but each of its
 * ports is an object that the browser has to dispose of while the garbage collector holds the thread: those of some seconds of
 * work in slices held it for 20 ms.
 */
const inNextTurn: (work: () => void) => void =
  'scheduler' in globalThis ? (work) => void scheduler.postTask(work) : sendToOneself

function sendToOneself(work: () => void): void {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    port1.close()
    work()
  }
  port2.postMessage(null)
}
