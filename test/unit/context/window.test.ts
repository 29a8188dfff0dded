import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HearthError, type Turn } from '../../../kernel/abi/index.ts'
import { createTokenEstimator, utf8Bytes, type Extent } from '../../../kernel/core/context/estimate.ts'
import { spacedJson } from '../../../kernel/core/context/messages.ts'
import { assembleWindow } from '../../../kernel/core/context/window.ts'

const tokensOf = ({ items, bytes, counted }: Extent): number => items + bytes + counted

let count = 0
function turn(role: Turn['role'], text: string, more: Partial<Turn> = {}): Turn {
  count += 1
  const provenance = { source: 'user', principal: { kind: 'user' }, trust: 'trusted' } as const
  return {
    id: `t${count}`,
    agent: 'a',
    index: count,
    role,
    text,
    toolCalls: [],
    ended: 'complete',
    provenance,
    run: 'r',
    at: 0,
    ...more,
  }
}
const exchange = (question: string, result: string, answer: string): Turn[] => [
  turn('user', question),
  turn('assistant', '', { toolCalls: [{ id: `c${count}`, name: 'look', arguments: { q: 1 } }] }),
  turn('tool', result, {
    outcome: { call: `c${count - 1}`, tool: 'look', ok: true, value: result, ms: 1, where: 'x' },
  }),
  turn('assistant', answer),
]
const assemble = (turns: readonly Turn[], budgetTokens: number) =>
  assembleWindow({ model: 'm', instructions: 'Be brief.', turns, tools: [], budgetTokens, tokensOf })

describe('the window', () => {
  it('shows everything when it fits', () => {
    const { messages, leftOut } = assemble(exchange('q', 'r', 'a'), 1_000)
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool', 'assistant'])
    expect(leftOut).toBe(0)
  })

  it('leaves out the oldest exchanges, each whole', () => {
    const turns = [...exchange('q1', 'r1', 'a1'), ...exchange('q2', 'r2', 'a2'), turn('user', 'q3')]
    const { messages, leftOut } = assemble(turns, 60)
    expect(messages.filter(({ role }) => role === 'user').map(({ content }) => content)).toEqual(['q2', 'q3'])
    expect(leftOut).toBe(4)
  })

  it('refuses, with the figures, a question that alone is too long', () => {
    const attempt = (): unknown => assemble([turn('user', 'x'.repeat(500))], 100)
    expect(attempt).toThrow(HearthError)
    try {
      attempt()
    } catch (error) {
      expect(HearthError.is(error, 'context-overflow') && error.data).toEqual({ tokens: 511, limitTokens: 100 })
    }
  })

  it('drops the oldest tool results of the latest exchange rather than fail', () => {
    const [user, call, result] = exchange('q', 'x'.repeat(200), '')
    const [, call2, result2] = exchange('', 'y'.repeat(200), '')
    const turns = [user, call, result, call2, result2].flatMap((one) => one ?? [])
    const { messages } = assemble(turns, 320)
    expect(messages.filter(({ role }) => role === 'tool').map(({ content }) => content)).toEqual([
      '"[left out: the window is full]"',
      `"${'y'.repeat(200)}"`,
    ])
  })

  it('never exceeds the budget, always has the latest question, and no result without its call', () => {
    const size = fc.integer({ min: 0, max: 60 })
    const talk = fc.array(fc.tuple(size, size, size), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(talk, fc.integer({ min: 20, max: 600 }), (sizes, budget) => {
        const turns = sizes.flatMap(([q, r, a]) => exchange('q'.repeat(q + 1), 'r'.repeat(r), 'a'.repeat(a)))
        let window
        try {
          window = assemble(turns, budget)
        } catch (error) {
          expect(HearthError.is(error, 'context-overflow')).toBe(true)
          return
        }
        expect(window.tokens).toBeLessThanOrEqual(budget)
        expect(window.messages.findLast(({ role }) => role === 'user')?.content).toBe(
          turns.findLast(({ role }) => role === 'user')?.text,
        )
        const called = new Set(window.messages.flatMap(({ toolCalls }) => toolCalls?.map(({ id }) => id) ?? []))
        for (const { toolCallId } of window.messages)
          if (toolCallId !== undefined) expect(called.has(toolCallId)).toBe(true)
        expect(window.messages.length - 1 + window.leftOut).toBe(turns.length)
      }),
    )
  })
})

describe('the token estimate', () => {
  it('takes what the model itself counted of its answers, and guesses those of another', () => {
    const usage = { promptTokens: 0, cachedTokens: 0, completionTokens: 400, tokensPerSecond: 0, firstTokenMs: 0 }
    const byModel = (model: string): Turn[] => [
      turn('user', 'q'),
      turn('assistant', '10, '.repeat(5), {
        usage,
        provenance: { source: 'model', model, principal: { kind: 'user' }, trust: 'untrusted' },
      }),
      turn('user', 'q'),
    ]
    expect(assemble(byModel('m'), 1_000).extent).toMatchObject({ counted: 400, bytes: 'Be brief.qq'.length })
    expect(assemble(byModel('other'), 1_000).extent).toMatchObject({ counted: 0, bytes: 'Be brief.qq'.length + 20 })
    expect(assemble(byModel('m'), 300).leftOut).toBe(2)
  })

  it("learns each model's rate, quickly upwards and slowly downwards", () => {
    const estimator = createTokenEstimator()
    const extent = { items: 0, bytes: 1_000, counted: 0 }
    const before = estimator.tokens('m', extent)
    estimator.calibrate('m', extent, 900)
    expect(estimator.tokens('m', extent)).toBe(900)
    estimator.calibrate('m', extent, 500)
    expect(estimator.tokens('m', extent)).toBe(800)
    expect(estimator.tokens('other', extent)).toBe(before)
  })

  it('is never below what it last learnt for a request of the same make', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 10_000 }), (bytes, tokens) => {
        const estimator = createTokenEstimator()
        const extent = { items: 0, bytes, counted: 0 }
        const possible = Math.min(tokens, bytes)
        estimator.calibrate('m', extent, possible)
        expect(estimator.tokens('m', extent)).toBeGreaterThanOrEqual(possible)
      }),
    )
  })

  it('counts bytes as UTF-8 has them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(utf8Bytes(text)).toBe(new TextEncoder().encode(text).length)
      }),
    )
  })
})

describe('tool calls as models were taught to write them', () => {
  it('have a space after commas and colons, and stay the same JSON', () => {
    expect(spacedJson({ expression: '12 * 34', n: [1, 2], o: {} })).toBe(
      '{"expression": "12 * 34", "n": [1, 2], "o": {}}',
    )
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(spacedJson(value as never))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})
