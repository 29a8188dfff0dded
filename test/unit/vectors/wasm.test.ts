/** Parts of wasm/vectors that have a published answer. */
import { expect, test } from 'vitest'
import { createInstance } from '../../../kernel/drivers/vectors/instance.ts'
import { crc32 } from '../../../kernel/drivers/voy/crc32.ts'

const instance = () => createInstance({ dimensions: 8, floats: false, cosine: true, memoryBytes: 16 * 1024 * 1024 })

test('checksums are XXH64 and CRC-32', async () => {
  const { call, lend } = await instance().then((made) => ({
    call: made.call,
    lend: (bytes: Uint8Array) => made.lend(bytes),
  }))
  const hash = (text: string): string => {
    const bytes = new TextEncoder().encode(text)
    return BigInt.asUintN(64, call.checksum(lend(bytes), bytes.length)).toString(16)
  }
  // From the reference implementation, seed 0.
  expect(hash('')).toBe('ef46db3751d8e999')
  expect(hash('a')).toBe('d24ec4f1a98c6e5b')
  expect(hash('abc')).toBe('44bc2cf5ad770999')
  expect(hash('Nobody inspects the spammish repetition')).toBe('fbcea83c8a378bf1')
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926n)
})

test('a memory that cannot even hold an empty index is refused', async () => {
  const tiny = createInstance({ dimensions: 8, floats: false, cosine: true, memoryBytes: 65_536 })
  await expect(tiny).rejects.toMatchObject({ code: 'over-limit' })
})
