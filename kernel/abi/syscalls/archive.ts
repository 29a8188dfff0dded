/**
 * Everything in one file, and back. A file passes as a `Blob`, which structured clone carries by reference: the kernel reads
 * slices of it, so a file of gigabytes costs neither side its size in memory. What is in one, and what never is, stands in
 * core/archive/format.ts.
 */
import * as z from 'zod'
import { Empty, Id, Name, Time } from './common.ts'
import { syscall } from './define.ts'

/** What people have here, by kind; `other` is the rest of what the origin uses: the app itself and what the browser adds. */
export const StorageKind = z.enum([
  'models',
  'memories',
  'vectors',
  'conversations',
  'journal',
  'whiteboard',
  'files',
  'other',
])
export type StorageKind = z.infer<typeof StorageKind>

/** What an archive holds, by kind. */
export const ArchiveKind = z.enum(['agents', 'conversations', 'memories', 'whiteboard', 'files', 'models', 'settings'])
export type ArchiveKind = z.infer<typeof ArchiveKind>

/** Bytes read or written so far; `totalBytes` is an estimate while exporting. */
export const ArchiveProgress = z.object({
  phase: z.enum(['read', 'check', 'store']),
  doneBytes: z.number(),
  totalBytes: z.number().nullable(),
})
export type ArchiveProgress = z.infer<typeof ArchiveProgress>

export const ArchiveContents = z.object({
  /** Version of the format, and of the Hearth that wrote it. */
  version: z.number().int(),
  writtenBy: z.string(),
  createdAt: Time,
  sizeBytes: z.number(),
  /** Of all that is in it: `archive.import` asks for it, so that what was looked at is what is imported. */
  sha256: z.string(),
  kinds: z.array(
    z.object({
      kind: ArchiveKind,
      count: z.number().int(),
      bytes: z.number(),
      /** How many of these are here already, under the same id, name or path. */
      here: z.number().int(),
    }),
  ),
  /** The first hundred agents, in the order of the file. */
  agents: z.array(
    z.object({ id: Id, name: Name, turns: z.number().int(), files: z.number().int(), here: z.boolean() }),
  ),
  /** Hosts of its models on servers: what is written to one of those is sent there. */
  sendsTo: z.array(z.string()),
})
export type ArchiveContents = z.infer<typeof ArchiveContents>

/** `keep`: what is here stays as it is, and what is not here is added. `replace`: the file's wins. Nothing else is deleted. */
export const MergePolicy = z.enum(['keep', 'replace'])
export type MergePolicy = z.infer<typeof MergePolicy>

export const ImportReport = z.object({
  kinds: z.array(
    z.object({ kind: ArchiveKind, added: z.number().int(), replaced: z.number().int(), kept: z.number().int() }),
  ),
  /** Files that belong to no agent, here or in the file: they were left out. */
  ownerless: z.number().int(),
  /** Records with a date ahead of now, which is now in its place. */
  redated: z.number().int(),
})
export type ImportReport = z.infer<typeof ImportReport>

/** A `Blob`; looked at by the kernel. */
const ArchiveFile = z.unknown()

export const archiveSyscalls = {
  /**
   * The next part of a file with everything in it. The first call names no export and begins one; the parts joined are the file.
   * One that nobody asks on for a minute is dropped. @throws `not-found` for one that is gone; begin again.
   */
  'archive.export': syscall('read', {
    args: z.strictObject({ export: Id.optional() }),
    result: z.object({
      export: Id,
      part: z.instanceof(Uint8Array),
      /** True with the last part. */
      done: z.boolean(),
      /** With the last part: files whose contents are damaged and so are not in it, as space and path. */
      leftOut: z.array(z.string()),
      progress: ArchiveProgress,
    }),
  }),
  /** Checks all of a file, changes nothing. @throws `bad-archive`. */
  'archive.inspect': syscall('read', {
    args: z.strictObject({ file: ArchiveFile }),
    event: ArchiveProgress,
    result: ArchiveContents,
  }),
  /**
   * Takes everything in, or nothing. What was running ends where it can go on, and the kernel starts anew with it: clients see
   * another epoch. Runs of agents that are replaced end.
   * @throws `bad-archive`; `conflict` when the file is not the one that was looked at; `storage-full`.
   */
  'archive.import': syscall('atomic', {
    args: z.strictObject({
      file: ArchiveFile,
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      existing: MergePolicy.default('keep'),
    }),
    event: ArchiveProgress,
    result: ImportReport,
  }),
  /** Deletes everything of this origin for good; the kernel starts anew with nothing. `confirm` is what a person typed. */
  'kernel.erase': syscall('atomic', {
    args: z.strictObject({ confirm: z.literal('erase everything') }),
    result: Empty,
  }),
} as const
