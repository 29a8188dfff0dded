/** Reads a GGUF header from front to back through a small window of the file. Numbers are little-endian. */
import type { ModelBytes } from './model-files.ts'

/** The file is not what the format allows. The message completes "… cannot be used: ". */
export class FormatError extends Error {}

/** The file ends before what it announces. */
export class TooShort extends Error {
  readonly neededBytes: number
  constructor(neededBytes: number) {
    super(`at least ${neededBytes} bytes are needed`)
    this.neededBytes = neededBytes
  }
}

/** Bytes fetched at a time. Headers take some KB to 20 MB, nearly all of it the vocabulary. */
const WINDOW_BYTES = 1024 * 1024

/** Longest header believed. The largest known vocabularies (256,000 tokens) take 20 MB. */
const HEADER_BYTES = 128 * 1024 * 1024

/** Longest key, as the format says; and longest text value kept. */
export const KEY_BYTES = 65_535
const TEXT_BYTES = 1024 * 1024

export class GgufBytes {
  readonly #file: ModelBytes
  readonly #signal: AbortSignal
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  #view = new DataView(new ArrayBuffer(0))
  /** Place of the window in the file, and of the next byte in the window. */
  #start = 0
  #at = 0

  constructor(file: ModelBytes, signal: AbortSignal) {
    this.#file = file
    this.#signal = signal
  }

  /** Place in the file of the next byte. */
  get position(): number {
    return this.#start + this.#at
  }

  get remaining(): number {
    return this.#file.size - this.position
  }

  async u8(): Promise<number> {
    const at = await this.#take(1)
    return this.#view.getUint8(at)
  }

  async u32(): Promise<number> {
    const at = await this.#take(4)
    return this.#view.getUint32(at, true)
  }

  async u64(): Promise<number> {
    const at = await this.#take(8)
    const value = this.#view.getUint32(at + 4, true) * 2 ** 32 + this.#view.getUint32(at, true)
    if (value > Number.MAX_SAFE_INTEGER) throw new FormatError('it holds a number beyond 2^53')
    return value
  }

  async number(type: 'i8' | 'u16' | 'i16' | 'i32' | 'f32' | 'i64' | 'f64'): Promise<number> {
    const at = await this.#take({ i8: 1, u16: 2, i16: 2, i32: 4, f32: 4, i64: 8, f64: 8 }[type])
    switch (type) {
      case 'i8':
        return this.#view.getInt8(at)
      case 'u16':
        return this.#view.getUint16(at, true)
      case 'i16':
        return this.#view.getInt16(at, true)
      case 'i32':
        return this.#view.getInt32(at, true)
      case 'f32':
        return this.#view.getFloat32(at, true)
      case 'i64':
        return Number(this.#view.getBigInt64(at, true))
      case 'f64':
        return this.#view.getFloat64(at, true)
    }
  }

  /** How many of something follow, each at least `leastBytes` long. */
  async count(leastBytes: number, what: string): Promise<number> {
    const count = await this.u64()
    if (count * leastBytes > HEADER_BYTES) throw new FormatError(`it announces ${count} ${what}`)
    if (count * leastBytes > this.remaining) throw new TooShort(this.position + count * leastBytes)
    return count
  }

  /** A text of at most `mostBytes` bytes. */
  async text(mostBytes: number): Promise<string> {
    const length = await this.u64()
    if (length > mostBytes) throw new FormatError(`it holds a name of ${length} bytes`)
    const at = await this.#take(length)
    try {
      return this.#decoder.decode(new Uint8Array(this.#view.buffer, at, length))
    } catch {
      throw new FormatError('it holds text that is not UTF-8')
    }
  }

  /** A text worth keeping, or null after skipping one that is too long for that. */
  async shortText(): Promise<string | null> {
    const length = await this.#peekLength()
    if (length <= TEXT_BYTES) return this.text(TEXT_BYTES)
    await this.skip(8 + length)
    return null
  }

  /** Passes over `count` texts without awaiting each: vocabularies have hundreds of thousands. */
  async skipTexts(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1) {
      if (this.#at + 8 > this.#view.byteLength) await this.#fill(8)
      const high = this.#view.getUint32(this.#at + 4, true)
      const length = this.#view.getUint32(this.#at, true)
      if (high !== 0 || length > HEADER_BYTES) throw new FormatError('it holds a text longer than any header')
      if (this.#at + 8 + length <= this.#view.byteLength) this.#at += 8 + length
      else await this.skip(8 + length)
    }
  }

  /** Passes over bytes without reading them. */
  async skip(count: number): Promise<void> {
    this.#believe(count)
    const inWindow = this.#at + count
    if (inWindow <= this.#view.byteLength) {
      this.#at = inWindow
      return
    }
    this.#start += inWindow
    this.#at = 0
    this.#view = new DataView(new ArrayBuffer(0))
  }

  async #peekLength(): Promise<number> {
    const length = await this.u64()
    this.#at -= 8
    return length
  }

  /** Has `count` bytes in the window and steps over them; returns their place in it. */
  async #take(count: number): Promise<number> {
    if (this.#at + count > this.#view.byteLength) await this.#fill(count)
    const at = this.#at
    this.#at += count
    return at
  }

  async #fill(count: number): Promise<void> {
    this.#believe(count)
    this.#signal.throwIfAborted()
    const start = this.position
    const end = Math.min(this.#file.size, start + Math.max(count, WINDOW_BYTES))
    const buffer = await this.#file.slice(start, end).arrayBuffer()
    // A file that shrank meanwhile.
    if (buffer.byteLength < count) throw new TooShort(start + count)
    this.#view = new DataView(buffer)
    this.#start = start
    this.#at = 0
  }

  #believe(count: number): void {
    if (this.position + count > HEADER_BYTES) throw new FormatError('its header is longer than any known one')
    if (count > this.remaining) throw new TooShort(this.position + count)
  }
}
