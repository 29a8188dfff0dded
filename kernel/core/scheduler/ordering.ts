/** Who goes before whom inside one class: what fair.ts, fifo.ts and round-robin.ts each answer. */
import type { SchedulingPolicy } from '../../abi/index.ts'
import type { Entry, Key } from './entry.ts'

export interface Ordering {
  readonly policy: SchedulingPolicy
  /** True when each job stands for itself, false when the jobs of a flow stand behind its first one. */
  readonly jobByJob: boolean
  /** Among jobs of one flow. */
  compare(one: Entry, other: Entry): number
  /** Of a flow whose next job is this one. `committed`: virtual tokens of the quanta that the flow's running jobs hold. */
  key(head: Entry, committed: number): Key
  /** Whether a running job whose quantum is used gives way to another flow that waits with this key. */
  yields(running: Entry, key: Key): boolean
  /** Whether it does so even before: had the other waited when it began, that one would have the slot, and not by a hair. */
  yieldsEarly(running: Entry, claimant: Entry, key: Key): boolean
}

export function compareKeys(one: Key, other: Key): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2]
}

/** The key a running job would have if it waited. */
export function keyOfRunning(ordering: Ordering, entry: Entry): Key {
  return ordering.key(entry, entry.share.committed - (entry.slice?.committed ?? 0))
}
