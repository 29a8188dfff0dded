/** Arrival order inside a class: whoever has a slot keeps it to the end, but for a higher class. */
import type { Ordering } from './ordering.ts'

export const fifo: Ordering = {
  policy: 'fifo',
  jobByJob: true,
  compare: (one, other) => one.order - other.order,
  key: ({ order }) => [order, 0, 0],
  yields: () => false,
  yieldsEarly: () => false,
}
