/** Work in slices, so that the kernel's thread is never held for long. */
import type { Clock } from '../../platform.ts'

/** @returns what to await between two pieces of work: it lets others have their turn once a slice is over */
export function slicesOf(clock: Pick<Clock, 'monotonic' | 'sleep'>, milliseconds: number): () => Promise<void> {
  let began = clock.monotonic()
  return async () => {
    if (clock.monotonic() - began < milliseconds) return
    await clock.sleep(0)
    began = clock.monotonic()
  }
}
