/** The built-in embedder on the vectors that are shipped. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { WordVectors } from '../../../kernel/core/memory/search/word-vectors.ts'

const bytes = new Uint8Array(readFileSync('wasm/words/words.bin'))
const words = WordVectors.parse(bytes)

function likeness(one: string, other: string): number {
  const [left, right] = [words.embed(one), words.embed(other)]
  if (!left || !right) throw new Error('no word of it is known')
  return left.reduce((sum, value, k) => sum + value * (right[k] ?? 0), 0)
}

describe('word vectors', () => {
  it.each([
    ['How do I get my money back?', 'Please refund the order', 'The train leaves at noon'],
    ['Where did I park the automobile?', 'my car is on the third floor', 'my cat sleeps on the sofa'],
    ['Which doctor do I see?', 'my physician is across the street', 'my landlord lives across the street'],
    ['What do I earn?', 'they raised my salary in spring', 'they raised the bridge in spring'],
  ])('finds that %j is nearer to %j than to %j', (question, near, far) => {
    expect(likeness(question, near)).toBeGreaterThan(likeness(question, far))
  })

  it('takes an inflected word that it does not have for its base form', () => {
    expect(likeness('he reimburses plumbers', 'he reimburse plumber')).toBeCloseTo(1, 3)
    expect(likeness('refunding', 'refunded')).toBeCloseTo(1, 3)
  })

  it('gives vectors of length one, the same each time', () => {
    const vector = words.embed('the dog barks at the postman')
    expect(vector).toHaveLength(words.dimensions)
    expect(Math.hypot(...(vector ?? []))).toBeCloseTo(1, 5)
    expect(words.embed('the dog barks at the postman')).toEqual(vector)
  })

  it('says how much a word tells, less of what everybody uses, and finds the first and the last word it has', () => {
    expect(words.weightOf('thing') ?? 1).toBeLessThan(words.weightOf('plumber') ?? 0)
    expect(words.weightOf('qwzx')).toBeUndefined()
    const text = new TextDecoder().decode(
      bytes.subarray(16, 16 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(12, true)),
    )
    const all = text.trimEnd().split('\n')
    expect(all).toHaveLength(words.size)
    for (const word of [all[0], all[1], all[all.length >> 1], all.at(-1)])
      expect(words.vectorOf(word ?? '')).toBeDefined()
  })

  it('knows what people say for the same thing, and names', () => {
    expect(likeness('the attorney', 'my lawyer')).toBeGreaterThan(0.6)
    expect(likeness('the city', 'Oslo')).toBeGreaterThan(likeness('the fruit', 'Oslo'))
  })

  it('has no vector for a text without a word it knows', () => {
    expect(words.embed('')).toBeNull()
    expect(words.embed('4417 #!?')).toBeNull()
    expect(words.embed('qwzx zzkk')).toBeNull()
    expect(words.embed('宇宙船')).toBeNull()
  })

  it.each([
    ['empty', new Uint8Array()],
    ['something else', new TextEncoder().encode('GGUF and then some more bytes')],
    ['cut short', bytes.subarray(0, bytes.length - 1)],
    ['only its header', bytes.subarray(0, 16)],
  ])('refuses a file that is %s, with a typed error', (_what, damaged) => {
    expect(() => WordVectors.parse(damaged)).toThrow(expect.objectContaining({ code: 'bad-model' }))
  })
})
