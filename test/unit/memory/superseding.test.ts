/** Which facts end others. Losing knowledge by mistake is worse than keeping a fact too long, so precision comes first. */
import { describe, expect, it } from 'vitest'
import { stated } from '../../../kernel/core/memory/statements.ts'
import { contradicts } from '../../../kernel/core/memory/superseding.ts'
import { CONTRADICTIONS, HARD, type Pair } from './contradictions.ts'

/** What memory does with two facts of one owner and scope (book.ts). */
function ends({ old, now }: Pick<Pair, 'old' | 'now'>): boolean {
  const before = stated(old)
  const [said] = before.statements
  if (!said || !before.complete || before.statements.length > 1) return false
  return stated(now).statements.some((statement) => contradicts(statement, said))
}

describe('superseding', () => {
  it('ends what is contradicted, and hardly ever anything else', () => {
    const found = CONTRADICTIONS.filter(ends)
    const mistaken = HARD.filter(ends)
    const precision = found.length / (found.length + mistaken.length)
    const recall = found.length / CONTRADICTIONS.length
    const missed = CONTRADICTIONS.filter((pair) => !ends(pair))
    console.log(
      `superseding: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}, ` +
        `${CONTRADICTIONS.length} contradictions, ${HARD.length} hard negatives\n` +
        [...mistaken.map((pair) => ['wrong ', pair] as const), ...missed.map((pair) => ['missed', pair] as const)]
          .map(([what, { old, now }]) => `  ${what} ${old} | ${now}`)
          .join('\n'),
    )
    expect(mistaken).toEqual([])
    expect(recall).toBeGreaterThan(0.9)
  })
})
