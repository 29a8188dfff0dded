/** Reading contents: only chunks that hold the range, each checked against its hash, and text without a cut character. */
import { HearthError, type SyscallArgs, type SyscallResult } from '../../abi/index.ts'
import type { Contents } from './contents.ts'
import { eachOf, presentHead, versionAt, versionOf, versionsOf, type Records } from './file-table.ts'
import { FILE_CHUNKS_AT_ONCE } from './param.ts'
import type { FileVersionRecord } from './records.ts'

/** Bytes of the longest character in UTF-8. */
const CHARACTER_BYTES = 4

export interface Reading {
  readonly records: Records
  readonly contents: Contents
}

export async function readFile(
  reading: Reading,
  args: SyscallArgs<'files.read'>,
  signal: AbortSignal,
): Promise<SyscallResult<'files.read'>> {
  const { space, path } = args
  const number = args.version ?? (await presentHead(reading.records, space, path)).version
  const version = await versionAt(reading.records, space, path, number)
  const described = versionOf(version)
  if (args.as === 'bytes') {
    const from = Math.min(args.from, version.bytes)
    const bytes = await readRange(reading, version, from, from + args.length, signal)
    const to = from + bytes.byteLength
    return { version: described, bytes, from, to, more: to < version.bytes }
  }
  if (!version.text) throw notText(path)
  const from = Math.min(args.from, version.bytes)
  const length = Math.max(args.length, CHARACTER_BYTES)
  const bytes = await readRange(reading, version, from, from + length, signal)
  const { skipped, end } = wholeCharacters(bytes, from, from + bytes.byteLength === version.bytes)
  const to = from + end
  const text = decode(bytes.subarray(skipped, end))
  return { version: described, text, from: from + skipped, to, more: to < version.bytes }
}

/** The characters that begin in a range of bytes, so that ranges side by side have each character once. @throws as `readFile` */
export async function readCharacters(
  reading: Reading,
  version: FileVersionRecord,
  from: number,
  length: number,
  signal: AbortSignal,
): Promise<string> {
  if (!version.text) throw notText(version.path)
  const bytes = await readRange(reading, version, from, from + length + CHARACTER_BYTES - 1, signal)
  let begin = 0
  while (from > 0 && begin < CHARACTER_BYTES && isContinuation(bytes[begin])) begin += 1
  let end = Math.min(length, bytes.byteLength)
  while (isContinuation(bytes[end])) end += 1
  return decode(bytes.subarray(begin, end))
}

/**
 * At most up to the end of the contents.
 * @throws HearthError `file-damaged`, `storage-failed`, or the signal's reason
 */
export async function readRange(
  reading: Reading,
  version: FileVersionRecord,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const { chunkBytes, chunks, bytes } = version
  const end = Math.min(to, bytes)
  const first = Math.floor(from / chunkBytes)
  const hashes = chunks.slice(first, Math.ceil(end / chunkBytes))
  const parts = await eachOf(hashes, FILE_CHUNKS_AT_ONCE, async (hash) => {
    signal.throwIfAborted()
    return reading.contents.read(hash)
  })
  const whole = new Uint8Array(Math.max(0, end - from))
  for (const [index, chunk] of parts.entries()) {
    if (chunk === null) throw await damaged(reading, version, signal)
    const at = (first + index) * chunkBytes
    const part = chunk.subarray(Math.max(0, from - at), end - at)
    if (part.byteLength === whole.byteLength && part.byteLength === chunk.byteLength) return chunk
    whole.set(part, Math.max(0, at - from))
  }
  if ((first + parts.length) * chunkBytes < end) throw await damaged(reading, version, signal)
  return whole
}

/** A continuation byte is 10xxxxxx; a leading byte says by its ones how many bytes its character has. */
function wholeCharacters(bytes: Uint8Array, from: number, atEnd: boolean): { skipped: number; end: number } {
  let skipped = 0
  if (from > 0) while (skipped < CHARACTER_BYTES && isContinuation(bytes[skipped])) skipped += 1
  if (atEnd) return { skipped, end: bytes.byteLength }
  let last = bytes.byteLength - 1
  while (last > skipped && isContinuation(bytes[last])) last -= 1
  const lead = bytes[last] ?? 0
  const needs = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
  return { skipped, end: last + needs > bytes.byteLength ? last : bytes.byteLength }
}

/** A byte order mark is part of the contents. */
const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80

/** Says which version before it is whole: all chunks of those are read. @throws the signal's reason */
async function damaged(
  reading: Reading,
  version: FileVersionRecord,
  signal: AbortSignal,
): Promise<HearthError<'file-damaged'>> {
  const { space, path } = version
  const head = await reading.records.get('files', [space, path])
  const earlier = head ? await versionsOf(reading.records, head, version.version - 1) : []
  const known = new Map<string, boolean>()
  let intact: number | null = null
  for (const candidate of earlier.toReversed()) {
    if (candidate.change === 'deleted' || candidate.change === 'moved-away') continue
    if (!(await isWhole(reading, candidate, known, signal))) continue
    intact = candidate.version
    break
  }
  const next =
    intact === null
      ? 'No version before it is whole; write it anew.'
      : `Version ${intact} is whole and can be brought back.`
  const message = `“${path}” (version ${version.version}) is damaged on this device’s disk and was not read. ${next}`
  return new HearthError('file-damaged', message, { space, path, version: version.version, intact })
}

async function isWhole(
  reading: Reading,
  { chunks }: FileVersionRecord,
  known: Map<string, boolean>,
  signal: AbortSignal,
): Promise<boolean> {
  for (const hash of chunks) {
    signal.throwIfAborted()
    const whole = known.get(hash) ?? (await reading.contents.read(hash)) !== null
    known.set(hash, whole)
    if (!whole) return false
  }
  return true
}

function notText(path: string): HearthError<'bad-request'> {
  const message = `“${path}” is not text, so it can only be read as bytes.`
  return new HearthError('bad-request', message, { issues: [{ path: 'as', message }] })
}
