/** The built-in embedder on what is shipped, beside the contract: long texts, texts of nothing it knows, and its turns. */
import { describe, expect, test } from 'vitest'
import { HearthError } from '../../../kernel/abi/index.ts'
import { builtInEmbedder } from '../../../kernel/core/embeddings/built-in-embedder.ts'
import { checkVectors } from '../../../kernel/core/embeddings/checked.ts'
import type { EmbeddingPurpose } from '../../../kernel/core/embeddings/embedder.ts'
import { BUILT_IN_PIECES, BUILT_IN_SLICE_MS } from '../../../kernel/core/embeddings/param.ts'
import { tokensOf } from '../../../kernel/core/embeddings/tokens.ts'
import { WordVectors } from '../../../kernel/core/memory/search/word-vectors.ts'
import { openSentenceEncoder } from '../../../kernel/drivers/sentences/encoder.ts'
import { createManualClock } from '../../../kernel/drivers/memory/clock.ts'
import { shipped } from '../../fixtures/shipped.ts'
import { randomFile, small } from '../sentences/weights.ts'

const live = new AbortController().signal
const words = WordVectors.parse(await shipped.wordVectors())
const encoder = await shipped.sentenceEncoder(words)

async function vectorOf(text: string, purpose: EmbeddingPurpose = 'query'): Promise<Float32Array | null> {
  const embedder = builtInEmbedder({ clock: createManualClock(), words, encoder })
  const vectors = checkVectors(await embedder.embed([text], purpose, live), 1, encoder.dimensions, 'built-in')
  return vectors[0] ?? null
}

async function likeness(one: string, other: string): Promise<number> {
  const [left, right] = [await vectorOf(one), await vectorOf(other)]
  if (!left || !right) throw new Error('no word of it is known')
  return left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0)
}

describe('the built-in embedder', () => {
  test('gives a text what the encoder makes of its tokens', async () => {
    const text = 'When did the plumber repair the kitchen sink?'
    const vector = await vectorOf(text)
    for (const [at, value] of encoder.encode(tokensOf(text, words)).entries())
      expect(vector?.[at]).toBeCloseTo(value, 5)
  })

  test.each([
    ['How do I get my money back?', 'Please refund the order', 'The train leaves at noon'],
    ['Where did I park the automobile?', 'my car is on the third floor', 'my cat sleeps on the sofa'],
    ['What do I earn?', 'they raised my salary in spring', 'they raised the bridge in spring'],
  ])('finds that %j is nearer to %j than to %j', async (question, near, far) => {
    expect(await likeness(question, near)).toBeGreaterThan(await likeness(question, far))
  })

  test('tells a text from one of the same words in another order', async () => {
    expect(await likeness('the dog bit the postman', 'the postman bit the dog')).toBeLessThan(0.999)
  })

  test('takes what is remembered by what it tells, and what is asked by all that it says', async () => {
    const text = 'What is your rabbit called? The ferry sails from the north harbour.'
    expect(await vectorOf(text, 'document')).toEqual(await vectorOf('The ferry sails from the north harbour.'))
    expect(await vectorOf(text)).not.toEqual(await vectorOf('The ferry sails from the north harbour.'))
  })

  test('takes a text that is too long at once in pieces of the same length, which count the same', async () => {
    const sentence = 'the ferry to the northern island sails from the harbour at noon '
    const text = sentence.repeat(12)
    const tokens = tokensOf(text, words)
    expect(tokens).toHaveLength(3 * encoder.positions)
    const sum = new Float32Array(encoder.dimensions)
    for (const from of [0, 1, 2]) {
      const piece = encoder.encode(tokens.slice(from * encoder.positions, (from + 1) * encoder.positions))
      for (const [at, value] of piece.entries()) sum[at] = (sum[at] ?? 0) + value
    }
    const length = Math.hypot(...sum)
    const vector = await vectorOf(text)
    for (const [at, value] of sum.entries()) expect(vector?.[at]).toBeCloseTo(value / length, 5)
  })

  test('reads no more of a text than it has time for', async () => {
    const most = 'tea '.repeat(BUILT_IN_PIECES * encoder.positions)
    expect(await vectorOf(`${most} the harbour is closed`)).toEqual(await vectorOf(most))
  })

  test('leaves out a piece without a word that it knows', async () => {
    const known = 'the ferry sails at noon '.repeat(10).trim()
    const [half] = [encoder.positions]
    const text = `${known.split(' ').slice(0, half).join(' ')} ${'zzyzx '.repeat(half)}`
    expect(tokensOf(text, words)).toHaveLength(2 * half)
    expect(await vectorOf(text)).toEqual(await vectorOf(known.split(' ').slice(0, half).join(' ')))
  })

  test.each(['', '4417 #!?', 'qwzx zzkk', '宇宙船', '?'])(
    'has no vector for %j, of which it knows nothing',
    async (text) => {
      expect(await vectorOf(text)).toBeNull()
    },
  )

  test('lets others have their turn after some milliseconds, and stops between two texts', async () => {
    const clock = createManualClock()
    let turns = 0
    const slow = {
      ...clock,
      // So that a slice is over after the third text.
      monotonic: () => (clock.advance(Math.ceil(BUILT_IN_SLICE_MS / 3)), clock.monotonic()),
      sleep: async (ms: number) => {
        turns += 1
        if (turns === 4) stop.abort(reason)
        await clock.sleep(ms)
      },
    }
    const stop = new AbortController()
    const reason = new HearthError('cancelled', 'Not wanted any more.', { by: 'caller' })
    const embedder = builtInEmbedder({ clock: slow, words, encoder })
    await embedder.embed(['tea', 'coffee', 'bread', 'milk', 'salt', 'rice', 'beans', 'plums', 'jam'], 'document', live)
    expect(turns).toBe(3)
    const many = Array.from({ length: 100 }, () => 'tea')
    await expect(embedder.embed(many, 'document', stop.signal)).rejects.toBe(reason)
    expect(turns).toBe(4)
  })

  test('refuses an encoder that was made with other words', async () => {
    const other = await openSentenceEncoder(randomFile(small, 1))
    const made = (): unknown => builtInEmbedder({ clock: createManualClock(), words, encoder: other })
    expect(made).toThrow(expect.objectContaining({ code: 'bad-model' }))
  })
})
