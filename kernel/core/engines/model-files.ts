/** Model files on this device. Drivers: drivers/opfs and its in-memory twin; both pass test/contract/model-files. */

/** Bytes by reference: a `Blob` in browsers. The core only passes it on and reads small parts of it. */
export interface ModelBytes {
  readonly size: number
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> }
}

/** A file that is being written; nothing of it is visible to `open` until `finish`. */
export interface ModelFileWriter {
  /** Bytes already safe on disk from an earlier attempt; writing goes on from here. */
  readonly safeBytes: number
  /** Appends. Bytes become safe in segments, so that a crash loses at most one. @throws HearthError `storage-full`. */
  write(chunk: Uint8Array<ArrayBuffer>): Promise<void>
  finish(): Promise<void>
  /** Keeps the safe bytes for later. */
  suspend(): Promise<void>
}

export interface ModelFiles {
  open(model: string): Promise<ModelBytes | null>
  /** The app's own bundled file at `path` (relative to the app). */
  bundled(path: string, signal: AbortSignal): Promise<ModelBytes>
  writer(model: string): Promise<ModelFileWriter>
  /** Returns the bytes freed, of a complete or a partial file. */
  remove(model: string): Promise<number>
  /** Bytes of all model files, partial ones too. */
  usage(): Promise<number>
  /** Streams `url` from byte `from` on. @throws HearthError `download-failed`. */
  fetch(url: string, from: number, etag: string | null, signal: AbortSignal): Promise<FetchedBytes>
}

export interface FetchedBytes {
  /** False when the server ignored the range or the file changed: start again from 0. */
  readonly resumed: boolean
  /** Size of the whole file, or null when the server does not say. */
  readonly totalBytes: number | null
  readonly etag: string | null
  readonly chunks: AsyncIterable<Uint8Array<ArrayBuffer>>
}
