/**
 * Files of agents. Each agent has a space of its own, named by the agent's id; a path is relative to it and cannot leave it.
 * A folder is there for as long as a file is in it. What is overwritten, moved or deleted stays as a version, and comes back
 * with `files.rollback` until it is purged or too old to be kept.
 */
import * as z from 'zod'
import { FILE_CALL_BYTES, FILE_PATH_DEPTH, FILE_PATH_UNITS, TEXT_UNITS } from '../limits.ts'
import { Principal, Provenance } from '../provenance.ts'
import { Empty, Id, Time } from './common.ts'
import { syscall } from './define.ts'

/** No part is empty, `.` or `..`; no backslash; nothing that does not show, turns the direction of text or is half a character. */
const PARTS = /^(?!\.{1,2}(?:\/|$))[^/]+(?:\/(?!\.{1,2}(?:\/|$))[^/]+)*$/u
const FORBIDDEN = /[\\\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u200b\u200e\u200f\ufeff\u202a-\u202e\u2066-\u2069]/u

/** `notes/2026/plan.md`: parts joined by slashes, case-sensitive, in Unicode's form NFC whatever form was sent. */
export const FilePath = z
  .string()
  .max(FILE_PATH_UNITS)
  .transform((path) => path.normalize('NFC'))
  .refine((path) => path.length <= FILE_PATH_UNITS, `at most ${FILE_PATH_UNITS} characters`)
  .refine((path) => PARTS.test(path) && !FORBIDDEN.test(path), 'names joined by /, none of them empty, . or ..')
  .refine((path) => path.split('/').length <= FILE_PATH_DEPTH, `at most ${FILE_PATH_DEPTH} folders deep`)

/** A folder's path, or the empty one for the whole space. */
export const FolderPath = z.union([z.literal(''), FilePath])

/** Only its own bytes count: what is sent is copied as a whole, so send a copy of a small part of a large buffer. */
const Bytes = z.custom<Uint8Array<ArrayBuffer>>(
  (value) => value instanceof Uint8Array && value.byteLength <= FILE_CALL_BYTES,
  `a Uint8Array of at most ${FILE_CALL_BYTES} bytes; larger files are uploaded in parts`,
)

const Offset = z.number().int().nonnegative()
const Version = z.number().int().positive()
const IfVersion = z.number().int().nonnegative().optional()

/** A file as it is now. */
export const FileInfo = z.object({
  space: Id,
  path: z.string(),
  /** From 1, one more with each change at this path, also across a deletion: what `ifVersion` is compared with. */
  version: Version,
  bytes: z.number(),
  /** Media type, by the name unless it was given. */
  type: z.string(),
  /** Whether it is valid UTF-8 without a NUL, so that it can be read as text. */
  text: z.boolean(),
  /** Equal for equal contents, in hexadecimal; of contents of up to a mebibyte their SHA-256. */
  hash: z.string(),
  createdAt: Time,
  updatedAt: Time,
  /** Who made this version. */
  by: Principal,
  /** Where its contents came from; a mixture has the lower trust of its parts. */
  provenance: Provenance,
  /** When it was deleted; null for a file that is there. */
  deletedAt: Time.nullable(),
  /** Versions kept, this one included. */
  versions: z.number().int().positive(),
})
export type FileInfo = z.infer<typeof FileInfo>

export const FolderInfo = z.object({
  space: Id,
  path: z.string(),
  /** Of all files below it. */
  files: z.number().int(),
  bytes: z.number(),
  updatedAt: Time,
})
export type FolderInfo = z.infer<typeof FolderInfo>

export const FileVersion = z.object({
  ...FileInfo.pick({ space: true, path: true, version: true, bytes: true, type: true, text: true, hash: true }).shape,
  ...FileInfo.pick({ by: true, provenance: true }).shape,
  /** What made it. Contents of a version that `deleted` or was `moved-away` are those of the one before. */
  change: z.enum(['written', 'appended', 'moved', 'moved-away', 'restored', 'deleted']),
  at: Time,
  /** The version it is a copy of: where it was moved from, or what was restored. */
  from: z.object({ path: z.string(), version: Version }).optional(),
})
export type FileVersion = z.infer<typeof FileVersion>

