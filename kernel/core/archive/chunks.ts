/** Contents of files that an archive has brought so far, by hash: what a version names has to be among them, and of its size. */
import type { FileVersionRecord } from '../files/records.ts'

export class Chunks {
  readonly #bytes = new Map<string, number>()

  add(hash: string, bytes: number): void {
    this.#bytes.set(hash, bytes)
  }

  /** What is wrong with what a version names; undefined when nothing is. */
  fault({ path, bytes, chunks, chunkBytes }: FileVersionRecord): string | undefined {
    for (const [index, hash] of chunks.entries()) {
      if (this.#bytes.get(hash) !== Math.min(chunkBytes, bytes - index * chunkBytes))
        return `contents of ${path} are missing`
    }
    return undefined
  }
}
