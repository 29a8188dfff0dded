/** A file from its beginning to its end, by lines and by stretches of bytes, of which only what is asked for is in memory. */
import type { ArchiveFile } from './format.ts'
import { READ_BYTES } from './param.ts'

const LINE_FEED = 10

export class ByteSource {
  readonly #file: ArchiveFile
  #chunk = new Uint8Array(0)
  /** Of the chunk, what was given out. */
  #at = 0
  /** Of the file, what was read. */
  #read = 0

  constructor(file: ArchiveFile) {
    this.#file = file
  }

  /** Bytes given out. */
  get position(): number {
    return this.#read - (this.#chunk.length - this.#at)
  }

  /** With its line feed; null when there is none within `most` bytes. The last line of a file needs one too. */
  async line(most: number): Promise<Uint8Array | null> {
    let looked = 0
    for (;;) {
      const end = this.#chunk.indexOf(LINE_FEED, this.#at + looked)
      const length = (end < 0 ? this.#chunk.length : end + 1) - this.#at
      if (length > most) return null
      if (end >= 0) return this.#take(length)
      looked = length
      if (!(await this.#more())) return null
    }
  }

  /** Null when there are fewer. */
  async bytes(length: number): Promise<Uint8Array | null> {
    while (this.#chunk.length - this.#at < length) if (!(await this.#more())) return null
    return this.#take(length)
  }

  #take(length: number): Uint8Array {
    const part = this.#chunk.subarray(this.#at, this.#at + length)
    this.#at += length
    return part
  }

  /** Puts the next stretch behind what is left of the chunk. False at the end of the file. */
  async #more(): Promise<boolean> {
    const end = Math.min(this.#read + READ_BYTES, this.#file.size)
    if (end <= this.#read) return false
    const next = new Uint8Array(await this.#file.slice(this.#read, end).arrayBuffer())
    if (next.length === 0) return false
    const rest = this.#chunk.subarray(this.#at)
    const chunk = new Uint8Array(rest.length + next.length)
    chunk.set(rest)
    chunk.set(next, rest.length)
    this.#chunk = chunk
    this.#at = 0
    this.#read += next.length
    return true
  }
}
