/**
 * The one file that everything fits in. It is read and written from its beginning to its end, and opens in any editor:
 *
 * ```
 * {"hearth":"archive","version":1,"schema":4,"writtenBy":"0.1.0","createdAt":1795331820000,"counts":{"agents":2,…}}
 * {"store":"agents","record":{…}}        an agent, then its turns, pages and spending
 * {"store":"memories","record":{…}}      a memory, then its versions; so with whiteboard entries
 * {"store":"blob","bytes":1048576}       and that many bytes as they are, then a line feed: contents of files
 * {"store":"files","record":{…}}         a file, then its versions, which name their contents by SHA-256
 * {"end":{"records":10423,"sha256":"…"}}
 * ```
 *
 * Nothing in it is compressed, so nothing can unpack to more than it is. `sha256` covers all before the last line: blocks of 1 MiB,
 * each hashed with the hexadecimal hash of those before it in front (64 zeros in front of the first). It tells damage, not who
 * wrote the file.
 *
 * Never in it: keys of servers, weights of models (only where they come from), vectors (made anew), the log and unfinished runs,
 * which are this kernel's own.
 */
import * as z from 'zod'
import { HearthError } from '../../abi/index.ts'
import type { ErrorData } from '../../abi/index.ts'
import { ArchiveKind } from '../../abi/syscalls/archive.ts'
import { Time } from '../../abi/syscalls/common.ts'

export const ArchiveHeader = z.object({
  hearth: z.literal('archive'),
  version: z.number().int().positive(),
  schema: z.number().int().positive(),
  writtenBy: z.string().max(64),
  createdAt: Time,
  /** About how many of each there are: it is written before they are. */
  counts: z.partialRecord(ArchiveKind, z.number().int().nonnegative()),
})
export type ArchiveHeader = z.infer<typeof ArchiveHeader>

export const ArchiveEnd = z.strictObject({
  end: z.strictObject({ records: z.number().int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
})

/** Bytes by reference: a `Blob`. */
export interface ArchiveFile {
  readonly size: number
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> }
}

export type BadArchive = ErrorData['bad-archive']['reason']

/** What is wrong with the file, and the one thing to do. */
const WORDS: Readonly<Record<BadArchive, readonly [string, string]>> = {
  'not-an-archive': ['This file was not made by Hearth’s export', 'Choose one that ends in .hearth.'],
  newer: ['This file was made by a newer Hearth', 'Update this one (reload the page), then import it again.'],
  'cut-short': ['This file is cut short', 'Copy or download it again, then import it.'],
  altered: ['This file is damaged: it is not what was written', 'Use another copy of it.'],
  'bad-record': ['This file has something in it that Hearth does not write', 'Use another copy of it.'],
  'too-large': ['This file holds more than Hearth can take in', 'Export less, then import that.'],
}

/** @param record which one, from 1; null for the file as a whole */
export function badArchive(reason: BadArchive, record: number | null = null, detail = ''): HearthError<'bad-archive'> {
  const [what, next] = WORDS[reason]
  const where = record === null ? '' : ` (record ${record}${detail === '' ? '' : `, ${detail}`})`
  return new HearthError('bad-archive', `${what}${where}. Nothing was changed. ${next}`, { reason, record })
}
