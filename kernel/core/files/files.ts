/**
 * All files of all spaces: the one who changes them, and what each change does besides its writes. Imported when files are first
 * used (service.ts). Changes take their turns; contents are stored before a change begins, and the records that name them are one
 * commit: of the gate, for a syscall, or of `commit`, for a tool.
 */
import { HearthError, type FileInfo, type Principal, type Provenance } from '../../abi/index.ts'
import type { AtomicOutcome } from '../call.ts'
import type { KernelEvents } from '../events.ts'
import type { Platform } from '../platform.ts'
import { Change, type FinishedChange, type StoredContents } from './change.ts'
import type { Contents, Pins } from './contents.ts'
import { ContentsWriter } from './contents-writer.ts'
import { KEY_END } from '../storage/records.ts'
import { infoOf, isThere, versionAt } from './file-table.ts'
import { Lock } from './lock.ts'
import { Sweeper } from './sweeper.ts'
import { Uploads } from './uploads.ts'
import { readRange, type Reading } from './read.ts'
import { FileWatchers } from './watchers.ts'
import { mixed, provenanceOf, writeFile } from './write.ts'

export interface FilesDeps {
  readonly platform: Pick<Platform, 'clock' | 'random' | 'database' | 'fileBlobs'>
  readonly events: Pick<KernelEvents, 'publish'>
  /** Whether there is such an agent: no other has a space. */
  readonly agentExists: (id: string) => boolean
  readonly contents: Contents
  /** Ends what it does in the background. */
  readonly signal: AbortSignal
  /** Told of paths that are gone for good, or of a whole space. */
  readonly onGone: (space: string, paths: readonly string[] | 'all') => void
}

/** What is to be written, by whom, and in whose space. */
export interface Writing {
  readonly space: string
  readonly path: string
  readonly contents: Uint8Array<ArrayBuffer>
  readonly append?: boolean
  readonly type?: string | undefined
  readonly ifVersion?: number | undefined
  readonly principal: Principal
  readonly outside?: boolean
  /** The tool it is written through, if it is. */
  readonly tool?: string
}

export type Outcome<R> = Required<AtomicOutcome<R>>

export class Files {
  readonly reading: Reading
  readonly uploads: Uploads
  readonly watchers = new FileWatchers()
  readonly #deps: FilesDeps
  readonly #lock = new Lock()
  readonly #sweeper: Sweeper
  readonly #contents: Contents

  constructor(deps: FilesDeps) {
    this.#deps = deps
    const { contents, signal } = deps
    const { clock, random, database } = deps.platform
    this.#contents = contents
    this.reading = { records: database, contents }
    this.#sweeper = new Sweeper({ clock, contents, signal })
    const abandoned = (hashes: readonly string[]): void => this.#sweeper.later(hashes)
    this.uploads = new Uploads({ clock, random, contents, abandoned, signal })
  }

  /**
   * Puts a change of a space together, to be committed. No other is begun until it is: until `after` or `failed` is called,
   * or the signal aborts, after which it must not be committed.
   * @throws what `work` throws; HearthError `not-found` without such an agent, `over-limit`
   */
  async change<R>(
    space: string,
    principal: Principal,
    signal: AbortSignal,
    work: (change: Change) => Promise<R>,
  ): Promise<Outcome<R>> {
    return this.#exclusively(signal, async () => {
      if (!this.#deps.agentExists(space)) throw noSuchSpace(space)
      const { clock, database } = this.#deps.platform
      const change = await Change.begin(database, space, principal, clock.now())
      const result = await work(change)
      const finished = await change.finish()
      return { result, writes: finished.writes, after: () => this.#tell(space, finished), failed: () => {} }
    })
  }

