/** The segments of one model file: writing them one after another, and finding those that are whole. */
import type { ModelFileWriter } from '../../core/engines/model-files.ts'
import { DOWNLOAD_SEGMENT_BYTES } from '../../core/param.ts'
import { storageError } from './errors.ts'

/** The whole segments in order. A segment that was never closed is empty, and ends the row. */
export async function segmentsOf(directory: FileSystemDirectoryHandle): Promise<File[]> {
  const files = new Map<string, File>()
  for await (const handle of directory.values()) {
    if (handle.kind === 'file' && /^\d+$/.test(handle.name)) files.set(handle.name, await handle.getFile())
  }
  const segments: File[] = []
  for (let file = files.get(name(0)); file && file.size > 0; file = files.get(name(segments.length)))
    segments.push(file)
  return segments
}

function name(index: number): string {
  return String(index).padStart(6, '0')
}

export class SegmentWriter implements ModelFileWriter {
  readonly #directory: FileSystemDirectoryHandle
  readonly #complete: () => Promise<void>
  #index: number
  #safe: number
  #stream: FileSystemWritableFileStream | null = null
  #inStream = 0

  private constructor(directory: FileSystemDirectoryHandle, complete: () => Promise<void>, segments: readonly File[]) {
    this.#directory = directory
    this.#complete = complete
    this.#index = segments.length
    this.#safe = segments.reduce((sum, { size }) => sum + size, 0)
  }

  static async open(directory: FileSystemDirectoryHandle, complete: () => Promise<void>): Promise<SegmentWriter> {
    return new SegmentWriter(directory, complete, await segmentsOf(directory))
  }

  get safeBytes(): number {
    return this.#safe
  }

  async write(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      for (let at = 0; at < chunk.byteLength;) {
        const stream = (this.#stream ??= await this.#begin())
        const part = chunk.subarray(at, at + DOWNLOAD_SEGMENT_BYTES - this.#inStream)
        await stream.write(part)
        at += part.byteLength
        this.#inStream += part.byteLength
        if (this.#inStream >= DOWNLOAD_SEGMENT_BYTES) await this.#commit()
      }
    } catch (error) {
      await this.#giveUp()
      throw await storageError(error)
    }
  }

  async finish(): Promise<void> {
    try {
      await this.#commit()
      await this.#complete()
    } catch (error) {
      await this.#giveUp()
      throw await storageError(error)
    }
  }

  async suspend(): Promise<void> {
    try {
      await this.#commit()
    } catch {
      // What does not fit any more is fetched again later; the segments before it are safe.
      await this.#giveUp()
    }
  }

  async #begin(): Promise<FileSystemWritableFileStream> {
    const file = await this.#directory.getFileHandle(name(this.#index), { create: true })
    return file.createWritable()
  }

  async #commit(): Promise<void> {
    const stream = this.#stream
    if (!stream) return
    await stream.close()
    this.#stream = null
    this.#index += 1
    this.#safe += this.#inStream
    this.#inStream = 0
  }

  /** Drops the segment that is not whole. */
  async #giveUp(): Promise<void> {
    const stream = this.#stream
    this.#stream = null
    this.#inStream = 0
    await stream?.abort().catch(() => {})
  }
}
