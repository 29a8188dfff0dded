import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HearthError } from '../../../kernel/abi/index.ts'
import { ggufMemoryBytes, kvBytesPerToken, readGguf } from '../../../kernel/core/engines/gguf.ts'
import type { ModelBytes } from '../../../kernel/core/engines/model-files.ts'
import { ggufFile, type GgufParts } from '../../fixtures/gguf-file.ts'

const live = new AbortController().signal
const starter = new Uint8Array(await readFile(new URL('../../../wasm/starter/starter.gguf', import.meta.url)))

/** Milliseconds no header, however hostile, may take here; the starter's own takes some. */
const FAST_MS = 5_000

async function outcome(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const start = performance.now()
  try {
    await readGguf(new Blob([bytes]), live)
    return 'whole'
  } catch (error) {
    if (error instanceof HearthError) return `${error.code}: ${error.message}`
    throw error
  } finally {
    expect(performance.now() - start).toBeLessThan(FAST_MS)
  }
}

const small: GgufParts = {
  metadata: [
    ['general.architecture', 'text', 'llama'],
    ['general.name', 'text', 'small'],
    ['llama.context_length', 'u32', 512],
    ['llama.block_count', 'u32', 2],
    ['llama.embedding_length', 'u32', 64],
    ['llama.attention.head_count', 'u32', 4],
    ['llama.attention.head_count_kv', 'u32', 2],
  ],
  tensors: [
    { name: 'a', dimensions: [32, 2], format: 8, offset: 0, bytes: 68 },
    { name: 'b', dimensions: [8], format: 0, offset: 96, bytes: 32 },
  ],
}

test('the starter model is described as it is', async () => {
  const header = await readGguf(new Blob([starter]), live)
  expect(header).toMatchObject({
    version: 3,
    architecture: 'llama',
    contextTokens: 2048,
    layers: 4,
    embeddingLength: 256,
    heads: 4,
    kvHeadsTotal: 16,
    keyLength: 64,
    valueLength: 64,
    vocabulary: 1280,
    quantisation: 'Q8_0',
    chatTemplate: true,
  })
  expect(header.expectedBytes).toBeLessThanOrEqual(starter.byteLength)
  expect(header.expectedBytes).toBeGreaterThan(starter.byteLength - 64)
})

test('memory is estimated from weights and the cache of both keys and values, of as many slots as fit', async () => {
  const header = await readGguf(new Blob([ggufFile(small)]), live)
  // 2 layers x 2 heads x (16 + 16) numbers x 2 bytes.
  expect(kvBytesPerToken(header)).toBe(256)
  expect(header.weightBytes).toBe(100)
  expect(ggufMemoryBytes(header, 1000) - ggufMemoryBytes(header, 0)).toBe((4 + 12) * 256_000)
  expect(ggufMemoryBytes(header, 1_000_000) - ggufMemoryBytes(header, 0)).toBe(2 * 256_000_000)
})

test('heads that differ between layers are added up', async () => {
  const metadata = small.metadata.map((entry): GgufParts['metadata'][number] =>
    entry[0] === 'llama.attention.head_count_kv' ? [entry[0], 'u32-list', [1, 3]] : entry,
  )
  expect((await readGguf(new Blob([ggufFile({ ...small, metadata })]), live)).kvHeadsTotal).toBe(4)
})

test('only a small part of a large file is read', async () => {
  let read = 0
  const file: ModelBytes = {
    size: starter.byteLength,
    slice(start, end) {
      read += end - start
      return new Blob([starter]).slice(start, end)
    },
  }
  await readGguf(file, live)
  expect(read).toBeLessThanOrEqual(1024 * 1024)
})

test('a file cut anywhere is told apart from a whole one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: starter.byteLength - 64 }), async (length) => {
      expect(await outcome(starter.slice(0, length))).toMatch(/^bad-model: .*(cut short|not a GGUF)/)
    }),
    { numRuns: 150 },
  )
})

test('a file with bytes changed anywhere in its header is read or refused, quickly and with a typed error', async () => {
  const change = fc.record({ at: fc.integer({ min: 0, max: 40_000 }), value: fc.integer({ min: 0, max: 255 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
      const copy = starter.slice()
      for (const { at, value } of changes) copy[at] = value
      expect(await outcome(copy)).toMatch(/^(whole|bad-model)/)
    }),
    { numRuns: 300 },
  )
})

test('a file with a length or count overwritten is read or refused, quickly and with a typed error', async () => {
  const change = fc.record({
    at: fc.integer({ min: 4, max: 40_000 }),
    value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  })
  await fc.assert(
    fc.asyncProperty(change, async ({ at, value }) => {
      const copy = starter.slice()
      new DataView(copy.buffer).setBigUint64(at, value, true)
      expect(await outcome(copy)).toMatch(/^(whole|bad-model)/)
    }),
    { numRuns: 300 },
  )
})

test('random bytes behind a true beginning are refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 4_000 }), async (rest) => {
      const file = new Uint8Array([...starter.slice(0, 8), ...rest])
      expect(await outcome(file)).toMatch(/^bad-model/)
    }),
    { numRuns: 200 },
  )
})

