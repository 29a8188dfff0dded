/** Contents on their way in: cuts what arrives into chunks, stores each, and says in the end what it all is. */
import { HearthError } from '../../abi/index.ts'
import type { StoredContents } from './change.ts'
import type { Pins } from './contents.ts'
import { mediaType, TextCheck } from './media-type.ts'
import { FILE_BYTES, FILE_CHUNK_BYTES, FILE_CHUNKS_AT_ONCE } from './param.ts'
import type { FileVersionRecord } from './records.ts'

/** What is appended to: all whole chunks of a version, and the bytes of one that is not whole. */
export interface Beginning {
  readonly version: Pick<FileVersionRecord, 'chunks' | 'chunkBytes' | 'text'>
  readonly tail: Uint8Array<ArrayBuffer>
}

/** One `add` at a time, and `end` once. */
export class ContentsWriter {
  readonly #pins: Pins
  readonly #chunkBytes: number
  readonly #chunks: string[] = []
  readonly #text = new TextCheck()
  /** Whether what it began with was text. */
  #begunWithText = true
  #pending: Uint8Array<ArrayBuffer>
  #filled = 0
  #bytes = 0

  constructor(pins: Pins, beginning?: Beginning) {
    this.#pins = pins
    this.#chunkBytes = beginning?.version.chunkBytes ?? FILE_CHUNK_BYTES
    this.#pending = new Uint8Array(0)
    if (!beginning) return
    const { version, tail } = beginning
    this.#chunks.push(...(tail.byteLength > 0 ? version.chunks.slice(0, -1) : version.chunks))
    this.#bytes = this.#chunks.length * this.#chunkBytes + tail.byteLength
    this.#buffer(tail)
    // A character that was cut at its end may become whole now.
    if (this.#chunks.length === 0) this.#text.add(tail)
    else this.#begunWithText = version.text
  }

  /** Bytes so far, those that it began with included. */
  get bytes(): number {
    return this.#bytes
  }

  /** @throws HearthError `over-limit`, `storage-full`, `storage-failed` */
  async add(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#bytes + bytes.byteLength > FILE_BYTES) throw tooLarge()
    this.#bytes += bytes.byteLength
    let storing: Promise<string>[] = []
    const settle = async (): Promise<void> => {
      this.#chunks.push(...(await Promise.all(storing)))
      storing = []
    }
    for (let at = 0; at < bytes.byteLength;) {
      const part = bytes.subarray(at, at + this.#chunkBytes - this.#filled)
      at += part.byteLength
      this.#text.add(part)
      const whole = part.byteLength === this.#chunkBytes
      if (!whole) this.#buffer(part)
      if (!whole && this.#filled < this.#chunkBytes) break
      storing.push(this.#pins.put(whole ? part : this.#take()))
      if (storing.length === FILE_CHUNKS_AT_ONCE) await settle()
    }
    await settle()
  }

  /** @param type its media type, when that is known better than by its name */
  async end(path: string, type: string | undefined): Promise<StoredContents> {
    if (this.#filled > 0) this.#chunks.push(await this.#pins.put(this.#take()))
    const text = this.#text.end() && this.#begunWithText
    const chunks = this.#chunks
    const [only] = chunks
    return {
      ...{ bytes: this.#bytes, text, chunks, chunkBytes: this.#chunkBytes },
      type: type ?? mediaType(path, text),
      hash:
        chunks.length === 1 && only !== undefined
          ? only
          : await this.#pins.hash(new TextEncoder().encode(chunks.join(''))),
    }
  }

  #buffer(part: Uint8Array): void {
    const needed = this.#filled + part.byteLength
    if (needed > this.#pending.byteLength) {
      // Most files are small: the buffer grows with what comes, up to one chunk.
      const larger = new Uint8Array(Math.min(this.#chunkBytes, Math.max(needed, 2 * this.#pending.byteLength)))
      larger.set(this.#pending.subarray(0, this.#filled))
      this.#pending = larger
    }
    this.#pending.set(part, this.#filled)
    this.#filled = needed
  }

  #take(): Uint8Array<ArrayBuffer> {
    const chunk = this.#pending.subarray(0, this.#filled)
    this.#pending = new Uint8Array(0)
    this.#filled = 0
    return chunk
  }
}

const tooLarge = (): HearthError<'over-limit'> =>
  new HearthError('over-limit', 'A file may have at most one gibibyte. Nothing was written; split it.', {
    ...{ limit: 'bytes of a file', maximum: FILE_BYTES, retryAfterMs: null },
  })
