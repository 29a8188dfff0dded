/** An archive as it is written: lines and contents in, parts of the file out. */
import { BlockDigest } from './digest.ts'
import type { Hash } from './digest.ts'
import type { ArchiveHeader } from './format.ts'
import { PART_BYTES } from './param.ts'
import type { ArchivedStore } from './records.ts'

const LINE_FEED = new Uint8Array([10])

export class ArchiveWriter {
  readonly #digest: BlockDigest
  readonly #encoder = new TextEncoder()
  #pieces: Uint8Array[] = []
  #bytes = 0
  #written = 0
  #records = 0

  constructor(hash: Hash) {
    this.#digest = new BlockDigest(hash)
  }

  /** Bytes so far, those of parts that were taken too. */
  get written(): number {
    return this.#written
  }

  /** Whether there is a part's worth to take. */
  get full(): boolean {
    return this.#bytes >= PART_BYTES
  }

  header(header: ArchiveHeader): Promise<void> {
    return this.#line(header)
  }

  record(store: ArchivedStore, record: object): Promise<void> {
    this.#records += 1
    return this.#line({ store, record })
  }

  async blob(bytes: Uint8Array): Promise<void> {
    this.#records += 1
    await this.#line({ store: 'blob', bytes: bytes.length })
    await this.#add(bytes)
    await this.#add(LINE_FEED)
  }

  async end(): Promise<void> {
    const sha256 = await this.#digest.end()
    this.#push(this.#encoder.encode(`${JSON.stringify({ end: { records: this.#records, sha256 } })}\n`))
  }

  /** What was written since the last time, as one piece. */
  take(): Uint8Array<ArrayBuffer> {
    const part = new Uint8Array(this.#bytes)
    let at = 0
    for (const piece of this.#pieces) {
      part.set(piece, at)
      at += piece.length
    }
    this.#pieces = []
    this.#bytes = 0
    return part
  }

  #line(value: object): Promise<void> {
    return this.#add(this.#encoder.encode(`${JSON.stringify(value)}\n`))
  }

  async #add(bytes: Uint8Array): Promise<void> {
    this.#push(bytes)
    await this.#digest.update(bytes)
  }

  #push(bytes: Uint8Array): void {
    this.#pieces.push(bytes)
    this.#bytes += bytes.length
    this.#written += bytes.length
  }
}
