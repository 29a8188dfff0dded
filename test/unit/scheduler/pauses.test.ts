/** Agents that are away for a moment between two answers, as every real one is: the share of their weight is still theirs. */
import { describe, expect, test } from 'vitest'
import { Simulation, STARTER } from '../../bench/scheduler/simulator/simulation.ts'

const MINUTES = 5

/** Tokens of four agents of weight 3 against those of four of weight 1, one question each at a time. */
function ratioWith(awayMs: number, tokens: number): number {
  const simulation = new Simulation('fair', { ...STARTER, retains: 8 })
  const weights = new Map(Array.from({ length: 8 }, (_, index) => [`agent ${index}`, index % 2 === 0 ? 3 : 1]))
  const asked = (flow: string) => ({
    ...{ flow, promptTokens: 20, tokens, maxTokens: tokens, weight: weights.get(flow) ?? 1 },
  })
  simulation.onDone = (flow) => simulation.askAfter(awayMs, asked(flow))
  for (const flow of weights.keys()) simulation.ask(asked(flow))
  simulation.run(MINUTES * 60_000)
  const written = (weight: number): number =>
    [...weights].reduce((sum, [flow, own]) => sum + (own === weight ? (simulation.written.get(flow) ?? 0) : 0), 0)
  return written(3) / written(1)
}

describe('agents of weight 3 get three times what agents of weight 1 get', () => {
  test.each([...[0, 20, 50].flatMap((awayMs) => [30, 150, 400].map((tokens) => ({ awayMs, tokens })))])(
    'when they are away for $awayMs ms after answers of $tokens tokens',
    ({ awayMs, tokens }) => {
      const ratio = ratioWith(awayMs, tokens)
      expect(ratio).toBeGreaterThan(2.85)
      expect(ratio).toBeLessThan(3.15)
    },
  )
})
