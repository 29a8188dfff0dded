/**
 * Writes everything of this origin that is a person's into one file (format.ts), part by part as they are asked for, so that no
 * more than a part and one conversation is in memory. Agents may be at work meanwhile: each one's conversation is as it was at one
 * moment, each space of files too.
 */
import type { ArchiveKind } from '../../abi/syscalls/archive.ts'
import { withoutKey } from '../engines/sources.ts'
import type { ModelSource } from '../../abi/index.ts'
import { FILES_PER_SPACE } from '../files/param.ts'
import type { FileBlobs } from '../files/file-blobs.ts'
import type { FileRecord, FileVersionRecord } from '../files/records.ts'
import type { Clock } from '../platform.ts'
import { isGone } from '../shared/entry.ts'
import type { Database } from '../storage/database.ts'
import { KEY_END } from '../storage/records.ts'
import type { StoreName } from '../storage/records.ts'
import { conversationOf } from './conversation-of.ts'
import { ARCHIVE_SCHEMA, ARCHIVE_VERSION } from './param.ts'
import { pagesOf } from './pages-of.ts'
import { SETTINGS } from './records.ts'
import type { ArchivedStore } from './records.ts'
import type { ArchiveHeader } from './format.ts'
import { createSlicer } from './slicer.ts'
import { VersionCursor } from './version-cursor.ts'
import { ArchiveWriter } from './writer.ts'

/** A record, or contents of a file. */
type Piece = { store: ArchivedStore; record: object } | Uint8Array<ArrayBuffer>
type Pieces = AsyncGenerator<Piece, void, undefined>

/** Told in the header. */
const COUNTED = [
  ['agents', 'agents'],
  ['conversations', 'turns'],
  ['memories', 'memories'],
  ['whiteboard', 'shared'],
  ['files', 'files'],
] as const satisfies readonly (readonly [ArchiveKind, StoreName])[]

export interface ExportDeps {
  readonly database: Database
  readonly blobs: Pick<FileBlobs, 'hash' | 'read'>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Of the Hearth that writes it. */
  readonly version: string
}

export class ArchiveExport {
  readonly #deps: ExportDeps
  readonly #writer: ArchiveWriter
  readonly #pause: () => Promise<void>
  readonly #blobs = new Set<string>()
  /** Agents that are in it: files of one that was made since would belong to nobody. */
  readonly #exported = new Set<string>()
  /** Files whose contents are damaged, as `space/path`. */
  readonly leftOut: string[] = []

  constructor(deps: ExportDeps) {
    this.#deps = deps
    this.#writer = new ArchiveWriter((bytes) => deps.blobs.hash(bytes))
    this.#pause = createSlicer(deps.clock, deps.signal)
  }

  get written(): number {
    return this.#writer.written
  }

  /** The file, in parts of some megabytes. */
  async *parts(): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    await this.#writer.header(await this.#header())
    for (const section of [this.#agents(), this.#memories(), this.#whiteboard(), this.#files(), this.#settings()]) {
      for await (const piece of section) {
        await (piece instanceof Uint8Array ? this.#writer.blob(piece) : this.#writer.record(piece.store, piece.record))
        if (this.#writer.full) yield this.#writer.take()
        await this.#pause()
      }
    }
    await this.#writer.end()
    yield this.#writer.take()
  }

  async #header(): Promise<ArchiveHeader> {
    const { database, clock, version } = this.#deps
    const counts: ArchiveHeader['counts'] = {}
    for (const [kind, store] of COUNTED) counts[kind] = await database.count(store)
    const described = { version: ARCHIVE_VERSION, schema: ARCHIVE_SCHEMA, writtenBy: version, createdAt: clock.now() }
    return { hearth: 'archive', ...described, counts }
  }

  async *#agents(): Pieces {
    const { database } = this.#deps
    for await (const agents of pagesOf(database, 'agents')) {
      for (const agent of agents) {
        const { turns, pages } = await conversationOf(database, agent.id, this.#pause)
        this.#exported.add(agent.id)
        yield { store: 'agents', record: agent }
        for (const turn of turns) yield { store: 'turns', record: turn }
        for (const page of pages) yield { store: 'pages', record: page }
        const account = `agent:${agent.id}`
        const spent = await database.list('spending', { from: account, to: `${account}:${KEY_END}` })
        for (const one of spent) if (one.agent === agent.id) yield { store: 'spending', record: one }
      }
    }
  }

  async *#memories(): Pieces {
    const { database } = this.#deps
    const versions = new VersionCursor(database)
    for await (const page of pagesOf(database, 'memories')) {
      for (const { number: _, ...memory } of page) {
        yield { store: 'memories', record: memory }
        for (const version of await versions.before(memory)) yield { store: 'versions', record: version }
      }
    }
  }

