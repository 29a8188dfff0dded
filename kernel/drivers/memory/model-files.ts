/** Model files in memory: the twin of drivers/opfs for Node and tests. Everything is gone with the object. */
import { HearthError } from '../../abi/index.ts'
import type { ModelBytes, ModelFiles, ModelFileWriter } from '../../core/engines/model-files.ts'
import { DOWNLOAD_SEGMENT_BYTES } from '../../core/param.ts'
import { fetchBytes } from '../http/fetch-bytes.ts'

export interface MemoryModelFilesOptions {
  /** The app's own files; without it there are none. */
  bundled?: (path: string, signal: AbortSignal) => Promise<ModelBytes>
  /** Bytes after which it is full; unlimited by default. */
  quotaBytes?: number
  segmentBytes?: number
}

interface StoredFile {
  segments: Blob[]
  complete: boolean
}

export function createMemoryModelFiles(options: MemoryModelFilesOptions = {}): ModelFiles {
  const { quotaBytes = Infinity, segmentBytes = DOWNLOAD_SEGMENT_BYTES } = options
  const files = new Map<string, StoredFile>()
  const usage = () => [...files.values()].reduce((sum, file) => sum + sizeOf(file), 0)

  const reserve = (bytes: number) => {
    if (usage() + bytes <= quotaBytes) return
    const message = 'The storage is full. What was stored before is safe; remove a model, then resume.'
    throw new HearthError('storage-full', message, { usageBytes: usage(), quotaBytes })
  }

  return {
    async open(model) {
      const file = files.get(model)
      return file?.complete ? new Blob(file.segments) : null
    },
    async bundled(path, signal) {
      if (options.bundled) return options.bundled(path, signal)
      throw new HearthError('not-found', `The app has no file “${path}”.`, { kind: 'bundled file', id: path })
    },
    async writer(model) {
      const file = files.get(model) ?? { segments: [], complete: false }
      files.set(model, file)
      return writerOf(file, segmentBytes, reserve)
    },
    async remove(model) {
      const file = files.get(model)
      files.delete(model)
      return file ? sizeOf(file) : 0
    },
    async usage() {
      return usage()
    },
    fetch: fetchBytes,
  }
}

function sizeOf(file: StoredFile): number {
  return file.segments.reduce((sum, { size }) => sum + size, 0)
}

function writerOf(file: StoredFile, segmentBytes: number, reserve: (bytes: number) => void): ModelFileWriter {
  let pending: Uint8Array<ArrayBuffer>[] = []
  let pendingBytes = 0
  const commit = () => {
    if (pendingBytes === 0) return
    file.segments.push(new Blob(pending))
    pending = []
    pendingBytes = 0
  }
  return {
    get safeBytes() {
      return sizeOf(file)
    },
    async write(chunk) {
      for (let at = 0; at < chunk.byteLength;) {
        const part = chunk.slice(at, at + segmentBytes - pendingBytes)
        reserve(pendingBytes + part.byteLength)
        pending.push(part)
        pendingBytes += part.byteLength
        at += part.byteLength
        if (pendingBytes >= segmentBytes) commit()
      }
    },
    async finish() {
      commit()
      file.complete = true
    },
    async suspend() {
      commit()
    },
  }
}
