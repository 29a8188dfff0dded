/** Contents of files in memory: the twin of drivers/opfs for Node and tests. Everything is gone with the object. */
import { HearthError } from '../../abi/index.ts'
import type { FileBlobs } from '../../core/files/file-blobs.ts'
import { sha256 } from '../web/sha256.ts'

export interface MemoryFileBlobs extends FileBlobs {
  /** What is there, by hash; a test may put other bytes in to stand for a disk that has lost some. */
  readonly stored: Map<string, Uint8Array<ArrayBuffer>>
}

/** @param quotaBytes bytes after which it is full */
export function createMemoryFileBlobs(quotaBytes = Infinity): MemoryFileBlobs {
  const stored = new Map<string, Uint8Array<ArrayBuffer>>()
  const sum = (): number => [...stored.values()].reduce((bytes, { byteLength }) => bytes + byteLength, 0)
  return {
    stored,
    hash: sha256,
    async write(hash, bytes) {
      const usageBytes = sum()
      if (usageBytes - (stored.get(hash)?.byteLength ?? 0) + bytes.byteLength > quotaBytes) {
        const message = 'The storage is full. What was stored before is safe; delete files or a model, then try again.'
        throw new HearthError('storage-full', message, { usageBytes, quotaBytes })
      }
      stored.set(hash, bytes.slice())
    },
    async read(hash) {
      return stored.get(hash)?.slice() ?? null
    },
    async remove(hash) {
      stored.delete(hash)
    },
    async *list() {
      yield* [...stored.keys()]
    },
    async usage() {
      return sum()
    },
    async clear() {
      stored.clear()
    },
  }
}
