/** What every keeper of files' contents promises; runs over the in-memory twin in Node and over OPFS in a real browser. */
import { describe, expect, test } from 'vitest'
import type { FileBlobs } from '../../kernel/core/files/file-blobs.ts'
import { pattern } from '../fixtures/files.ts'

/** @param reopen gives a new driver over the same storage, as the next kernel would have */
export function fileBlobsContract(name: string, reopen: () => FileBlobs): void {
  describe(`contents of files: ${name}`, () => {
    const listed = async (blobs: FileBlobs): Promise<string[]> => {
      const hashes: string[] = []
      for await (const hash of blobs.list()) hashes.push(hash)
      return hashes.sort()
    }

    test('what was written is there, byte for byte, also for the next kernel, until it is removed', async () => {
      const blobs = reopen()
      const bytes = pattern(100_000)
      const hash = await blobs.hash(bytes)
      expect(await blobs.read(hash)).toBeNull()
      await blobs.write(hash, bytes)
      const read = await reopen().read(hash)
      expect(read && (await blobs.hash(read))).toBe(hash)
      expect(await reopen().usage()).toBe(bytes.byteLength)
      expect(await listed(reopen())).toEqual([hash])
      await blobs.remove(hash)
      await blobs.remove(hash)
      expect(await reopen().read(hash)).toBeNull()
      expect(await listed(blobs)).toEqual([])
    })

    test('names contents by their SHA-256, those of a part of a buffer by that part', async () => {
      const blobs = reopen()
      const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
      const buffer = new TextEncoder().encode('xxabcxx')
      expect(await blobs.hash(buffer.subarray(2, 5))).toBe(abc)
      await blobs.write(abc, buffer.subarray(2, 5))
      buffer.fill(0)
      expect(new TextDecoder().decode((await blobs.read(abc)) ?? undefined)).toBe('abc')
      await blobs.clear()
    })

    test('writing again replaces, as a whole', async () => {
      const blobs = reopen()
      const hash = '0'.repeat(64)
      await blobs.write(hash, pattern(1_000))
      await blobs.write(hash, pattern(10, 2))
      expect(await blobs.read(hash)).toEqual(pattern(10, 2))
      await blobs.clear()
    })

    test('many are written, listed and removed at the same time', async () => {
      const blobs = reopen()
      const all = await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          const bytes = pattern(index + 1, index)
          const hash = await blobs.hash(bytes)
          await blobs.write(hash, bytes)
          return hash
        }),
      )
      expect(await listed(blobs)).toEqual([...all].sort())
      for await (const hash of blobs.list()) await blobs.remove(hash)
      expect(await listed(blobs)).toEqual([])
    })

    test('clearing deletes all, and writing begins anew', async () => {
      const blobs = reopen()
      const hash = '1'.repeat(64)
      await blobs.write(hash, pattern(10))
      await blobs.clear()
      expect([await blobs.usage(), await listed(blobs), await blobs.read(hash)]).toEqual([0, [], null])
      // Also by one that had opened it before another cleared it.
      const other = reopen()
      await other.write(hash, pattern(10))
      await blobs.clear()
      await other.write(hash, pattern(20))
      expect(await other.usage()).toBe(20)
      await other.clear()
    })
  })
}
