/**
 * Weighted fair sharing: the flow with the fewest virtual tokens goes first. Of flows that are equal, which is to say within
 * one quantum of each other, one with a deadline it can meet goes before those without, and the earliest of them first.
 */
import { QUANTUM_TOKENS } from '../param.ts'
import { dueAt, type Entry } from './entry.ts'
import { compareKeys, keyOfRunning, type Ordering } from './ordering.ts'

export const fair: Ordering = {
  policy: 'fair',
  jobByJob: false,
  compare: (one, other) => dueAt(one) - dueAt(other) || one.order - other.order,
  key: (head, committed) => [place(head, head.share.counter + committed), dueAt(head), head.order],
  yields: (running, key) => compareKeys(key, keyOfRunning(fair, running)) < 0,
  // An agent that was away for a moment between two answers would lose a quantum each time, and with it the share of its
  // weight. Only where little has to be read again.
  yieldsEarly({ slice }, { job }, [place]) {
    return slice?.cheap === true && place + QUANTUM_TOKENS / job.weight <= slice.key[0]
  },
}

/** With a deadline the counter is rounded down to whole quanta: all that are equal meet there, before those without one. */
function place({ urgent, job }: Entry, counter: number): number {
  if (!urgent) return counter
  const quantum = QUANTUM_TOKENS / job.weight
  return Math.floor(counter / quantum) * quantum
}
