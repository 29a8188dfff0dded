import { describe, expect, it } from 'vitest'
import { budgetLines } from '../../../ui/src/agents/budget-words.ts'

describe('budgets in words', () => {
  it('are a line for each limit there is, with what is set aside counted in', () => {
    const lines = budgetLines([
      {
        ...{ scope: 'day', limit: { tokens: 20_000, calls: 10 }, spent: { tokens: 12_400, seconds: 3, calls: 10 } },
        ...{ reserved: { tokens: 600, seconds: 0, calls: 0 }, resetsAt: 1 },
      },
    ])
    expect(lines.map(({ words, share }) => [words, share])).toEqual([
      ['12,400 of 20,000 tokens today, 600 set aside', 0.65],
      ['10 of 10 tool calls today', 1],
    ])
  })
})
