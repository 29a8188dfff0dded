/** Lets others have the thread after each few milliseconds of work. */
import type { Clock } from '../platform.ts'
import { SLICE_MS } from './param.ts'

/** Call it between pieces of work; it waits when a slice is over. @throws the signal's reason */
export function createSlicer(clock: Clock, signal: AbortSignal): () => Promise<void> {
  let began = clock.monotonic()
  return async () => {
    signal.throwIfAborted()
    if (clock.monotonic() - began < SLICE_MS) return
    await clock.sleep(0, signal)
    began = clock.monotonic()
  }
}
