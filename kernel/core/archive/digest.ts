/** SHA-256 over a stream, in blocks, as format.ts describes it. The hash itself is the driver's, which does it on another thread. */
import { BLOCK_BYTES } from './param.ts'

export type Hash = (bytes: Uint8Array<ArrayBuffer>) => Promise<string>

/** Length of a hash in hexadecimal. */
const PREFIX = 64

export class BlockDigest {
  readonly #hash: Hash
  readonly #encoder = new TextEncoder()
  readonly #block = new Uint8Array(PREFIX + BLOCK_BYTES)
  #used = PREFIX
  #previous = '0'.repeat(PREFIX)

  constructor(hash: Hash) {
    this.#hash = hash
  }

  /** Waits only where a block is full. */
  async update(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + this.#block.length - this.#used)
      this.#block.set(part, this.#used)
      this.#used += part.length
      at += part.length
      if (this.#used === this.#block.length) this.#previous = await this.#close()
    }
  }

  /** The last block, which may be empty, closes it. Do not use it afterwards. */
  end(): Promise<string> {
    return this.#close()
  }

  async #close(): Promise<string> {
    this.#block.set(this.#encoder.encode(this.#previous))
    const digest = await this.#hash(this.#block.slice(0, this.#used))
    this.#used = PREFIX
    return digest
  }
}
