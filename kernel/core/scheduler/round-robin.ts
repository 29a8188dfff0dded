/** A quantum for each flow in turn, whatever its weight and the length of what it asks. */
import { dueAt } from './entry.ts'
import type { Ordering } from './ordering.ts'

export const roundRobin: Ordering = {
  policy: 'round-robin',
  jobByJob: false,
  compare: (one, other) => dueAt(one) - dueAt(other) || one.order - other.order,
  key: ({ share, order }) => [share.turn, 0, order],
  yields: () => true,
  yieldsEarly: () => false,
}
