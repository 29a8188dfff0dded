/** What is stored, one type a store, and the key of each. Adding a store or changing a type takes a new schema version. */
import type {
  Agent,
  Amounts,
  ContextPage,
  EmbedderChoice,
  JsonValue,
  Memory,
  ModelSource,
  Principal,
  Run,
  RunEvent,
  SharedEntry,
  Spent,
  Turn,
  WireError,
} from '../../abi/index.ts'
import type { FileBlobRecord, FileRecord, FileSpaceRecord, FileVersionRecord } from '../files/records.ts'
export type KeyPart = string | number
export type Key = KeyPart | readonly KeyPart[]

/** Greater than every string and number at its place in a compound key, as IndexedDB orders them: arrays come last. */
export const KEY_END = '\uffff'

/** A small named value: epoch, default model. */
export interface MetaRecord {
  name: string
  value: string | number | null
}

/** One journaled syscall. Keyed by the caller's own id so that a client can ask a later kernel what became of it. */
export interface CallRecord {
  id: string
  syscall: string
  principal: Principal
  epoch: number
  at: number
  state: 'intent' | 'done' | 'failed'
  /** Run the call started; a client attaches to it again after a restart. */
  run?: string
  result?: unknown
  error?: WireError
}

/** One step of a run, in order. What a client saw is in here first. */
export interface JournalRecord {
  run: string
  seq: number
  event: RunEvent
}

/** A run that has not ended, with what it takes to go on. Deleted when it ends; `runs` keeps the history. */
export interface RunRecord extends Run {
  /** Call to settle when it ends. */
  call?: string
  principal: Principal
  /** Id of the user's turn it answers. */
  turn: string
  /** What was asked, until the run begins and the turn is in the conversation. */
  request?: { text: string; replace?: string }
  /** Tokens of the answer that is being written; with the journaled text they are what a later kernel continues. */
  answerTokens?: number
  /** Tokens of its prompt that the engine had to read; with `answerTokens` what is charged for it, once. */
  answerPrompt?: number
  /** What that answer is written from, so that it is continued from exactly the same. */
  window?: WindowRecord
  /** How the tool call that is announced and has no result may be run again; absent when it may not. */
  repeatable?: 'at-once' | 'when-offered'
  /** What the tool call that is announced has done, committed with what it wrote: it is over, though it has no result yet. */
  effect?: { call: string; value: JsonValue }
  /** Functions of pages that its model was last shown: after a restart their pages have a moment to offer them again. */
  pageTools?: string[]
  /** True while a person has paused it. */
  paused?: boolean
  /** What a person decided about the call in `undecided`, until that is carried out. */
  decided?: { call: string; decision: 'repeat' | 'done' | 'not-done'; result?: JsonValue }
  /** True when it has ended, and its last turns could not be stored with that: a later kernel does so from the journal. */
  unsaved?: boolean
  /** The tool call of `parent` that this run answers: the call that is repeated after a crash finds it again. */
  parentCall?: string
  /** What this run may take besides its agent's limits. */
  budget?: Amounts
  /** Where the engine stood when the answer was last interrupted: what it takes to go on without a repeat. */
  cursor?: { model: string; tokens: number; seed: number | null }
}

/** The make-up of a window: with the turns, all it takes to send the same messages again. */
export interface WindowRecord {
  round: number
  /** Most tokens of the whole answer. */
  maxTokens: number
  /** Stretches of turns in the order they are shown, by index; `quoted` ones came back for the question after them. */
  shown: { from: number; to: number; quoted?: true }[]
  /** Tool results shown as a note only, by index of their turn. */
  shortened: number[]
  /** Working blocks in its head, with how much of each is shown in UTF-16 units; absent from what an earlier version began. */
  blocks?: (MemoryVersion & { units: number })[]
  /** Statements in its head that hold until further notice: which of those in a turn of the user's. */
  standing?: { turn: number; line: number }[]
  /** Experience shown before the question in a turn. */
  experience?: (MemoryVersion & { turn: number })[]
}

/** A memory as it was then: text that is not written down again can be forgotten. */
export interface MemoryVersion {
  id: string
  version: number
}

/**
 * A page of a conversation as the window knows it; its text is in `turns`. What it says of turns can be read off them again
 * at any time, so it is written behind: only what people and use added to it would be missed.
 */
export interface PageRecord extends Pick<
  ContextPage,
  'id' | 'agent' | 'from' | 'to' | 'state' | 'pinned' | 'faults' | 'usedAt' | 'trust' | 'stub'
> {
  /** Turns the conversation has from `from` to `to`. */
  turns: number
  /** Whether the question that all follows from is in it; the later parts of a long exchange have it in an earlier page. */
  begins: boolean
  /** Messages and tool calls, and UTF-8 bytes of all text. */
  items: number
  bytes: number
  /** Of those bytes what one model wrote in it, and its own count of them. */
  counted: { model: string; tokens: number; bytes: number } | null
  /** Put out by a person, so only a person brings it back. */
  held: boolean
  /** First turns of the pages that are quoted before its question; null until the question was looked up. */
  recalled: number[] | null
  /** Experience that is shown before its question, with the bytes each takes; null until it was looked up. */
  experience: (MemoryVersion & { bytes: number })[] | null
  /** What the user said in it that holds until further notice; empty once a person let go of it, which `released` says. */
  standing: string[]
  released: boolean
  /** What it is found by, once it was out and a question was looked up (context/page-digest.ts). */
  digest: Uint8Array<ArrayBuffer> | null
}