const HUGE = 2n ** 63n

test.each<[string, Uint8Array<ArrayBuffer>, RegExp]>([
  ['an empty file', new Uint8Array(), /not a GGUF/],
  ['another format', new TextEncoder().encode('<!doctype html><title>Not found</title>'), /not a GGUF/],
  ['version 1', ggufFile({ ...small, version: 1 }), /version 1/],
  ['big-endian', ggufFile({ ...small, version: 0x03000000 }), /big-endian/],
  ['2^63 tensors', ggufFile({ ...small, tensorCount: HUGE }), /beyond 2\^53/],
  ['a billion tensors', ggufFile({ ...small, tensorCount: 1_000_000_000n }), /announces 1000000000 tensors/],
  ['2^63 entries', ggufFile({ ...small, entryCount: HUGE }), /beyond 2\^53/],
  ['more entries than bytes', ggufFile({ ...small, entryCount: 60_000n }), /cut short/],
  ['a list within a list', ggufFile({ ...small, metadata: [['x', 'nested', 0], ...small.metadata] }), /lists within/],
  ['a list of 2^60 texts', ggufFile({ ...small, metadata: [['x', 'text-list', 2n ** 60n]] }), /beyond 2\^53/],
  ['a list of 2^50 numbers', ggufFile({ ...small, metadata: [['x', 'number-list', 2n ** 50n]] }), /announces/],
  ['an unknown value type', ggufFile({ ...small, metadata: [['x', 'unknown', 0]] }), /unknown type/],
  ['a key twice', ggufFile({ ...small, metadata: [...small.metadata, ...small.metadata] }), /twice/],
  ['no architecture', ggufFile({ ...small, metadata: [] }), /architecture/],
  ['one of several parts', withEntry(['split.count', 'u32', 3]), /one of 3 parts/],
  ['an image encoder', withEntry(['general.type', 'text', 'mmproj']), /image part/],
  ['an adapter', withEntry(['general.type', 'text', 'adapter']), /adapter/],
  ['alignment 0', withEntry(['general.alignment', 'u32', 3]), /alignment/],
  ['no tensors', ggufFile({ ...small, tensors: [] }), /no weights/],
  ['overlapping tensors', withTensor({ offset: 32 }), /not where it should be/],
  ['a tensor beyond 2^53', withTensor({ offset: HUGE }), /beyond 2\^53/],
  ['a tensor far behind the end', withTensor({ dimensions: [2 ** 40] }), /cut short/],
  ['dimensions whose product overflows', withTensor({ dimensions: [2 ** 40, 2 ** 40] }), /larger than any file/],
  ['five dimensions', withTensor({ dimensions: [8, 1, 1, 1, 1] }), /5 dimensions/],
  ['an unknown tensor format', withTensor({ format: 4_000 }), /unknown format/],
  ['a row that is no whole block', withTensor({ format: 8 }), /last block/],
  ['a tensor twice', withTensor({ name: 'a' }), /twice/],
])('%s is refused with a reason', async (_what, bytes, reason) => {
  const said = await outcome(bytes)
  expect(said).toMatch(/^bad-model/)
  expect(said).toMatch(reason)
})

test('a format newer than this reader is left to the engine', async () => {
  expect(await outcome(withTensor({ format: 77 }))).toBe('whole')
})

test('an abort ends the reading with the reason of the signal', async () => {
  const reason = new Error('enough')
  await expect(readGguf(new Blob([starter]), AbortSignal.abort(reason))).rejects.toBe(reason)
})

test('a file that can no longer be read is told apart from a bad one', async () => {
  const gone: ModelBytes = {
    size: 1_000_000,
    slice: () => ({ arrayBuffer: () => Promise.reject(new Error('the file was moved')) }),
  }
  await expect(readGguf(gone, live)).rejects.toMatchObject({ code: 'storage-failed' })
})

function withEntry(entry: GgufParts['metadata'][number]): Uint8Array<ArrayBuffer> {
  return ggufFile({ ...small, metadata: [...small.metadata, entry] })
}

function withTensor(change: Partial<GgufParts['tensors'][number]>): Uint8Array<ArrayBuffer> {
  const [first, second] = small.tensors
  if (!first || !second) throw new Error('The small file has two tensors.')
  return ggufFile({ ...small, tensors: [first, { ...second, ...change }] })
}
