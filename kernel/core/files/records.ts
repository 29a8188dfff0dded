/**
 * What is stored of files, beside their contents (file-blobs.ts). Schemas, because an archive brings such records from elsewhere.
 * A head says what is at a path now, also when that was deleted; versions from its `oldest` to its `version` are kept, without
 * gaps, the newest one of which is what the head repeats.
 */
import * as z from 'zod'
import { FileInfo, FileSpace, FileVersion } from '../../abi/syscalls/files.ts'
import { FILE_CHUNK_BYTES, FILE_CHUNK_BYTES_LEAST } from './param.ts'

const Count = z.number().int().nonnegative()

/** Keyed by space and path. */
export const FileRecord = z.strictObject({
  ...FileInfo.omit({ versions: true }).shape,
  change: FileVersion.shape.change,
  /** Number of the oldest version that is kept. */
  oldest: z.number().int().positive(),
  /** When there first was a version at this path, kept or not. */
  firstAt: z.number().nonnegative(),
})
export type FileRecord = z.infer<typeof FileRecord>

/** Keyed by space, path and version. */
export const FileVersionRecord = z.strictObject({
  ...FileVersion.shape,
  createdAt: FileInfo.shape.createdAt,
  /** SHA-256 of each chunk in hexadecimal; every one but the last has `chunkBytes`. */
  chunks: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
  chunkBytes: z.number().int().min(FILE_CHUNK_BYTES_LEAST).max(FILE_CHUNK_BYTES),
})
export type FileVersionRecord = z.infer<typeof FileVersionRecord>

/** A chunk that versions of a space have. Keyed by space and hash. */
export const FileBlobRecord = z.strictObject({
  space: FileInfo.shape.space,
  hash: z.string(),
  bytes: Count,
  /** How many times it occurs in versions of the space. */
  references: z.number().int().positive(),
})
export type FileBlobRecord = z.infer<typeof FileBlobRecord>

/** Keyed by space. */
export const FileSpaceRecord = z.strictObject({
  ...FileSpace.omit({ limitBytes: true }).shape,
  /** Heads, of whatever is or was there. */
  paths: Count,
})
export type FileSpaceRecord = z.infer<typeof FileSpaceRecord>
