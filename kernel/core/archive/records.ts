/** What each record of an archive has to be: by the schemas of the ABI where it is the ABI's, by those below where it is the kernel's own. */
import * as z from 'zod'
import { Agent, Turn } from '../../abi/syscalls/agent.ts'
import { Id, Name, Time } from '../../abi/syscalls/common.ts'
import { FilePath } from '../../abi/syscalls/files.ts'
import { Memory } from '../../abi/syscalls/memory.ts'
import { ModelSource } from '../../abi/syscalls/model.ts'
import { Spent } from '../../abi/syscalls/scheduling.ts'
import { Principal } from '../../abi/provenance.ts'
import { BLOCK_UNITS } from '../../abi/index.ts'
import { FileRecord, FileVersionRecord } from '../files/records.ts'
import { IMPORTED_COUNT_MAX } from '../memory/param.ts'
import type { ModelRecord, PageRecord, SpendingRecord, VersionRecord } from '../storage/records.ts'

/** A count that goes on here by ones, which a number does not do for ever: what a kernel wrote is far below. */
const isCount = (...counts: readonly number[]): boolean => counts.every((count) => count <= IMPORTED_COUNT_MAX)
const Index = z.number().int().nonnegative().max(IMPORTED_COUNT_MAX)

const Page = z.object({
  id: Id,
  agent: Id,
  from: Index,
  to: Index,
  turns: Index,
  state: z.enum(['in', 'out']),
  pinned: z.boolean(),
  faults: Index,
  usedAt: Time.nullable(),
  trust: z.enum(['trusted', 'untrusted']),
  stub: z.string(),
  begins: z.boolean(),
  items: Index,
  bytes: Index,
  counted: z.object({ model: z.string(), tokens: z.number(), bytes: z.number() }).nullable(),
  held: z.boolean(),
  recalled: z.array(Index).nullable(),
  experience: z.array(z.object({ id: Id, version: z.number().int(), bytes: z.number() })).nullable(),
  standing: z.array(z.string()),
  released: z.boolean(),
  /** Made anew when it is needed. */
  digest: z.null(),
}) satisfies z.ZodType<PageRecord>

const Spending = z.object({
  ...Spent.shape,
  account: z.string().max(512),
  agent: Id,
  at: Time,
}) satisfies z.ZodType<SpendingRecord>

const Remembered = Memory.refine(({ version, uses }) => isCount(version, uses), 'a count that nothing has').refine(
  ({ kind, text, block }) =>
    (kind === 'block') === (block !== undefined) &&
    (block === undefined || (block.limit >= 1 && block.limit <= BLOCK_UNITS && text.length <= block.limit)),
  'a working block that fits in no window',
)

const Version = z.object({
  record: z.string().min(1).max(512),
  version: z.number().int().positive().max(IMPORTED_COUNT_MAX),
  memory: Remembered,
  ended: z.object({
    at: Time,
    by: Principal,
    what: z.enum(['updated', 'superseded', 'consolidated', 'expired', 'deleted']),
  }),
}) satisfies z.ZodType<VersionRecord>

const Model = z.object({
  id: Id,
  name: Name,
  source: ModelSource.refine((source) => source.kind !== 'openai' || source.key === undefined, 'a key'),
  contextTokens: z.number().int().positive(),
  sizeBytes: z.number().nullable(),
  memoryBytes: z.number().nullable().optional(),
  listed: z.boolean(),
  /** The weights are not in the file, so none of them are here. */
  partialBytes: z.null(),
  etag: z.null(),
  stored: z.literal(false),
})

/** Names of the small values that are a person's settings; whatever else `meta` holds is this kernel's own. */
export const SETTINGS = ['default-model', 'scheduling-policy', 'consolidation'] as const

const Setting = z.object({ name: z.enum(SETTINGS), value: z.union([z.string().max(512), z.number(), z.null()]) })

/** The very path that a caller may write: what leaves its space, or is another spelling of one that is there, is none. */
const isPath = (path: string): boolean => FilePath.safeParse(path).data === path

const File = FileRecord.refine(({ path }) => isPath(path), 'not a path in a space').refine(
  ({ version }) => isCount(version),
  'a version that nothing has',
)
const FileVersion = FileVersionRecord.refine(
  ({ path, from }) => isPath(path) && (from === undefined || isPath(from.path)),
  'not a path in a space',
).refine(
  ({ bytes, chunks, chunkBytes }) => chunks.length === Math.ceil(bytes / chunkBytes),
  'a size that its chunks do not have',
)

export const SCHEMAS = {
  agents: Agent,
  turns: Turn.refine(({ index }) => isCount(index), 'a place that no conversation has'),
  pages: Page,
  spending: Spending,
  memories: Remembered.refine(({ kind }) => kind !== 'shared', 'a whiteboard entry among memories'),
  versions: Version,
  shared: Remembered.refine(
    ({ kind, id, scope, entry }) => kind === 'shared' && entry !== undefined && id === `${scope}/${entry.key}`,
    'no whiteboard entry',
  ),
  files: File,
  fileVersions: FileVersion,
  models: Model as z.ZodType<z.infer<typeof Model> & ModelRecord>,
  meta: Setting,
} as const

export type ArchivedStore = keyof typeof SCHEMAS
export type ArchivedRecord = { [S in ArchivedStore]: { store: S; record: z.infer<(typeof SCHEMAS)[S]> } }[ArchivedStore]

/** One thing of a file, checked, in its order. `number` counts from 1. */
export type Entry = { number: number; lineBytes: number } & (
  ArchivedRecord | { store: 'blob'; bytes: Uint8Array<ArrayBuffer> }
)