  async *#whiteboard(): Pieces {
    const { database } = this.#deps
    for await (const page of pagesOf(database, 'shared')) {
      for (const entry of page) {
        if (isGone(entry)) continue
        yield { store: 'shared', record: entry }
        const { id, version: last } = entry
        const versions = await database.list('versions', { from: [id, 0], to: [id, last - 1] })
        for (const version of versions) yield { store: 'versions', record: version }
      }
    }
  }

  async *#files(): Pieces {
    const { database } = this.#deps
    for await (const spaces of pagesOf(database, 'fileSpaces')) {
      for (const { space } of spaces) {
        if (!this.#exported.has(space)) continue
        // In one go, so that they are of one moment: a file that is moved meanwhile is in one place.
        const heads = await database.list('files', { from: [space], to: [space, KEY_END], limit: 2 * FILES_PER_SPACE })
        for (const head of heads) yield* this.#file(head)
      }
    }
  }

  async *#file(head: FileRecord): Pieces {
    const { space, path, oldest, version } = head
    const kept = await this.#deps.database.list('fileVersions', {
      from: [space, path, oldest],
      to: [space, path, version],
    })
    let whole: FileVersionRecord[] = []
    for (const record of kept) {
      // Without a gap down from the newest, as a space keeps them: what is older than a damaged one goes with it.
      let intact = true
      for (const hash of record.chunks) intact &&= yield* this.#blob(hash)
      whole = intact ? [...whole, record] : []
    }
    if (whole.at(-1)?.version !== version) return void this.leftOut.push(`${space}/${path}`)
    yield { store: 'files', record: { ...head, oldest: whole[0]?.version ?? version } }
    for (const record of whole) yield { store: 'fileVersions', record }
  }

  /** Returns whether it is, or was, written. */
  async *#blob(hash: string): AsyncGenerator<Piece, boolean> {
    if (this.#blobs.has(hash)) return true
    const { blobs } = this.#deps
    const bytes = await blobs.read(hash)
    if (bytes === null || (await blobs.hash(bytes)) !== hash) return false
    this.#blobs.add(hash)
    yield bytes
    return true
  }

  async *#settings(): Pieces {
    const { database } = this.#deps
    for await (const page of pagesOf(database, 'models')) {
      for (const { source, ...model } of page) {
        if (model.listed) continue
        const nothingHere = { partialBytes: null, etag: null, stored: false }
        yield { store: 'models', record: { ...model, source: withoutSecrets(source), ...nothingHere } }
      }
    }
    for (const name of SETTINGS) {
      const setting = await database.get('meta', name)
      if (setting !== undefined) yield { store: 'meta', record: setting }
    }
  }
}

/** Neither a server's key nor a password in an address. */
function withoutSecrets(source: ModelSource): ModelSource {
  const bare = (url: string): string => url.replace(/^(https?:\/\/)[^/?#]*@/i, '$1')
  switch (source.kind) {
    case 'openai':
      return withoutKey({ ...source, baseUrl: bare(source.baseUrl) })
    case 'gguf-url':
      return { ...source, url: bare(source.url) }
    case 'webllm-url':
      return { ...source, weights: bare(source.weights), library: bare(source.library) }
    default:
      return source
  }
}
