/**
 * Fetches one model file into `ModelFiles`: resumes from the bytes that are safe, goes on after a cut connection, starts
 * again when the file on the server is another one, and keeps what it has when it has to stop. Whether the file is a
 * model is checked by the caller once it is complete; only its first four bytes are looked at here, so that an error
 * page is not downloaded to its end.
 */
import { HearthError } from '../../abi/index.ts'
import type { Progress } from '../../abi/index.ts'
import { DOWNLOAD_ATTEMPTS, DOWNLOAD_RETRY_MS, DOWNLOAD_STALL_MS } from '../param.ts'
import type { Clock } from '../platform.ts'
import { bytes } from './fits.ts'
import type { FetchedBytes, ModelFiles, ModelFileWriter } from './model-files.ts'
import { measure, progressOf, startMeter } from './progress.ts'

export interface Download {
  readonly model: string
  readonly name: string
  readonly url: string
  /** What an earlier attempt learned of the file; null when there was none. */
  readonly etag: string | null
  readonly totalBytes: number | null
  readonly files: ModelFiles
  readonly clock: Clock
  readonly onProgress: (progress: Progress) => void
  /** What the server says of the file; stored so that a later attempt can go on. May refuse the file by throwing. */
  readonly onFile: (file: { etag: string | null; totalBytes: number | null }) => Promise<void>
}

const GGUF_MAGIC = [0x47, 0x47, 0x55, 0x46]

/** @throws HearthError `download-failed`, `bad-model`, `storage-full`, or the signal's reason; safe bytes are kept. */
export async function download(job: Download, signal: AbortSignal): Promise<void> {
  await new Downloading(job, signal).run()
}

class Downloading {
  readonly #job: Download
  readonly #signal: AbortSignal
  #writer: ModelFileWriter | null = null
  #etag: string | null
  #total: number | null
  #received = 0
  /** Most bytes there ever were: what counts as getting on. */
  #best = 0
  #head: number[] = []

  constructor(job: Download, signal: AbortSignal) {
    this.#job = job
    this.#signal = signal
    this.#etag = job.etag
    this.#total = job.totalBytes
  }

  async run(): Promise<void> {
    try {
      await this.#open()
      await this.#fetchAll()
      await this.#writer?.finish()
    } catch (error) {
      await this.#writer?.suspend()
      throw error
    }
  }

