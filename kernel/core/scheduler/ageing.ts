/**
 * What higher classes owe to lower ones. While a class waits, every token given to a higher class is counted; when it is
 * owed enough, its first job is served once as if it were of the highest class, for a quantum in which nobody takes the slot
 * from it. So a class that waits gets at least its small share of all tokens, and nobody waits for ever while any are made.
 * Counted in tokens and not in time: on a slow engine everybody waits longer, and not the lowest alone.
 */
import type { SchedulingClass } from '../../abi/index.ts'
import { AGEING_TOKENS, QUANTUM_TOKENS } from '../param.ts'
import { CLASSES, RANK } from './entry.ts'

export class Ageing {
  readonly #owed = CLASSES.map(() => 0)

  /** @param waits whether anybody of a class could start */
  served(name: SchedulingClass, tokens: number, waits: (name: SchedulingClass) => boolean): void {
    const rank = RANK[name]
    for (const lower of CLASSES.slice(rank + 1)) {
      if (waits(lower)) this.#add(RANK[lower], tokens)
    }
    // What a class gets by itself pays for what it is owed, at the same rate.
    this.#add(rank, (-tokens * AGEING_TOKENS) / QUANTUM_TOKENS)
  }

  /** @param extra tokens that serving it now would cost besides, such as those not written while a model is loaded */
  isDue(rank: number, extra = 0): boolean {
    return rank > 0 && (this.#owed[rank] ?? 0) >= AGEING_TOKENS + extra
  }

  paid(rank: number): void {
    this.#owed[rank] = 0
  }

  #add(rank: number, tokens: number): void {
    this.#owed[rank] = Math.max(0, (this.#owed[rank] ?? 0) + tokens)
  }
}
