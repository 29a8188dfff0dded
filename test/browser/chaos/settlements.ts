/** Counts how often each call was settled, over all ports of all tabs: once, or the kernel broke its first promise. */
import type { KernelFrame } from '../../../kernel/abi/index.ts'

export class Settlements {
  readonly #counts = new Map<string, number>()

  note(frame: KernelFrame): void {
    if (frame.t === 'done' || (frame.t === 'fail' && frame.id !== 'hello')) this.#count(frame.id)
    if (frame.t !== 'hello') return
    for (const [id, { state }] of Object.entries(frame.settled)) {
      if (state === 'done' || state === 'failed' || state === 'unknown') this.#count(id)
    }
  }

  get calls(): number {
    return this.#counts.size
  }

  /** Calls that were settled more than once. */
  get doubled(): string[] {
    return [...this.#counts].flatMap(([id, count]) => (count > 1 ? [`${id}: ${count} times`] : []))
  }

  #count(id: string): void {
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1)
  }
}
