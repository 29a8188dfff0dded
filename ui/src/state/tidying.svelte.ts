/** A tidying-up of the memory that was asked for in this tab; it goes on when its room is left. */
import { HearthError } from '../../../sdk/index.ts'
import type { Hearth } from '../../../sdk/index.ts'

export class Tidying {
  running = $state(false)
  error = $state.raw<unknown>(null)
  readonly #hearth: Hearth
  #asked: AbortController | null = null

  constructor(hearth: Hearth) {
    this.#hearth = hearth
  }

  /** Resolves when it is over. */
  async start(): Promise<void> {
    if (this.running) return
    const asked = (this.#asked = new AbortController())
    this.running = true
    this.error = null
    try {
      await this.#hearth.call('memory.consolidate', {}, { signal: asked.signal })
    } catch (error) {
      if (!HearthError.is(error, 'cancelled')) this.error = error
    }
    this.running = false
  }

  /** What is done already stays done. */
  stop(): void {
    this.#asked?.abort()
  }
}
