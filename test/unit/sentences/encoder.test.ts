/** The sentence encoder in WebAssembly, against its description computed in float64. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openSentenceEncoder } from '../../../kernel/drivers/sentences/encoder.ts'
import { encodeSlowly } from './reference.ts'
import { randomFile, readFile, small } from './weights.ts'
import type { Sizes } from './weights.ts'

/** Sums of float32 differ in their last digits from those of float64. */
const TOLERANCE = 2e-6

const sixteens = (most: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: most }).map((count) => 16 * count)

const shapes: fc.Arbitrary<Sizes> = fc.record({
  words: fc.integer({ min: 1, max: 40 }),
  specials: fc.integer({ min: 0, max: 3 }),
  wordWidth: sixteens(3),
  width: sixteens(4),
  layers: fc.integer({ min: 1, max: 3 }),
  heads: fc.constantFrom(1, 2, 4),
  inner: sixteens(5),
  positions: fc.integer({ min: 1, max: 14 }),
  outputs: sixteens(3),
})

const cases = shapes.chain((sizes) => {
  const token = fc.nat(sizes.words + sizes.specials - 1)
  const text = fc.array(token, { minLength: 1, maxLength: sizes.positions })
  return fc.record({
    sizes: fc.constant(sizes),
    seed: fc.nat(),
    texts: fc.array(text, { minLength: 1, maxLength: 4 }),
  })
})

function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (value, index) => Math.abs(value - (b[index] ?? NaN))))
}

test('computes what its format describes, whatever the sizes, and the same again after other texts', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ sizes, seed, texts }) => {
      const file = randomFile(sizes, seed)
      const encoder = await openSentenceEncoder(file)
      expect(encoder).toMatchObject({ words: sizes.words, positions: sizes.positions, dimensions: sizes.outputs })
      const weights = readFile(file)
      const vectors = texts.map((tokens) => encoder.encode(tokens))
      for (const [index, tokens] of texts.entries()) {
        const vector = vectors[index] ?? new Float32Array()
        expect(vector).toHaveLength(sizes.outputs)
        expect(difference(vector, encodeSlowly(weights, tokens))).toBeLessThan(TOLERANCE)
        expect(encoder.encode(Uint16Array.from(tokens))).toEqual(vector)
      }
    }),
    { numRuns: 40 },
  )
})

test('gives the same bits on every machine', async () => {
  const encoder = await openSentenceEncoder(randomFile(small, 7))
  const vector = encoder.encode([0, 9, 18, 27, 32, 4, 4])
  const bits = [
    ...[0x3dfb277d, 0xbe336897, 0xbebf7abc, 0x3edb2e7c, 0x3e97916a, 0xbe510e96, 0xbd46e7db, 0xbeaa7e07],
    ...[0x3d950cc0, 0xbe514f2f, 0xbe868533, 0x3e5e356a, 0x3eacb558, 0xbe3f00f0, 0xbe7ab7e3, 0x3e04f859],
  ]
  expect([...new Uint32Array(vector.buffer)]).toEqual(bits)
})

test('words count, and so does their order', async () => {
  const encoder = await openSentenceEncoder(randomFile(small, 1))
  const vector = encoder.encode([1, 2, 3])
  expect(difference(vector, encoder.encode([3, 2, 1]))).toBeGreaterThan(0.001)
  expect(difference(vector, encoder.encode([1, 2, 4]))).toBeGreaterThan(0.001)
})

test('encoders of two files do not disturb each other', async () => {
  const [a, b] = await Promise.all([1, 2].map((seed) => openSentenceEncoder(randomFile(small, seed))))
  const vector = a?.encode([5, 6])
  expect(b?.encode([5, 6])).not.toEqual(vector)
  expect(a?.encode([5, 6])).toEqual(vector)
})

test('takes as many tokens as there are positions, and refuses what is no token', async () => {
  const encoder = await openSentenceEncoder(randomFile(small, 3))
  const most = Array.from({ length: small.positions }, (_, index) => index)
  const last = small.words + small.specials - 1
  expect(encoder.encode(most)).toHaveLength(small.outputs)
  expect(encoder.encode([last])).toHaveLength(small.outputs)
  const vector = encoder.encode([0])
  for (const wrong of [[], [...most, 0], [last + 1], [0, -1], [0.5], [NaN], [2 ** 32]]) {
    expect(() => encoder.encode(wrong)).toThrow(expect.objectContaining({ code: 'bad-request' }))
  }
  expect(encoder.encode([0])).toEqual(vector)
})
