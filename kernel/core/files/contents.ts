/**
 * Which chunks stay on the device. A chunk is written before the commit of the record that names it, and pinned until then; one
 * that neither a record nor a pin names is swept. So a crash between the two leaves only what the next sweep deletes.
 *
 * Invariants:
 * 1. No chunk that a committed record names is deleted: a sweep reads the records after it began to note what is pinned.
 * 2. Writing and deleting one chunk wait for each other.
 */
import { FILES_PER_READ, SWEPT_PER_TURN } from './param.ts'
import type { Clock } from '../platform.ts'
import type { Database } from '../storage/database.ts'
import type { FileBlobs } from './file-blobs.ts'

/** Chunks that one change is about to name. Disposing of it lets go of them: after its commit, or when there is none. */
export interface Pins extends Disposable {
  /** Stores a chunk unless it is there, and returns its hash. @throws HearthError `storage-full`, `storage-failed` */
  put(bytes: Uint8Array<ArrayBuffer>): Promise<string>
  /** SHA-256 in hexadecimal, of bytes that are not stored. */
  hash(bytes: Uint8Array<ArrayBuffer>): Promise<string>
}

export class Contents {
  readonly #blobs: FileBlobs
  readonly #database: Pick<Database, 'list'>
  readonly #clock: Pick<Clock, 'sleep'>
  /** By hash: how many changes are about to name it. */
  readonly #pinned = new Map<string, number>()
  /** What was pinned at any time since a sweep began; one set a sweep. */
  readonly #noted = new Set<Set<string>>()
  /** By hash: the last one who works on it. */
  readonly #busy = new Map<string, Promise<unknown>>()

  constructor(deps: { blobs: FileBlobs; database: Pick<Database, 'list'>; clock: Pick<Clock, 'sleep'> }) {
    this.#blobs = deps.blobs
    this.#database = deps.database
    this.#clock = deps.clock
  }

  /** @param abandoned is told of chunks that were let go of, which may now be of no use */
  pins(abandoned: (hashes: readonly string[]) => void = () => {}): Pins {
    const held: string[] = []
    let disposed = false
    return {
      hash: (bytes) => this.#blobs.hash(bytes),
      put: async (bytes) => {
        const hash = await this.#blobs.hash(bytes)
        if (disposed) throw new Error('These pins are no longer held.')
        held.push(hash)
        this.#pin(hash)
        await this.#exclusively(hash, async () => {
          // What is there may have lost bits since: then it is made whole for everybody who has it.
          const there = await this.#blobs.read(hash)
          if (there === null || (await this.#blobs.hash(there)) !== hash) await this.#blobs.write(hash, bytes)
        })
        return hash
      },
      [Symbol.dispose]: () => {
        if (disposed) return
        disposed = true
        for (const hash of held) this.#unpin(hash)
        abandoned(held)
      },
    }
  }

  /** A chunk as it was written; null when it is not there or is not what was written. @throws HearthError `storage-failed` */
  async read(hash: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const bytes = await this.#blobs.read(hash)
    return bytes !== null && (await this.#blobs.hash(bytes)) === hash ? bytes : null
  }

  /**
   * Deletes chunks that nothing names. It may be killed at any point.
   * @param candidates the only ones it looks at; all that are there when left out
   * @returns how many it deleted
   */
  async sweep(signal: AbortSignal, candidates?: ReadonlySet<string>): Promise<number> {
    const noted = new Set(this.#pinned.keys())
    this.#noted.add(noted)
    try {
      const named = await this.#named(signal)
      let deleted = 0
      let looked = 0
      for await (const hash of candidates ?? this.#blobs.list()) {
        if (++looked % SWEPT_PER_TURN === 0) await this.#clock.sleep(0, signal)
        if (named.has(hash)) continue
        await this.#exclusively(hash, async () => {
          if (noted.has(hash)) return
          await this.#blobs.remove(hash)
          deleted += 1
        })
      }
      return deleted
    } finally {
      this.#noted.delete(noted)
    }
  }

  async #named(signal: AbortSignal): Promise<Set<string>> {
    const named = new Set<string>()
    let from: [string, string] = ['', '']
    for (;;) {
      signal.throwIfAborted()
      const page = await this.#database.list('fileBlobs', { from, limit: FILES_PER_READ })
      for (const { hash } of page) named.add(hash)
      const last = page.at(-1)
      if (last === undefined || page.length < FILES_PER_READ) return named
      from = [last.space, `${last.hash}\0`]
      await this.#clock.sleep(0, signal)
    }
  }

  #pin(hash: string): void {
    this.#pinned.set(hash, (this.#pinned.get(hash) ?? 0) + 1)
    for (const noted of this.#noted) noted.add(hash)
  }

  #unpin(hash: string): void {
    const left = (this.#pinned.get(hash) ?? 1) - 1
    if (left > 0) this.#pinned.set(hash, left)
    else this.#pinned.delete(hash)
  }

  async #exclusively(hash: string, work: () => Promise<void>): Promise<void> {
    const before = this.#busy.get(hash)
    const mine = (before ?? Promise.resolve()).catch(() => {}).then(work)
    this.#busy.set(hash, mine)
    try {
      await mine
    } finally {
      if (this.#busy.get(hash) === mine) this.#busy.delete(hash)
    }
  }
}
