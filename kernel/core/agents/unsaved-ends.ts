/** Runs that ended and could not be stored, as when the disk is full: tried again until they are. */
import { UNSAVED_RETRY_MS } from '../param.ts'
import type { Clock } from '../platform.ts'

export class UnsavedEnds implements Disposable {
  readonly #clock: Clock
  /** By run; of one agent in the order in which they ended. */
  readonly #ends = new Map<string, { agent: string; save(): Promise<void> }>()
  readonly #closed = new AbortController()
  #trying = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @param save stores the end; called until it resolves, never twice at a time. */
  add(run: string, agent: string, save: () => Promise<void>): void {
    this.#ends.set(run, { agent, save: once(save) })
    if (!this.#trying) void this.#keepTrying()
  }

  /** Stores those of one agent, so that what comes next in its conversation comes after them. @throws what storing failed with. */
  async settle(agent: string): Promise<void> {
    for (const [run, end] of [...this.#ends]) {
      if (end.agent !== agent) continue
      await end.save()
      this.#ends.delete(run)
    }
  }

  /** Stores what can be stored now. */
  async settleAll(): Promise<void> {
    for (const agent of new Set([...this.#ends.values()].map((end) => end.agent))) {
      await this.settle(agent).catch(() => undefined)
    }
  }

  /** Its end is not to be stored any more. */
  drop(run: string): void {
    this.#ends.delete(run)
  }

  [Symbol.dispose](): void {
    this.#closed.abort()
  }

  async #keepTrying(): Promise<void> {
    this.#trying = true
    while (this.#ends.size > 0) {
      try {
        await this.#clock.sleep(UNSAVED_RETRY_MS, this.#closed.signal)
      } catch {
        break
      }
      await this.settleAll()
    }
    this.#trying = false
  }
}

/** Joins calls that overlap, and does nothing once it has succeeded. */
function once(work: () => Promise<void>): () => Promise<void> {
  let under: Promise<void> | null = null
  return () => {
    under ??= work().catch((error: unknown) => {
      under = null
      throw error
    })
    return under
  }
}
