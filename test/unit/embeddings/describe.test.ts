/** What people are told of embedders, and what tells one from another. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NAME_UNITS } from '../../../kernel/abi/limits.ts'
import { describe, idOf, sameEmbedder } from '../../../kernel/core/embeddings/describe.ts'
import { withPurpose } from '../../../kernel/core/embeddings/purpose.ts'
import '../../fixtures/property-seed.ts'

const NOTHING = { models: [], offers: [] }

test('a server is told apart by its address and model, not by its key, and its host is named', () => {
  const one = { kind: 'openai', url: 'https://a.example/v1/', model: 'm', key: 'sk-1' } as const
  expect(sameEmbedder(one, { ...one, url: 'https://a.example/v1', key: 'sk-2' })).toBe(true)
  expect(sameEmbedder(one, { ...one, model: 'n' })).toBe(false)
  expect(idOf(one)).toBe('openai:a.example/v1:m')
  const told = describe(one, 768, NOTHING)
  expect(told).toMatchObject({ sendsTo: 'a.example', dimensions: 768, downloadBytes: 0 })
  expect(told.note).toContain('is sent to a.example')
  expect(JSON.stringify(told)).not.toContain('sk-1')
})

test('the built-in one says what it cannot do', () => {
  const { note, sendsTo } = describe({ kind: 'built-in' }, 128, NOTHING)
  expect(note).toContain('no numbers')
  expect(note).toContain('no other language')
  expect(sendsTo).toBeNull()
})

test('ids are never longer than an id may be, and differ when what they stand for does', () => {
  const url = fc.webUrl({ size: 'small' })
  fc.assert(
    fc.property(url, url, fc.string({ minLength: 1, maxLength: 256, size: 'max' }), (one, other, model) => {
      const first = idOf({ kind: 'openai', url: one, model })
      expect(first.length).toBeLessThanOrEqual(NAME_UNITS)
      const second = idOf({ kind: 'openai', url: `${other}x`, model })
      if (first === second) expect(one.replace(/^https?:\/\//, '')).toBe(`${other}x`.replace(/^https?:\/\//, ''))
    }),
    { numRuns: 50 },
  )
})

test('models that want to be told what a text is for are, in the words of their cards', () => {
  const query = (model: string) => withPurpose(model, ['tea'], 'query')[0]
  expect(query('nomic-embed-text-v1.5.Q8_0')).toBe('search_query: tea')
  expect(query('snowflake-arctic-embed-s-q0f32-MLC-b4')).toBe(
    'Represent this sentence for searching relevant passages: tea',
  )
  expect(query('bge-small-en-v1.5')).toMatch(/^Represent/)
  expect(query('multilingual-e5-small')).toBe('query: tea')
  expect(query('Qwen3-Embedding-0.6B')).toMatch(/^Instruct: .*\nQuery: tea$/)
  expect(query('all-MiniLM-L6-v2')).toBe('tea')
  expect(query('starter')).toBe('tea')
  expect(withPurpose('e5-base', ['tea'], 'document')).toEqual(['passage: tea'])
})
