import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HearthError } from '../../../kernel/abi/index.ts'
import { SHORTENED } from '../../../kernel/core/context/render.ts'
import type { AnswerWindow } from '../../../kernel/core/context/service.ts'
import type { EngineMessage } from '../../../kernel/core/engines/engine.ts'
import { AGENT, boot, Talk, words } from './harness.ts'

const LIMIT = 800

interface Rates {
  byte: number
  message: number
}

/** Tokens as a model with those rates counts them. */
const count = (messages: readonly EngineMessage[], { byte, message }: Rates): number =>
  messages.reduce((sum, { content, toolCalls }) => {
    const calls = (toolCalls ?? []).reduce((bytes, call) => bytes + call.name.length + call.arguments.length, 0)
    return sum + Math.ceil(message * (1 + (toolCalls?.length ?? 0)) + byte * (content.length + calls))
  }, 0)

/** Opens windows until the engine, which counts for itself, takes one; null when it was refused for good. */
async function answered(talk: Talk, rates: Rates, text: string | null): Promise<AnswerWindow | null> {
  const { context, model } = talk.kernel
  const request = { agent: talk.agent, model, tools: [], round: 1, begun: null }
  try {
    for (let window = await context.open(request); ;) {
      const tokens = count(window.messages, rates)
      if (tokens <= LIMIT) {
        context.counted(model.id, window, tokens)
        if (text !== null) await talk.put(talk.turn('assistant', text))
        return window
      }
      window = await context.reopen(request, window, { tokens, limitTokens: LIMIT })
    }
  } catch (error) {
    if (HearthError.is(error, 'context-overflow')) return null
    throw error
  }
}

const rates: fc.Arbitrary<Rates> = fc.record({
  byte: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
  message: fc.double({ min: 2, max: 12, noNaN: true }),
})

const exchange = fc.record({
  question: fc.integer({ min: 1, max: 60 }),
  result: fc.option(fc.integer({ min: 1, max: 300 }), { nil: null }),
  pin: fc.boolean(),
})

describe('a model of which nothing is known', () => {
  it('is sent what it can hold, and a question is refused only when it is really too long', async () => {
    await fc.assert(
      fc.asyncProperty(rates, fc.array(exchange, { minLength: 1, maxLength: 20 }), async (real, exchanges) => {
        const talk = await Talk.begin(await boot({ contextTokens: LIMIT }))
        for (const [n, { question, result, pin }] of exchanges.entries()) {
          const asked = talk.turn('user', words(`q${n}x`, question))
          await talk.put(asked)
          const needed: EngineMessage[] = [{ role: 'user', content: asked.text }]
          if (result !== null) {
            const call = `c${n}`
            const toolCalls = [{ id: call, name: 'look', arguments: {} }]
            const value = words(`r${n}x`, result)
            const outcome = { call, tool: 'look', ok: true, value, ms: 1, where: 'test' }
            await talk.put(talk.turn('assistant', '', { toolCalls }), talk.turn('tool', value, { outcome }))
            needed.push({ role: 'assistant', content: '', toolCalls: [{ id: call, name: 'look', arguments: '{}' }] })
            needed.push({ role: 'tool', content: SHORTENED })
          }
          const window = await answered(talk, real, words(`a${n}x`, 5))
          const { pages } = await talk.kernel.call('context.window', { agent: AGENT })
          const somePinned = pages.some(({ pinned }) => pinned)
          const system: EngineMessage = { role: 'system', content: talk.agent.instructions }
          if (window) expect(window.tokens).toBeGreaterThan(0)
          else if (!somePinned) expect(count([system, ...needed], real)).toBeGreaterThan(LIMIT)
          if (pin) await talk.kernel.call('context.pin', { agent: AGENT, turn: asked.id }).catch(() => undefined)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('is known to within a fifth after some answers, and no question was refused meanwhile', async () => {
    const real = { byte: 0.62, message: 4 }
    const talk = await Talk.begin(await boot({ contextTokens: LIMIT }))
    let refused = 0
    for (let n = 0; n < 60; n += 1) {
      await talk.put(talk.turn('user', words(`q${n}x`, 1 + ((n * 7) % 40))))
      const window = await answered(talk, real, words(`a${n}x`, 1 + ((n * 11) % 30)))
      if (window === null) refused += 1
    }
    expect(refused).toBe(0)
    const guess = talk.kernel.calibrations.get('m')
    expect(guess.tokensPerByte).toBeGreaterThan(0.55)
    expect(guess.tokensPerByte).toBeLessThan(0.75)
  })
})
