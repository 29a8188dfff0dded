/** Budgets in words: what is spent of each limit, and when it starts anew. Pure. */
import type { BudgetState } from '../../../sdk/index.ts'
import { count } from '../parts/format.ts'

export interface BudgetLine {
  readonly key: string
  readonly words: string
  /** Spent and reserved, of the limit: from 0 to 1. */
  readonly share: number
  readonly hint: string
}

const kinds = ['tokens', 'seconds', 'calls'] as const
const units = { tokens: 'tokens', seconds: 'seconds', calls: 'tool calls' }
const spans = { run: 'in this run', agent: 'in all', day: 'today' }

export function budgetLines(budgets: readonly BudgetState[]): BudgetLine[] {
  return budgets.flatMap(({ scope, limit, spent, reserved, resetsAt }) =>
    kinds.flatMap((kind) => {
      const most = limit[kind]
      if (most === undefined) return []
      const held = reserved[kind]
      const words = `${count(spent[kind])} of ${count(most)} ${units[kind]} ${spans[scope]}`
      const hint = [
        held > 0 ? `${count(held)} more are set aside for what is under way.` : '',
        resetsAt === null ? '' : `Starts anew at ${new Date(resetsAt).toLocaleString()}.`,
      ]
      const share = Math.min(1, (spent[kind] + held) / most)
      return [{ key: `${scope}:${kind}`, words, share, hint: hint.filter(Boolean).join(' ') }]
    }),
  )
}
