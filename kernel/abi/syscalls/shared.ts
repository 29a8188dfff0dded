/** The whiteboard: what agents and people tell each other, by namespace and key, changed by compare-and-set. */
import * as z from 'zod'
import { Empty, Json, Time } from './common.ts'
import { syscall } from './define.ts'
import { Memory } from './memory.ts'

/** Letters, digits and -._ : a name without a slash. With a slash and a key behind it, it is the id of an entry. */
const Namespace = z
  .string()
  .regex(/^[\p{L}\p{N}._-]{1,47}$/u)
  .max(47)
/** Parts joined by slashes: `db/main`. */
const Key = z
  .string()
  .regex(/^[\p{L}\p{N}._-]+(?:\/[\p{L}\p{N}._-]+)*$/u)
  .max(80)
const At = { namespace: Namespace, key: Key }

/** An entry as a memory of kind `shared`: `scope` is its namespace, `entry` its key and value. */
export const SharedEntry = Memory
export type SharedEntry = z.infer<typeof SharedEntry>

/** Of an exported entry what is taken over; where it came from is not, since anybody can write that into a file. */
const ImportedEntry = z.object({
  scope: Namespace,
  entry: z.object({ key: Key, value: Json }),
  version: z
    .number()
    .int()
    .positive()
    .max(Number.MAX_SAFE_INTEGER / 2),
  validUntil: Time.nullable(),
  createdAt: Time,
  updatedAt: Time,
})

export const sharedSyscalls = {
  /**
   * Writes a value. @throws `conflict` when the entry is not at `ifVersion`, with the version it is at; 0 stands for an entry
   * that is not there.
   */
  'shared.set': syscall('atomic', {
    args: z.strictObject({
      ...At,
      value: Json,
      ifVersion: z.number().int().nonnegative().optional(),
      /** When it ends by itself. */
      validUntil: Time.nullable().default(null),
    }),
    result: SharedEntry,
  }),
  'shared.get': syscall('read', { args: z.strictObject(At), result: SharedEntry }),
  /** By key. `prefix` is whole parts of a key: `db` finds `db/main` and not `dbx`. */
  'shared.list': syscall('read', {
    args: z.strictObject({
      namespace: Namespace.optional(),
      prefix: Key.optional(),
      after: z.strictObject(At).optional(),
      limit: z.number().int().min(1).max(10_000).default(1_000),
    }),
    result: z.object({ entries: z.array(SharedEntry), more: z.boolean() }),
  }),
  'shared.namespaces': syscall('read', {
    args: Empty,
    result: z.object({
      namespaces: z.array(z.object({ namespace: z.string(), entries: z.number(), updatedAt: Time })),
    }),
  }),
  /** An entry that is written anew after this goes on counting its versions. */
  'shared.delete': syscall('atomic', {
    args: z.strictObject({ ...At, ifVersion: z.number().int().positive().optional() }),
    result: Empty,
  }),
  /** Its last values, newest first. */
  'shared.history': syscall('read', {
    args: z.strictObject({ ...At, limit: z.number().int().min(1).max(1_000).default(100) }),
    result: z.object({ versions: z.array(SharedEntry) }),
  }),
  'shared.search': syscall('read', {
    args: z.strictObject({
      query: z.string().trim().min(1).max(10_000),
      namespace: Namespace.optional(),
      k: z.number().int().min(1).max(100).default(10),
    }),
    result: z.object({ hits: z.array(z.object({ entry: SharedEntry, score: z.number() })) }),
  }),
  /**
   * Takes in entries of another whiteboard or of a backup, as written by whoever imports them. What is there and newer stays;
   * all of them or none.
   */
  'shared.import': syscall('atomic', {
    args: z.strictObject({ entries: z.array(ImportedEntry).max(1_000) }),
    result: z.object({ added: z.number(), replaced: z.number(), kept: z.number() }),
  }),
  /** First all entries that are there, in one event, then every change in order, until cancelled. */
  'shared.watch': syscall('read', {
    args: z.strictObject({ namespace: Namespace, prefix: Key.optional() }),
    event: z.discriminatedUnion('type', [
      z.object({ type: z.literal('entries'), entries: z.array(SharedEntry) }),
      z.object({ type: z.literal('set'), entry: SharedEntry }),
      z.object({ type: z.literal('deleted'), ...At, version: z.number().int() }),
    ]),
    result: Empty,
  }),
} as const