/** What was taken of one limit: an agent's in all, or in one day. Keyed by `account`, such as `agent:a1` or `agent:a1:2026-11-22`. */
export interface SpendingRecord extends Spent {
  account: string
  agent: string
  at: number
}

/** What was measured of a model, so that a later kernel need not guess again. Rates are per millisecond. */
export interface CalibrationRecord {
  model: string
  tokensPerByte: number | null
  /** What the chat template adds around a message or a tool. */
  tokensPerMessage: number | null
  /** Its window in tokens, as the engine last held it. */
  contextTokens: number | null
  prefillRate: number | null
  decodeRate: number | null
  loadMs: number | null
}

/** One event of the audit log: intent, decision and outcome are each their own. */
export interface AuditRecord {
  seq: number
  at: number
  epoch: number
  principal: Principal
  what: 'intent' | 'decision' | 'outcome'
  syscall: string
  call: string
  detail?: string
}

/** A model the user added, or what is known of a listed one beyond the catalogue. */
export interface ModelRecord {
  id: string
  name: string
  source: ModelSource
  contextTokens: number
  sizeBytes: number | null
  /** Memory it takes, in bytes, as its file tells; null or absent while that was not read. */
  memoryBytes?: number | null
  listed: boolean
  /** Bytes fetched so far of a download that is not complete; null when complete or none is needed. */
  partialBytes: number | null
  /** Strong validator (ETag) a resumed download must match. */
  etag: string | null
  stored: boolean
}

/** A memory as it is stored. */
export interface MemoryRecord extends Memory {
  /** Its number in vector indexes, given once and never again; the later of two was written later. */
  number: number
}

/** What a memory or a whiteboard entry was at an earlier version. */
export interface VersionRecord {
  /** Id of the memory or entry. */
  record: string
  version: number
  memory: Memory
  /** What was done to it, at which time, that ended this version. */
  ended: { at: number; by: Principal; what: 'updated' | 'superseded' | 'consolidated' | 'expired' | 'deleted' }
}

/** A set of vectors that one embedder made: the one in use, and the one that is being made to follow it. Holds a server's key. */
export interface CollectionRecord {
  /** Name of the set in `vectors`. */
  name: string
  embedder: EmbedderChoice
  dimensions: number | null
  /** Which edition of its own vectors the built-in embedder used (embeddings/param.ts); null for other embedders. */
  edition: number | null
  /** `old`: of no use any more; its vectors are being deleted. */
  state: 'current' | 'next' | 'old'
  startedAt: number
}

/** A piece of a vector index: rows, links, changes since then, or the list of what counts. */
export interface VectorSegmentRecord {
  /** Which index it belongs to. */
  collection: string
  segment: number
  /** With a header and a checksum of its own; only the driver reads it. */
  bytes: Uint8Array<ArrayBuffer>
}

/** Part of an import that waits to be taken in, at the boot that finds the mark (core/archive). Nothing else reads it. */
export interface StagedRecord {
  seq: number
  writes: readonly StagedWrite[]
}

export type StagedWrite =
  { op: 'put'; store: StoreName; value: object } | { op: 'delete-range'; store: StoreName; from: Key; to: Key }

export interface StoreRecords {
  meta: MetaRecord
  calls: CallRecord
  agents: Agent
  turns: Turn
  runs: RunRecord
  journal: JournalRecord
  memories: MemoryRecord
  shared: SharedEntry
  versions: VersionRecord
  collections: CollectionRecord
  models: ModelRecord
  audit: AuditRecord
  pages: PageRecord
  spending: SpendingRecord
  calibrations: CalibrationRecord
  vectors: VectorSegmentRecord
  files: FileRecord
  fileVersions: FileVersionRecord
  fileBlobs: FileBlobRecord
  fileSpaces: FileSpaceRecord
  staging: StagedRecord
}
export type StoreName = keyof StoreRecords

/** Path of each store's key; several paths make a compound key. */
export const KEY_PATHS = {
  meta: ['name'],
  calls: ['id'],
  agents: ['id'],
  turns: ['agent', 'index'],
  runs: ['id'],
  journal: ['run', 'seq'],
  memories: ['id'],
  shared: ['scope', 'id'],
  versions: ['record', 'version'],
  collections: ['name'],
  models: ['id'],
  audit: ['seq'],
  pages: ['agent', 'from'],
  spending: ['account'],
  calibrations: ['model'],
  vectors: ['collection', 'segment'],
  files: ['space', 'path'],
  fileVersions: ['space', 'path', 'version'],
  fileBlobs: ['space', 'hash'],
  fileSpaces: ['space'],
  staging: ['seq'],
} as const satisfies Record<StoreName, readonly string[]>