  async #open(): Promise<ModelFileWriter> {
    const writer = await this.#job.files.writer(this.#job.model)
    this.#writer = writer
    this.#received = writer.safeBytes
    this.#best = writer.safeBytes
    return writer
  }

  async #startAgain(): Promise<void> {
    await this.#writer?.suspend()
    this.#writer = null
    await this.#job.files.remove(this.#job.model)
    await this.#open()
    this.#head = []
  }

  async #fetchAll(): Promise<void> {
    for (let failures = 0; ;) {
      const best = this.#best
      try {
        if (await this.#fetchOnce()) return
      } catch (error) {
        if (this.#best > best) failures = 0
        failures += 1
        if (!this.#mayRetry(error) || failures >= DOWNLOAD_ATTEMPTS) throw this.#explain(error)
        await this.#job.clock.sleep(DOWNLOAD_RETRY_MS * 2 ** (failures - 1), this.#signal)
      }
    }
  }

  /** One request, given up when nothing comes for too long. False when the file has to be fetched from its start. */
  async #fetchOnce(): Promise<boolean> {
    const attempt = new AbortController()
    const over = new AbortController()
    void this.#watch(attempt, over.signal)
    try {
      return await this.#attempt(AbortSignal.any([this.#signal, attempt.signal]))
    } finally {
      over.abort()
    }
  }

  /** A connection may hang for ever without an error. */
  async #watch(attempt: AbortController, over: AbortSignal): Promise<void> {
    try {
      for (let seen = -1; seen !== this.#received;) {
        seen = this.#received
        await this.#job.clock.sleep(DOWNLOAD_STALL_MS, over)
      }
      attempt.abort(this.#failure('The server sends nothing any more.', null))
    } catch {
      // The attempt is over.
    }
  }

  async #attempt(signal: AbortSignal): Promise<boolean> {
    const { files, url, onFile } = this.#job
    const fetched = await files.fetch(url, this.#received, this.#etag, signal)
    if (this.#received > 0 && !this.#continues(fetched)) {
      await this.#startAgain()
      this.#etag = null
      this.#total = null
      if (fetched.resumed) {
        // These bytes are the end of a file whose start is not ours.
        await fetched.chunks[Symbol.asyncIterator]().return?.()
        return false
      }
    }
    this.#etag = fetched.etag
    this.#total = fetched.totalBytes
    await onFile({ etag: this.#etag, totalBytes: this.#total })
    await this.#receive(fetched)
    return true
  }

  /** Whether these bytes go on where ours end, in the same file. Without any sign of that, they do not. */
  #continues(fetched: FetchedBytes): boolean {
    if (!fetched.resumed) return false
    if (this.#etag !== null && fetched.etag !== null) return fetched.etag === this.#etag
    return this.#total !== null && fetched.totalBytes === this.#total
  }

  async #receive({ chunks }: FetchedBytes): Promise<void> {
    const { clock, onProgress } = this.#job
    let meter = startMeter(clock.monotonic(), this.#received)
    onProgress(progressOf(meter, 'download', this.#total))
    for await (const chunk of chunks) {
      this.#signal.throwIfAborted()
      this.#checkHead(chunk)
      await this.#writer?.write(chunk)
      this.#received += chunk.byteLength
      this.#best = Math.max(this.#best, this.#received)
      meter = measure(meter, clock.monotonic(), this.#received)
      onProgress(progressOf(meter, 'download', this.#total))
    }
    if (this.#total !== null && this.#received < this.#total) throw this.#failure('The connection was cut.', null)
  }

  #checkHead(chunk: Uint8Array): void {
    if (this.#received >= GGUF_MAGIC.length) return
    this.#head.push(...chunk.subarray(0, GGUF_MAGIC.length - this.#head.length))
    if (this.#head.every((byte, index) => byte === GGUF_MAGIC[index])) return
    const reason = 'it does not start like a GGUF file'
    const message = `What this address holds is not a GGUF model: ${reason}. Check the address; nothing was kept.`
    throw new HearthError('bad-model', message, { model: this.#job.model, reason })
  }

  /** Cut connections and overloaded servers get better by waiting; being offline, refused or told "no such file" do not. */
  #mayRetry(error: unknown): boolean {
    if (this.#signal.aborted || !HearthError.is(error, 'download-failed') || error.data.offline) return false
    const { status } = error.data
    return status === null || status === 429 || status >= 500
  }

  #explain(error: unknown): unknown {
    if (this.#signal.aborted || !HearthError.is(error, 'download-failed')) return error
    const { status, offline } = error.data
    if (offline) return this.#failure('You are offline.', null, true)
    if (status === 404) return this.#failure('There is no such file on the server.', status)
    if (status === 401 || status === 403)
      return this.#failure('The server does not give this file to everybody.', status)
    if (status !== null) return this.#failure(`The server answered with error ${status}.`, status)
    return this.#failure('The server could not be reached, or the connection was cut.', null)
  }

  #failure(what: string, status: number | null, offline = false): HearthError<'download-failed'> {
    const { name, url } = this.#job
    const kept = this.#received > 0 ? ` The ${bytes(this.#received)} fetched so far are kept.` : ''
    const next = offline ? `Resume ${name} when you are online again; Starter works offline.` : advice(name, status)
    return new HearthError('download-failed', `${what}${kept} ${next}`, {
      url,
      status,
      offline,
      receivedBytes: this.#received,
    })
  }
}

function advice(name: string, status: number | null): string {
  if (status !== null && status >= 400 && status < 500 && status !== 429) return `Check the address of ${name}.`
  return `Check the connection and resume ${name}.`
}
