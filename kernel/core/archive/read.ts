/**
 * Reads an archive as if an enemy had written it: every record is checked by its schema, nothing is larger or deeper than its
 * limit, what belongs together stands together, and at the end the hash of all is what the file says. What comes out of it before
 * that must stay without effect until it has ended.
 */
import * as z from 'zod'
import type { Clock } from '../platform.ts'
import { ByteSource } from './byte-source.ts'
import { BlockDigest } from './digest.ts'
import type { Hash } from './digest.ts'
import { ArchiveEnd, ArchiveHeader, badArchive } from './format.ts'
import type { ArchiveFile } from './format.ts'
import { ARCHIVE_RECORDS, ARCHIVE_SCHEMA, ARCHIVE_VERSION, BLOCK_BYTES, LINE_BYTES } from './param.ts'
import { makePlain } from './plain.ts'
import { SCHEMAS } from './records.ts'
import type { ArchivedRecord, Entry } from './records.ts'
import { createSlicer } from './slicer.ts'
import { checkOrder } from './order.ts'

export interface ReadDeps {
  readonly clock: Clock
  readonly hash: Hash
  readonly signal: AbortSignal
  /** Told of the bytes read so far, once in a while. */
  readonly onProgress: (doneBytes: number) => void
}

/** The header's line has a limit of its own: whatever file a person chose, its first kilobytes say whether it is one of ours. */
const HEADER_BYTES = 64 * 1024

const Blob = z.strictObject({ store: z.literal('blob'), bytes: z.number().int().min(1).max(BLOCK_BYTES) })
const Line = z.object({ store: z.string(), record: z.unknown() })

export class ArchiveReader {
  readonly #deps: ReadDeps
  readonly #file: ArchiveFile
  readonly #source: ByteSource
  readonly #digest: BlockDigest
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  #header: ArchiveHeader | undefined
  #sha256: string | undefined

  constructor(file: unknown, deps: ReadDeps) {
    if (!isFile(file)) throw badArchive('not-an-archive')
    this.#file = file
    this.#deps = deps
    this.#source = new ByteSource(file)
    this.#digest = new BlockDigest(deps.hash)
  }

  /** Known once all was read. */
  get result(): { header: ArchiveHeader; sha256: string; sizeBytes: number } {
    if (!this.#header || this.#sha256 === undefined) throw badArchive('cut-short')
    return { header: this.#header, sha256: this.#sha256, sizeBytes: this.#file.size }
  }

  /** @throws HearthError `bad-archive`, the signal's reason */
  async *entries(): AsyncGenerator<Entry, void, undefined> {
    const { clock, signal, onProgress } = this.#deps
    const pause = createSlicer(clock, signal)
    const order = checkOrder()
    this.#header = await this.#readHeader()
    for (let number = 1; ; number += 1) {
      await pause()
      const line = await this.#source.line(LINE_BYTES)
      if (line === null) throw badArchive('cut-short', number)
      const value = this.#parse(line, number)
      if (isEnd(value)) return void (await this.#finish(value, number - 1))
      if (number > ARCHIVE_RECORDS) throw badArchive('too-large', number)
      await this.#digest.update(line)
      const entry = await this.#entry(value, number, line.length)
      const fault = order(entry)
      if (fault !== undefined) throw badArchive('bad-record', number, fault)
      onProgress(this.#source.position)
      yield entry
    }
  }

  async #readHeader(): Promise<ArchiveHeader> {
    const line = await this.#source.line(HEADER_BYTES)
    const value = line === null ? undefined : this.#json(line)
    if (line === null || !isOurs(value)) throw badArchive('not-an-archive')
    // Before the schema: a newer version may have another.
    if (value.version > ARCHIVE_VERSION) throw badArchive('newer')
    const header = ArchiveHeader.safeParse(value)
    if (!header.success) throw badArchive('not-an-archive')
    if (header.data.schema > ARCHIVE_SCHEMA) throw badArchive('newer')
    await this.#digest.update(line)
    return header.data
  }

  async #entry(value: unknown, number: number, lineBytes: number): Promise<Entry> {
    const blob = Blob.safeParse(value)
    if (blob.success) return { number, lineBytes, store: 'blob', bytes: await this.#readBlob(blob.data.bytes, number) }
    const line = Line.safeParse(value)
    const store =
      line.success && Object.hasOwn(SCHEMAS, line.data.store) ? (line.data.store as keyof typeof SCHEMAS) : null
    if (!line.success || store === null) throw badArchive('bad-record', number, 'of an unknown kind')
    const record = SCHEMAS[store].safeParse(line.data.record)
    if (!record.success) {
      const [issue] = record.error.issues
      throw badArchive(
        'bad-record',
        number,
        `${store}: ${issue?.path.map(String).join('.') ?? ''} ${issue?.message ?? ''}`,
      )
    }
    // One schema for one store: the compiler cannot see that the two go together.
    return { number, lineBytes, ...({ store, record: record.data } as ArchivedRecord) }
  }

  async #readBlob(length: number, number: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#source.bytes(length + 1)
    if (bytes === null) throw badArchive('cut-short', number)
    if (bytes[length] !== 10) throw badArchive('altered', number)
    await this.#digest.update(bytes)
    return bytes.slice(0, length)
  }

  async #finish(value: unknown, records: number): Promise<void> {
    const end = ArchiveEnd.safeParse(value)
    if (!end.success) throw badArchive('altered')
    if (this.#source.position !== this.#file.size) throw badArchive('altered', records)
    const sha256 = await this.#digest.end()
    if (sha256 !== end.data.end.sha256 || records !== end.data.end.records) throw badArchive('altered')
    this.#sha256 = sha256
  }

  #parse(line: Uint8Array, number: number): unknown {
    const value = this.#json(line)
    if (value === undefined) throw badArchive('altered', number)
    if (!makePlain(value)) throw badArchive('bad-record', number, 'nested too deep')
    return value
  }

  /** Undefined for what is no JSON. */
  #json(line: Uint8Array): unknown {
    try {
      return JSON.parse(this.#decoder.decode(line)) as unknown
    } catch {
      return undefined
    }
  }
}

const isEnd = (value: unknown): value is { end: unknown } =>
  typeof value === 'object' && value !== null && 'end' in value

function isOurs(value: unknown): value is { hearth: 'archive'; version: number } {
  const { hearth, version } = Object(value) as { hearth?: unknown; version?: unknown }
  return hearth === 'archive' && typeof version === 'number'
}

function isFile(file: unknown): file is ArchiveFile {
  const { size, slice } = Object(file) as { size?: unknown; slice?: unknown }
  return typeof size === 'number' && typeof slice === 'function'
}
