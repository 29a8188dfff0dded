import { describe, expect, it } from 'vitest'
import type { ModelInfo } from '../../../sdk/index.ts'
import { bytes, duration, timeLeft } from '../../../ui/src/parts/format.ts'
import { betterModels } from '../../../ui/src/talk/better-models.ts'
import { suggestionsFor } from '../../../ui/src/talk/suggestions.ts'
import { callLine, toolVerb } from '../../../ui/src/talk/tool-words.ts'

describe('figures', () => {
  it('are written as people read them', () => {
    expect([0, 999, 3_808_640, 386_404_992, 1_107_409_472].map(bytes)).toEqual([
      '0 B',
      '999 B',
      '3.8 MB',
      '386 MB',
      '1.1 GB',
    ])
    expect([0.2, 12, 1234, 125_000].map(duration)).toEqual(['<1 ms', '12 ms', '1.2 s', '2 min'])
    expect([0.1, 59, 61, 7200].map(timeLeft)).toEqual(['1 s left', '59 s left', '2 min left', '2 h left'])
  })
})

describe('suggestions', () => {
  const tools = ['calculate', 'remember', 'recall', 'current_time', 'run_javascript']

  it('are four things the agent has the tools for', () => {
    for (const small of [true, false]) {
      for (const owned of [[], tools]) {
        const texts = suggestionsFor({ tools: owned }, small, false).map(({ text }) => text)
        expect(new Set(texts).size).toBe(texts.length)
        if (owned.length === 0) expect(texts.join()).not.toMatch(/12 \* 34|Remember/)
        else expect(texts).toHaveLength(4)
      }
    }
  })

  it('ask for what was remembered only once there is something', () => {
    const texts = (remembers: boolean) => suggestionsFor({ tools }, true, remembers).map(({ text }) => text)
    expect(texts(false)).toContain('Remember that my dog is Rosa.')
    expect(texts(true)).toContain('What is my dog?')
  })
})

describe('models offered on a first visit', () => {
  const model = (id: string, fields: Partial<ModelInfo>): ModelInfo =>
    ({
      id,
      name: id,
      engine: 'llamacpp',
      source: { kind: 'hugging-face', repo: 'a/b', file: 'c.gguf' },
      sizeBytes: 1e9,
      fits: { ok: true },
      ...fields,
    }) as ModelInfo

  it('fit, are named once, and the largest comes first', () => {
    const offered = betterModels(
      [
        model('starter', { source: { kind: 'bundled', path: 'starter.gguf' } }),
        model('small', { sizeBytes: 4e8 }),
        model('large', { sizeBytes: 2e9 }),
        model('twin', { name: 'large', sizeBytes: 2e9 }),
        model('huge', { fits: { ok: false, reason: 'too much' } }),
        model('gpu', { engine: 'webllm' }),
      ],
      null,
    )
    expect(offered.map(({ id }) => id)).toEqual(['large', 'small'])
  })
})

describe('a tool call on one line', () => {
  it('shows the values it was called with', () => {
    expect(callLine({ id: '1', name: 'calculate', arguments: { expression: '12 * 34' } })).toBe('calculate("12 * 34")')
    expect(callLine({ id: '2', name: 'current_time', arguments: {} })).toBe('current_time()')
  })

  it('has a word for any name that a model may write', () => {
    const names = ['refund', 'constructor', 'toString', '__proto__']
    expect(names.map((name) => toolVerb(name, false, true))).toEqual(names.map(() => 'Used'))
    expect(toolVerb('recall', true, true)).toBe('Looking up')
  })
})
