/** When contents that nothing names are deleted: a while after they were let go of, many at once, never two sweeps at a time. */
import type { Clock } from '../platform.ts'
import type { Contents } from './contents.ts'
import { SWEEP_AFTER_MS } from './param.ts'

export class Sweeper {
  readonly #clock: Pick<Clock, 'sleep'>
  readonly #contents: Contents
  readonly #signal: AbortSignal
  #candidates = new Set<string>()
  /** True when there are more than anybody listed. */
  #all = false
  #waiting = false

  /** @param deps.signal ends it: what is left then, the next kernel's first sweep finds */
  constructor(deps: { clock: Pick<Clock, 'sleep'>; contents: Contents; signal: AbortSignal }) {
    this.#clock = deps.clock
    this.#contents = deps.contents
    this.#signal = deps.signal
  }

  /** Deletes those of these that nothing names. */
  later(hashes: readonly string[]): void {
    for (const hash of hashes) this.#candidates.add(hash)
    if (this.#candidates.size > 0) void this.#wait()
  }

  /** Deletes everything that nothing names. */
  all(): void {
    this.#all = true
    void this.#wait()
  }

  async #wait(): Promise<void> {
    if (this.#waiting) return
    this.#waiting = true
    try {
      while (this.#all || this.#candidates.size > 0) {
        await this.#clock.sleep(SWEEP_AFTER_MS, this.#signal)
        const candidates = this.#all ? undefined : this.#candidates
        this.#all = false
        this.#candidates = new Set()
        // What could not be deleted now is found by the sweep of the next kernel.
        await this.#contents.sweep(this.#signal, candidates).catch(() => 0)
      }
    } catch {
      // The kernel is ending.
    } finally {
      this.#waiting = false
    }
  }
}
