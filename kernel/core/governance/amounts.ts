/** Arithmetic on what budgets count: tokens, seconds and tool calls, each by itself. */
import type { Amounts, Spent } from '../../abi/index.ts'

export const FIELDS = ['tokens', 'seconds', 'calls'] as const satisfies readonly (keyof Spent)[]

export const nothing = (): Spent => ({ tokens: 0, seconds: 0, calls: 0 })

/** All three fields, from what is given. */
export const amounts = (some: Partial<Spent>): Spent => ({ ...nothing(), ...some })

/** The lower of each limit; a field that neither limits stays away. */
export function lowest(one: Amounts, other: Amounts): Amounts {
  const limits: Amounts = {}
  for (const field of FIELDS) {
    const limit = Math.min(one[field] ?? Infinity, other[field] ?? Infinity)
    if (limit < Infinity) limits[field] = limit
  }
  return limits
}