  /** Writes or appends; what is stored of a change that is not committed is swept. */
  async write(writing: Writing, signal: AbortSignal): Promise<Outcome<FileInfo>> {
    const { space, path, contents, principal, type, ifVersion } = writing
    const { database } = this.#deps.platform
    const provenance = provenanceOf(principal, writing.outside ?? false, writing.tool)
    return this.#pinned(signal, async (pins) => {
      if (writing.append === true) {
        return this.change(space, principal, signal, async (change) => {
          const head = await change.head(path)
          const appended = await this.#append(pins, space, path, isThere(head) ? head.version : 0, writing, signal)
          const origin = isThere(head) ? mixed(head.provenance, provenance) : provenance
          const how = isThere(head) ? 'appended' : 'written'
          return writeFile(database, change, { path, ifVersion, provenance: origin }, appended, how)
        })
      }
      const writer = new ContentsWriter(pins)
      await writer.add(contents)
      const stored = await writer.end(path, type)
      return this.change(space, principal, signal, (change) =>
        writeFile(database, change, { path, ifVersion, provenance }, stored),
      )
    })
  }

  /** @throws HearthError `not-found`, `bad-request` */
  async finishUpload(id: string, principal: Principal, signal: AbortSignal): Promise<Outcome<FileInfo>> {
    const { args, contents } = await this.uploads.complete(id)
    const provenance: Provenance = provenanceOf(principal, args.outside)
    const outcome = await this.change(args.space, principal, signal, (change) =>
      writeFile(this.#deps.platform.database, change, { ...args, provenance }, contents),
    )
    const after = (): void => {
      outcome.after()
      this.uploads.abandon(id)
    }
    return { ...outcome, after }
  }

  /** The writes that delete a space with all in it, for the commit that deletes its agent. */
  forget(space: string, signal: AbortSignal): Promise<Outcome<null>> {
    return this.#exclusively(signal, async () => {
      const range = { from: [space], to: [space, KEY_END] } as const
      return {
        result: null,
        writes: [
          { op: 'delete-range', store: 'files', ...range },
          { op: 'delete-range', store: 'fileVersions', ...range },
          { op: 'delete-range', store: 'fileBlobs', ...range },
          { op: 'delete', store: 'fileSpaces', key: space },
        ],
        after: () => {
          this.#sweeper.all()
          this.#deps.onGone(space, 'all')
          this.watchers.tell({ type: 'purged', space, path: '' })
          this.#deps.events.publish({ type: 'files', space })
        },
        failed: () => {},
      }
    })
  }

  /**
   * Makes and commits a change for which there is no syscall, such as a tool's. It cannot be cancelled halfway: whoever comes
   * next must not begin before it is committed.
   */
  async commit<R>(prepare: (signal: AbortSignal) => Promise<Outcome<R>>): Promise<R> {
    const { result, writes, after, failed } = await prepare(new AbortController().signal)
    try {
      await this.#deps.platform.database.commit(writes, 'strict')
    } catch (error) {
      failed()
      throw error
    }
    after()
    return result
  }

  async #append(
    pins: Pins,
    space: string,
    path: string,
    version: number,
    { contents, type }: Writing,
    signal: AbortSignal,
  ): Promise<StoredContents> {
    const { database } = this.#deps.platform
    const before = version === 0 ? undefined : await versionAt(database, space, path, version)
    if (before === undefined) {
      const writer = new ContentsWriter(pins)
      await writer.add(contents)
      return writer.end(path, type)
    }
    const whole = Math.floor(before.bytes / before.chunkBytes) * before.chunkBytes
    const tail = await readRange(this.reading, before, whole, before.bytes, signal)
    const writer = new ContentsWriter(pins, { version: before, tail })
    await writer.add(contents)
    return writer.end(path, type ?? before.type)
  }

  /** Lets go of pins when what they are for is committed or given up. */
  async #pinned<R>(signal: AbortSignal, work: (pins: Pins) => Promise<Outcome<R>>): Promise<Outcome<R>> {
    const pins = this.#contents.pins((hashes) => this.#sweeper.later(hashes))
    const release = (): void => pins[Symbol.dispose]()
    try {
      return holding(await work(pins), signal, release)
    } catch (error) {
      release()
      throw error
    }
  }

  /** In its turn, until what comes of it is committed or given up. */
  async #exclusively<R>(signal: AbortSignal, work: () => Promise<Outcome<R>>): Promise<Outcome<R>> {
    const release = await this.#lock.acquire(signal)
    try {
      const outcome = await work()
      signal.throwIfAborted()
      return holding(outcome, signal, release)
    } catch (error) {
      release()
      throw error
    }
  }

  #tell(space: string, { heads, purged, dropped }: FinishedChange): void {
    this.#sweeper.later(dropped)
    for (const head of heads) {
      this.watchers.tell({ type: isThere(head) ? 'put' : 'deleted', file: infoOf(head) })
    }
    if (purged.length > 0) this.#deps.onGone(space, purged)
    for (const path of purged) this.watchers.tell({ type: 'purged', space, path })
    if (heads.length + purged.length > 0) this.#deps.events.publish({ type: 'files', space })
  }
}

/** Calls `release` once the outcome is committed or given up, before anybody is told of it. */
function holding<R>(outcome: Outcome<R>, signal: AbortSignal, release: () => void): Outcome<R> {
  const stop = (): void => {
    signal.removeEventListener('abort', stop)
    release()
  }
  // The gate commits nothing of a call that was cancelled, and then calls neither of the two.
  signal.addEventListener('abort', stop, { once: true })
  return {
    ...outcome,
    after: () => {
      stop()
      outcome.after()
    },
    failed: () => {
      stop()
      outcome.failed()
    },
  }
}

const noSuchSpace = (space: string): HearthError<'not-found'> =>
  new HearthError('not-found', 'That agent no longer exists, and its files are gone with it. Nothing was done.', {
    ...{ kind: 'agent', id: space },
  })
