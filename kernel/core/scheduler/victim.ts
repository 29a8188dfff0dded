/** Whom to take the slot from, when none is free, for one that waits. */
import { QUANTUM_TOKENS } from '../param.ts'
import type { Costs } from './cost.ts'
import { isProtected, rankOf } from './entry.ts'
import type { Entry, Key } from './entry.ts'
import { compareKeys, keyOfRunning, type Ordering } from './ordering.ts'

export interface Claimant {
  readonly entry: Entry
  readonly key: Key
  /** True when its class is owed a quantum: it may go before a higher one that has used its own. */
  readonly aged: boolean
}

/**
 * The one of the lowest class, and of those the one that was served most. Null when the claimant has to wait: a higher
 * class takes any slot at once, but for one whose end is near; an equal goes first only by the policy, once the quantum is
 * used, and never before its own flow.
 */
export function chooseVictim(
  running: readonly Entry[],
  claimant: Claimant,
  ordering: Ordering,
  costs: Costs,
): Entry | null {
  let victim: Entry | null = null
  for (const entry of running) {
    if (mayTakeFrom(entry, claimant, ordering, costs) && (!victim || goesBefore(entry, victim, ordering)))
      victim = entry
  }
  return victim
}

function mayTakeFrom(running: Entry, { entry, key, aged }: Claimant, ordering: Ordering, costs: Costs): boolean {
  const { slice } = running
  if (!slice || slice.stopping || isProtected(running)) return false
  const order = rankOf(entry) - rankOf(running)
  if (order < 0) return !costs.isNearlyDone(running)
  if (order > 0) return aged && slice.used >= Math.min(QUANTUM_TOKENS, slice.quantum)
  if (running.share === entry.share || costs.isNearlyDone(running)) return false
  return slice.used >= slice.quantum ? ordering.yields(running, key) : ordering.yieldsEarly(running, entry, key)
}

/** Whether `one` is rather to be stopped than `other`. */
function goesBefore(one: Entry, other: Entry, ordering: Ordering): boolean {
  const order = rankOf(one) - rankOf(other)
  return order > 0 || (order === 0 && compareKeys(keyOfRunning(ordering, one), keyOfRunning(ordering, other)) > 0)
}
