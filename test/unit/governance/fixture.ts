/** A clock that tests set, also backwards, in the device's local time; and agents with budgets. */
import type { Agent, Amounts, Budget } from '../../../kernel/abi/index.ts'
import type { BudgetHolder } from '../../../kernel/core/governance/budgets.ts'
import type { Clock } from '../../../kernel/core/platform.ts'

export function clockAt(start: string): Clock & { set(time: string): void } {
  let now = new Date(start).getTime()
  return {
    now: () => now,
    monotonic: () => 0,
    sleep: async () => {},
    set(time) {
      now = new Date(time).getTime()
    },
  }
}

export function agentWith(some: { id?: Agent['id']; limits?: Amounts; budget?: Budget | null }): BudgetHolder {
  return { id: 'a1', name: 'Clerk', limits: {}, budget: null, ...some }
}

export function errorOf(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('It did not throw.')
}