export const FileSpace = z.object({
  /** The agent's id. */
  space: Id,
  /** Files that are there, and deleted ones that can be brought back. */
  files: z.number().int(),
  deleted: z.number().int(),
  /** Bytes of the files that are there, and of all contents kept, equal ones once. */
  bytes: z.number(),
  storedBytes: z.number(),
  /** Most of `storedBytes` that it may have. */
  limitBytes: z.number(),
  updatedAt: Time,
})
export type FileSpace = z.infer<typeof FileSpace>

const FileHit = z.object({
  file: FileInfo,
  /** Comparable within one answer only. */
  score: z.number(),
  parts: z.object({ name: z.number(), words: z.number(), meaning: z.number() }),
  /** The passage that matched best, and the character it begins at; null when only the name did. */
  passage: z.object({ text: z.string(), at: z.number().int() }).nullable(),
})

const At = { space: Id, path: FilePath }
const Below = { space: Id, path: FolderPath.default('') }
const Contents = {
  /** Left out, it is told by the name. */
  type: z.string().max(128).optional(),
  /** @see FileInfo.version; 0 stands for a file that is not there. */
  ifVersion: IfVersion,
  /** True for what came from elsewhere, such as a web page: it is then not taken for the words of whoever writes it. */
  outside: z.boolean().default(false),
}

