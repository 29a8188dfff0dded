/** Budgets in words: what is spent of each limit, and when it starts anew. Pure. */
import type { BudgetState } from '../../../sdk/index.ts'
import { count } from '../parts/format.ts'

export interface BudgetLine {
  readonly key: string
  readonly words: string
  /** Spent and reserved, of the limit: from 0 to 1. */
  readonly share: number
  /** All of it is spent. */
  readonly gone: boolean
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
      const aside = held > 0 ? `, ${count(held)} set aside` : ''
      const words = `${count(spent[kind])} of ${count(most)} ${units[kind]} ${spans[scope]}${aside}`
      const hint = [
        held > 0 ? 'What is under way may take what is set aside; what it does not take comes back.' : '',
        resetsAt === null ? '' : `Starts anew at ${new Date(resetsAt).toLocaleString()}.`,
      ]
      const share = Math.min(1, (spent[kind] + held) / most)
      return [
        { key: `${scope}:${kind}`, words, share, gone: spent[kind] >= most, hint: hint.filter(Boolean).join(' ') },
      ]
    }),
  )
}
