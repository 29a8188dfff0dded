/** A time limit on something that may never answer. Dispose of it as soon as the answer is there. */
import { HearthError } from '../../abi/index.ts'
import type { Clock } from '../platform.ts'

export interface Deadline extends Disposable {
  /** Aborts with a `timeout` error when the time is over, or with the outer signal's reason. */
  readonly signal: AbortSignal
  /** Settles as `work` does, or rejects as soon as the signal aborts, also when `work` never notices. */
  race<T>(work: Promise<T>): Promise<T>
}

/**
 * @param ms null for no limit but the outer signal
 * @param what names the thing in the error: "the tool \"refund\""
 */
export function deadline(clock: Clock, ms: number | null, what: string, outer: AbortSignal): Deadline {
  const timer = new AbortController()
  const stop = new AbortController()
  const signal = AbortSignal.any([timer.signal, outer])
  const expire = (afterMs: number): void => {
    const message = `It took longer than ${afterMs / 1000} s and was stopped: ${what}. Whether it finished is not known.`
    timer.abort(new HearthError('timeout', message, { afterMs, what }))
  }
  if (ms !== null) {
    clock.sleep(ms, stop.signal).then(
      () => expire(ms),
      () => undefined,
    )
  }
  return {
    signal,
    race<T>(work: Promise<T>): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        const abort = (): void => reject(signal.reason)
        if (signal.aborted) abort()
        signal.addEventListener('abort', abort, { once: true })
        work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
      })
    },
    [Symbol.dispose]: () => stop.abort(),
  }
}