export const filesSyscalls = {
  /** Spaces in which there ever was a file. */
  'files.spaces': syscall('read', { args: Empty, result: z.object({ spaces: z.array(FileSpace) }) }),
  /**
   * By path. Without `recursive` only what is directly in the folder: its files, and its folders, which come in the same
   * order and count for `limit` too. `after` is the `next` of the page before. A folder that is not there is empty.
   */
  'files.list': syscall('read', {
    args: z.strictObject({
      ...Below,
      recursive: z.boolean().default(false),
      /** Deleted files that can be brought back, instead of those that are there. */
      deleted: z.boolean().default(false),
      after: z.string().max(FILE_PATH_UNITS).optional(),
      limit: z.number().int().min(1).max(5_000).default(1_000),
    }),
    result: z.object({ files: z.array(FileInfo), folders: z.array(FolderInfo), next: z.string().nullable() }),
  }),
  /** @throws `not-found` when neither a file nor a folder is there. */
  'files.stat': syscall('read', {
    args: z.strictObject({ space: Id, path: FolderPath }),
    result: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('file'), file: FileInfo }),
      z.object({ kind: z.literal('folder'), folder: FolderInfo }),
    ]),
  }),
  /**
   * At most `length` bytes from `from`; less at the end. As text, no character is cut: `from` and `to` move to its edges.
   * @throws `file-damaged` when what is stored is not what was written, with the last version that is whole; `not-found`;
   *   `bad-request` when a file that is none is read as text.
   */
  'files.read': syscall('read', {
    args: z.strictObject({
      ...At,
      version: Version.optional(),
      as: z.enum(['bytes', 'text']).default('bytes'),
      from: Offset.default(0),
      length: z.number().int().min(1).max(FILE_CALL_BYTES).default(FILE_CALL_BYTES),
    }),
    result: z.object({
      version: FileVersion,
      bytes: z.custom<Uint8Array<ArrayBuffer>>().optional(),
      text: z.string().optional(),
      /** The bytes that were read, and whether more follow. */
      from: Offset,
      to: Offset,
      more: z.boolean(),
    }),
  }),
  /**
   * Creates or replaces a file, or appends to it; folders need not be there. Writing what is there already changes nothing.
   * @throws `conflict` when it is not at `ifVersion`, or a folder has its name, or a file that of one of its folders;
   *   `over-limit`, `storage-full`; `not-found` when there is no such agent.
   */
  'files.write': syscall('atomic', {
    args: z.strictObject({
      ...At,
      ...Contents,
      contents: z.union([z.string().max(TEXT_UNITS), Bytes]),
      append: z.boolean().default(false),
    }),
    result: FileInfo,
  }),
  /** Begins a file that is larger than one call. Nothing shows before `files.finish`; forgotten after ten idle minutes. */
  'files.upload': syscall('read', {
    args: z.strictObject({ ...At, ...Contents, bytes: Offset }),
    result: z.object({ upload: Id }),
  }),
  /** The next bytes; `at` is how many came before, so that a part that was sent twice counts once. */
  'files.part': syscall('read', {
    args: z.strictObject({ upload: Id, at: Offset, contents: Bytes }),
    result: z.object({ received: Offset }),
  }),
  /** @throws as `files.write`; `bad-request` when bytes are missing. */
  'files.finish': syscall('atomic', { args: z.strictObject({ upload: Id }), result: FileInfo }),
  'files.abandon': syscall('read', { args: z.strictObject({ upload: Id }), result: Empty }),
  /** A file, or a folder with all in it, as a whole. @throws `conflict` when something is at `to`; `not-found`. */
  'files.move': syscall('atomic', {
    args: z.strictObject({ ...At, to: FilePath, ifVersion: IfVersion }),
    result: z.object({ files: z.number().int() }),
  }),
  /** A file, or a folder with all in it, as a whole; it can be brought back. @throws `not-found`. */
  'files.delete': syscall('atomic', {
    args: z.strictObject({ ...At, ifVersion: IfVersion }),
    result: z.object({ files: z.number().int() }),
  }),
  /** Newest first; after those of a file that was moved here come the versions from before, at their own paths. */
  'files.history': syscall('read', { args: z.strictObject(At), result: z.object({ versions: z.array(FileVersion) }) }),
  /**
   * Makes a file what it was: so many versions ago, at a version, or at a moment; a folder or the whole space what it was at a
   * moment. What it is now becomes a version too, so this can be undone. All of it or none.
   * @throws `not-found` when a version that is needed is no longer kept; its message says from when on all are.
   */
  'files.rollback': syscall('atomic', {
    args: z.strictObject({
      ...Below,
      to: z.union([
        z.strictObject({ versionsAgo: Version }),
        z.strictObject({ version: Version }),
        z.strictObject({ moment: Time }),
      ]),
    }),
    /** How many files came back or changed, and how many went because they were not there then. */
    result: z.object({ restored: z.number().int(), deleted: z.number().int() }),
  }),
  /** Best first: by name, by words of text files, and by meaning where words are known (English). */
  'files.search': syscall('read', {
    args: z.strictObject({
      ...Below,
      query: z.string().trim().min(1).max(10_000),
      by: z.array(z.enum(['name', 'words', 'meaning'])).default(['name', 'words', 'meaning']),
      k: z.number().int().min(1).max(100).default(10),
    }),
    result: z.object({
      hits: z.array(FileHit),
      /** Text files that were not looked into: too large, damaged, or more than are held; null when it went by name alone. */
      left: z.number().int().nullable(),
    }),
  }),
  /** Every change from now on, until cancelled; of one file or folder, of one space, or of all. */
  'files.watch': syscall('read', {
    args: z.strictObject({ space: Id.optional(), path: FolderPath.default('') }),
    event: z.discriminatedUnion('type', [
      z.object({ type: z.literal('put'), file: FileInfo }),
      z.object({ type: z.literal('deleted'), file: FileInfo }),
      /** Gone for good: a file, or all in a folder; the empty path when the whole space is gone. */
      z.object({ type: z.literal('purged'), space: Id, path: z.string() }),
    ]),
    result: Empty,
  }),
  /**
   * Deletes for good, in a file, a folder or the whole space: `all` of it, files that are `deleted`, or the `history` of those
   * that are there. The bytes are free a moment later.
   */
  'files.purge': syscall('atomic', {
    args: z.strictObject({ ...Below, what: z.enum(['all', 'deleted', 'history']) }),
    result: z.object({ files: z.number().int(), versions: z.number().int() }),
  }),
} as const
