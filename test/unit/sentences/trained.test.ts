/** The weights that come with Hearth. */
import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import type { SentenceEncoder } from '../../../kernel/core/embeddings/sentence-encoder.ts'
import { WordVectors } from '../../../kernel/core/memory/search/word-vectors.ts'
import { openSentenceEncoder } from '../../../kernel/drivers/sentences/encoder.ts'
import { withWords } from '../../../kernel/drivers/sentences/with-words.ts'
import { encodeSlowly } from './reference.ts'
import { readFile } from './weights.ts'

const shipped = readFileSync(new URL('../../../wasm/sentences/sentences.bin', import.meta.url))
const words = WordVectors.parse(readFileSync(new URL('../../../wasm/words/words.bin', import.meta.url)))
const file = withWords(shipped, words)

let encoder: SentenceEncoder

beforeAll(async () => {
  encoder = await openSentenceEncoder(file)
})

test('take the embedding of a word from its vector, as long as the word counts', () => {
  expect(encoder.words).toBe(words.size)
  const { embeddings } = readFile(file)
  for (const word of ['harbour', 'the', 'zebra']) {
    const [at, vector, weight] = [words.placeOf(word), words.vectorOf(word), words.weightOf(word)]
    if (at === undefined || !vector || weight === undefined) throw new Error('it is no word of the file')
    for (const [k, value] of vector.entries()) {
      expect(embeddings.values[at * words.dimensions + k]).toBeCloseTo(weight * value, 6)
    }
  }
})

test('are refused with words of another width, with words already in them, and cut short', () => {
  const damaged = (bytes: Uint8Array, dimensions = words.dimensions) => {
    const others = { size: words.size, dimensions, embeddings: () => words.embeddings() }
    return expect(() => withWords(bytes, others))
  }
  const refused = expect.objectContaining({ code: 'bad-model' }) as Error
  damaged(shipped, 64).toThrow(refused)
  damaged(file).toThrow(refused)
  damaged(shipped.subarray(0, -1)).toThrow(refused)
})

test('are computed as their format describes', () => {
  const weights = readFile(file)
  const special = [0, 1, 2].map((index) => encoder.words + index)
  for (const tokens of [[17_000, 203, 39_999], special, [special[2] ?? 0]]) {
    const slowly = encodeSlowly(weights, tokens)
    for (const [index, value] of encoder.encode(tokens).entries()) expect(value).toBeCloseTo(slowly[index] ?? NaN, 5)
  }
})

test('give the longest text a vector of length one', () => {
  const vector = encoder.encode(Array.from({ length: encoder.positions }, (_, index) => 800 * index))
  expect(Math.hypot(...vector)).toBeCloseTo(1, 5)
})
