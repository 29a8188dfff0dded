/** The ways to choose who goes next, in words. */
import type { SchedulingPolicy } from '../../../sdk/index.ts'

export const policyNames: Record<SchedulingPolicy, string> = {
  fair: 'Fair shares',
  fifo: 'Order of arrival',
  'round-robin': 'In turn',
}
