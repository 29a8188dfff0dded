/** The files service on the in-memory twins, with the real word vectors. */
import { readFile } from 'node:fs/promises'
import { WordVectors } from '../../../kernel/core/memory/search/word-vectors.ts'
import { createMemoryFileBlobs, type MemoryFileBlobs } from '../../../kernel/drivers/memory/file-blobs.ts'
import { createFiles, type FilesHarness } from '../../fixtures/files.ts'

export { agent, pattern, user } from '../../fixtures/files.ts'

let words: Promise<WordVectors> | undefined

/** @param quotaBytes of contents, after which the storage is full */
export function createHarness(quotaBytes?: number): FilesHarness & { blobs: MemoryFileBlobs } {
  const blobs = createMemoryFileBlobs(quotaBytes)
  const load = () => (words ??= readFile('wasm/words/words.bin').then((bytes) => WordVectors.parse(bytes)))
  return Object.assign(createFiles({ blobs, words: load }), { blobs })
}
