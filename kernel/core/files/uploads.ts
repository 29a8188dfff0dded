/** Files that come in parts. Their chunks are stored as they come; nothing names them before the last step. */
import { HearthError, type SyscallArgs } from '../../abi/index.ts'
import type { Clock, Random } from '../platform.ts'
import type { StoredContents } from './change.ts'
import type { Contents, Pins } from './contents.ts'
import { ContentsWriter } from './contents-writer.ts'
import { FILE_BYTES, UPLOADS_OPEN, UPLOAD_IDLE_MS } from './param.ts'

type Beginning = SyscallArgs<'files.upload'>

interface Upload {
  readonly args: Beginning
  readonly pins: Pins
  readonly writer: ContentsWriter
  usedAt: number
  /** Parts are taken one after another. */
  last: Promise<unknown>
  contents?: StoredContents
}

export class Uploads {
  readonly #clock: Pick<Clock, 'monotonic' | 'sleep'>
  readonly #random: Random
  readonly #contents: Contents
  readonly #abandoned: (hashes: readonly string[]) => void
  readonly #signal: AbortSignal
  readonly #open = new Map<string, Upload>()
  #watching = false

  constructor(deps: {
    clock: Pick<Clock, 'monotonic' | 'sleep'>
    random: Random
    contents: Contents
    abandoned: (hashes: readonly string[]) => void
    /** Ends what it does in the background. */
    signal: AbortSignal
  }) {
    this.#clock = deps.clock
    this.#random = deps.random
    this.#contents = deps.contents
    this.#abandoned = deps.abandoned
    this.#signal = deps.signal
  }

  /** @throws HearthError `over-limit` */
  begin(args: Beginning): string {
    if (args.bytes > FILE_BYTES) throw overLimit('A file may have at most one gibibyte.', 'bytes of a file', FILE_BYTES)
    this.dropIdle()
    if (this.#open.size >= UPLOADS_OPEN) {
      throw overLimit('Too many files are being uploaded; finish one first.', 'uploads', UPLOADS_OPEN)
    }
    const id = this.#random.id('upload')
    const pins = this.#contents.pins(this.#abandoned)
    const upload = { args, pins, writer: new ContentsWriter(pins), usedAt: this.#clock.monotonic() }
    this.#open.set(id, { ...upload, last: Promise.resolve() })
    void this.#watch()
    return id
  }

  /** @returns bytes received so far. @throws HearthError `bad-request`, `not-found`, `storage-full` */
  part({ upload: id, at, contents }: SyscallArgs<'files.part'>): Promise<number> {
    return this.#inTurn(id, async ({ args, writer }) => {
      const received = writer.bytes
      if (at + contents.byteLength <= received) return received
      if (at !== received) throw badPart(`the next part begins at byte ${received}, not ${at}`)
      if (received + contents.byteLength > args.bytes) throw badPart(`the file has only ${args.bytes} bytes`)
      try {
        await writer.add(contents)
      } catch (error) {
        // What the writer has taken in is no longer what the caller thinks it sent.
        this.abandon(id)
        throw error
      }
      return writer.bytes
    })
  }

  /** What was to be written, and its contents; it stays open until it is abandoned. @throws HearthError `bad-request`, `not-found` */
  complete(id: string): Promise<{ args: Beginning; contents: StoredContents }> {
    return this.#inTurn(id, async (upload) => {
      const { args, writer } = upload
      if (writer.bytes !== args.bytes) throw badPart(`${args.bytes - writer.bytes} bytes are missing`)
      upload.contents ??= await writer.end(args.path, args.type)
      return { args, contents: upload.contents }
    })
  }

  /** One that is not open is no error. */
  abandon(id: string): void {
    const upload = this.#open.get(id)
    this.#open.delete(id)
    upload?.pins[Symbol.dispose]()
  }

  dropIdle(): void {
    const before = this.#clock.monotonic() - UPLOAD_IDLE_MS
    for (const [id, { usedAt }] of [...this.#open]) if (usedAt < before) this.abandon(id)
  }

  /** A tab that closed in the middle of one never says so, and what it sent takes room until it is given up. */
  async #watch(): Promise<void> {
    if (this.#watching) return
    this.#watching = true
    try {
      while (this.#open.size > 0) {
        await this.#clock.sleep(UPLOAD_IDLE_MS, this.#signal)
        this.dropIdle()
      }
    } catch {
      // The kernel is ending.
    } finally {
      this.#watching = false
    }
  }

  #inTurn<T>(id: string, work: (upload: Upload) => Promise<T>): Promise<T> {
    const upload = this.#open.get(id)
    if (upload === undefined) return Promise.reject(noSuchUpload(id))
    upload.usedAt = this.#clock.monotonic()
    const mine = upload.last.then(() => {
      if (!this.#open.has(id)) throw noSuchUpload(id)
      return work(upload)
    })
    upload.last = mine.catch(() => {})
    return mine
  }
}

const overLimit = (message: string, limit: string, maximum: number): HearthError<'over-limit'> =>
  new HearthError('over-limit', `${message} Nothing was written.`, { limit, maximum, retryAfterMs: null })

function badPart(reason: string): HearthError<'bad-request'> {
  const message = `The upload was not taken further: ${reason}.`
  return new HearthError('bad-request', message, { issues: [{ path: 'contents', message }] })
}

const noSuchUpload = (id: string): HearthError<'not-found'> =>
  new HearthError('not-found', 'That upload is no longer open. Nothing was written; upload the file again.', {
    ...{ kind: 'upload', id },
  })
