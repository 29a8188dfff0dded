/** Waiting that a signal can end, for work that may never settle: a dead worker does not answer. */

/** Settles as `work` does, or rejects with the reason of the first of `signals` to abort. */
export async function abortable<T>(work: Promise<T>, ...signals: readonly AbortSignal[]): Promise<T> {
  // What loses the race must not surface as an unhandled rejection.
  work.catch(() => {})
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = whenAborted(signals, reject)
  })
  try {
    return await Promise.race([aborted, work])
  } finally {
    stop()
  }
}

/** Calls `act` once with the reason of the first signal that is or gets aborted; returns how to stop listening. */
export function whenAborted(signals: readonly AbortSignal[], act: (reason: unknown) => void): () => void {
  const aborted = signals.find((signal) => signal.aborted)
  if (aborted) {
    act(aborted.reason)
    return () => {}
  }
  const listeners = signals.map((signal) => {
    const listener = () => {
      stop()
      act(signal.reason)
    }
    signal.addEventListener('abort', listener, { once: true })
    return { signal, listener }
  })
  const stop = () => {
    for (const { signal, listener } of listeners) signal.removeEventListener('abort', listener)
  }
  return stop
}
