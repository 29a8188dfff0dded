/**
 * Server-sent events out of a response's body. Bounded in memory and in silence: a line without end, a stream of rubbish and
 * a connection that says nothing each end with an error.
 */
import { createParser } from 'eventsource-parser'

export interface EventLimits {
  /** UTF-16 units that may arrive without completing an event. */
  readonly eventUnits: number
}

/** Gives up on a connection that stays silent. Runs only while something is awaited, so that a slow reader costs nothing. */
export interface Watchdog {
  readonly signal: AbortSignal
  /** Waits for `work` at most `ms`. */
  guard<T>(work: Promise<T>, ms: number): Promise<T>
}

/** @param reason of a given silence in milliseconds */
export function createWatchdog(reason: (ms: number) => Error): Watchdog {
  const silence = new AbortController()
  return {
    signal: silence.signal,
    async guard(work, ms) {
      const timer = setTimeout(() => silence.abort(reason(ms)), ms)
      try {
        return await work
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

/** Raised when what arrives is not a stream of events. */
export class NotEvents extends Error {}

/**
 * Yields each event's data. Ends where the body ends; an event that is not complete there is left out.
 * @param read one read of the body, guarded by the caller
 * @throws NotEvents
 */
export async function* readEvents(
  read: () => Promise<ReadableStreamReadResult<Uint8Array>>,
  limits: EventLimits,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder()
  let ready: string[] = []
  const overflow = { reached: false }
  let unitsWithoutEvent = 0
  const parser = createParser({
    maxBufferSize: limits.eventUnits,
    onEvent: ({ data }) => void ready.push(data),
    onError: ({ type }) => void (overflow.reached ||= type === 'max-buffer-size-exceeded'),
  })
  for (;;) {
    const { done, value } = await read()
    if (done) return
    const text = decoder.decode(value, { stream: true })
    parser.feed(text)
    unitsWithoutEvent = ready.length > 0 ? 0 : unitsWithoutEvent + text.length
    const events = ready
    ready = []
    yield* events
    if (overflow.reached || unitsWithoutEvent > limits.eventUnits) throw new NotEvents()
  }
}
