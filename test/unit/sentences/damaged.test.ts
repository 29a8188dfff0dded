/** Files of sentence encoder weights that are damaged, or none at all. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openSentenceEncoder } from '../../../kernel/drivers/sentences/encoder.ts'
import { randomFile, small } from './weights.ts'

const whole = randomFile(small, 4)
const HEADER_BYTES = 40

const opening = (file: Uint8Array): Promise<unknown> => openSentenceEncoder(file)
const refused = { code: 'bad-model', data: { model: 'built-in' } }

/** The whole file with other bytes from `at` on. */
function changed(at: number, bytes: ArrayLike<number>): Uint8Array {
  const file = whole.slice()
  file.set(bytes, at)
  return file
}

const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer)
const f32 = (value: number): Uint8Array => new Uint8Array(Float32Array.of(value).buffer)

test('a file that is cut short or too long is refused', async () => {
  const lengths = fc.integer({ min: 0, max: whole.length - 1 })
  await fc.assert(
    fc.asyncProperty(lengths, async (length) => {
      await expect(opening(whole.slice(0, length))).rejects.toMatchObject(refused)
    }),
  )
  await expect(opening(Uint8Array.of(...whole, 0))).rejects.toMatchObject(refused)
})

test('a header with any other number but that of heads or words is refused', async () => {
  const sound = new DataView(whole.buffer)
  // Words against special tokens, and heads, change no length.
  const fields = [2, 3, 4, 6, 7, 8]
  const numbers = fc.oneof(fc.nat(200), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...fields), numbers, async (field, value) => {
      const at = 4 + 4 * field
      if (sound.getUint32(at, true) === value) return
      await expect(opening(changed(at, u32(value)))).rejects.toMatchObject(refused)
    }),
  )
  for (const heads of [0, 3, 16, 2 ** 32 - 1]) {
    await expect(opening(changed(4 + 4 * 5, u32(heads)))).rejects.toMatchObject(refused)
  }
  await expect(opening(changed(0, u32(0)))).rejects.toMatchObject(refused)
})

test('a file whose widths are no multiples of 16 is refused though it is as long as it says', async () => {
  for (const odd of [{ wordWidth: 8 }, { width: 8, heads: 1 }, { inner: 20 }, { outputs: 4 }]) {
    await expect(opening(randomFile({ ...small, ...odd }, 5))).rejects.toMatchObject(refused)
  }
})

test('numbers that are not finite are refused wherever they stand', async () => {
  const { words, specials, wordWidth, width, positions } = small
  const entries = words + specials
  const inwardAt = HEADER_BYTES + entries * (4 + wordWidth)
  const positionsAt = inwardAt + width * (4 + wordWidth)
  const gainAt = positionsAt + 4 * positions * width
  const outwardAt = whole.length - small.outputs * (4 + width)
  const places = [HEADER_BYTES, inwardAt, positionsAt, gainAt, outwardAt - 4, outwardAt]
  for (const at of places) {
    for (const value of [NaN, Infinity, -Infinity]) {
      await expect(opening(changed(at, f32(value)))).rejects.toMatchObject(refused)
    }
  }
})

test('with any byte changed a file is refused, at once or by its first text, or still gives vectors of length one', async () => {
  const places = fc.integer({ min: 0, max: whole.length - 1 })
  await fc.assert(
    fc.asyncProperty(places, fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const file = changed(at, [(whole[at] ?? 0) ^ flip])
      const vector = await openSentenceEncoder(file)
        .then((encoder) => encoder.encode([0, 1, 2]))
        .catch((error: unknown) => error)
      if (vector instanceof Float32Array) expect(Math.hypot(...vector)).toBeCloseTo(1, 5)
      else expect(vector).toMatchObject(refused)
    }),
    { numRuns: 200 },
  )
})

test('weights that make nothing of a text are taken for damaged', async () => {
  const { outputs, width } = small
  const outward = new Uint8Array(4 * outputs)
  const encoder = await openSentenceEncoder(changed(whole.length - outputs * (4 + width), outward))
  expect(() => encoder.encode([1])).toThrow(expect.objectContaining({ code: 'bad-model' }))
})
