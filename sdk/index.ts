/**
 * Hearth's client library: starts or joins this origin's kernel and talks to it.
 *
 * Everything a page may use is exported here and nothing else is public. No call hangs: each settles once, with a
 * result or with a {@link HearthError} whose `code` says what happened and whose message says what to do next.
 */

// Starting
export { connect, type ConnectOptions } from './connect.ts'
export type { Hearth } from './hearth.ts'
export type { Call, CallOptions, ConnectionEvent, ConnectionState, HearthEvent, Listener, On } from './call.ts'

// Errors
export { HearthError, type ErrorCode, type ErrorData, type WireError } from '../kernel/abi/index.ts'

// Models
export type { AddFileOptions, AddModelOptions, LoadOptions, ModelAddress, ModelList, Models } from './models.ts'
export type {
  DeviceReport,
  EngineKind,
  ModelInfo,
  ModelSource,
  ModelState,
  Placement,
  Progress,
  Usage,
} from '../kernel/abi/index.ts'

// Agents, their conversations and their runs
export type { AgentChanges, AgentHandle, AgentOptions, Agents, History, RunOptions } from './agents.ts'
export type { CallDecision, Niceness, RunList, Runs, WatchOptions } from './runs.ts'
export type { RunStream } from './run-stream.ts'
export type {
  Agent,
  AgentSettings,
  Run,
  RunEvent,
  RunState,
  Sampling,
  ToolCall,
  ToolOutcome,
  Turn,
} from '../kernel/abi/index.ts'

// One answer without an agent, in OpenAI's shape
export type { ChatParams, ChatStream, Completions, Llm } from './llm.ts'
export type { ChatChunk, ChatCompletion, ChatMessage, ChatRequest } from '../kernel/abi/index.ts'

// Tools, a page's own functions among them
export type { PageTool, ToolContext, ToolRegistration, Tools } from './tools.ts'
export type { JsonSchema, JsonValue, ToolInfo, ToolManifest } from '../kernel/abi/index.ts'

// Memory
export type {
  MemoryChanges,
  MemoryEvent,
  MemoryExplanation,
  MemoryFilter,
  MemoryHit,
  MemoryPage,
  MemoryStore,
  NewMemory,
  SearchOptions,
} from './memory.ts'
export type { Experience, Memory, MemoryKind, MemoryLink } from '../kernel/abi/index.ts'

// What memory is searched by meaning with
export type { Embedding } from './embedding.ts'
export type { EmbedderChoice, EmbedderInfo, EmbeddingState } from '../kernel/abi/index.ts'

// The whiteboard
export type { SetOptions, Shared, SharedEvent } from './shared.ts'
export type { SharedEntry } from '../kernel/abi/index.ts'

// Files of agents
export type { AgentFiles, FileEvent, FileHit, FileList, Files, WriteOptions } from './files.ts'
export type { FileInfo, FileSpace, FileVersion, FolderInfo } from '../kernel/abi/index.ts'

// Context windows
export type { Context, ContextView } from './context.ts'

// Everything in one file
export type { Archive, ArchiveOptions, ArchivePart, ImportOptions } from './archive.ts'
export type {
  ArchiveContents,
  ArchiveKind,
  ArchiveProgress,
  ImportReport,
  MergePolicy,
  StorageKind,
} from '../kernel/abi/index.ts'

// The kernel itself
export type { KernelControl } from './kernel.ts'
export type { KernelEvent, KernelInfo, KernelStats, StorageReport } from '../kernel/abi/index.ts'

// Who gets tokens next, and how many
export type {
  Amounts,
  Budget,
  BudgetState,
  SchedulerEngine,
  SchedulerJob,
  SchedulerSample,
  SchedulingClass,
  SchedulingPolicy,
  SlotSlice,
  Spent,
} from '../kernel/abi/index.ts'

// What of a conversation the model sees
export type { ContextMemory, ContextPage, ContextWindow } from '../kernel/abi/index.ts'

// Every syscall by name, for `hearth.call`
export type { SyscallEvent, SyscallInput, SyscallName, SyscallResult } from '../kernel/abi/index.ts'
export type { Principal, Provenance } from '../kernel/abi/index.ts'
