/** All that the SDK and the panel may import from the kernel. */

// Errors
export { HearthError, toWire, type ErrorCode, type ErrorData, type WireError } from './errors.ts'

// Frames, in both directions
export type {
  CallFrame,
  CancelFrame,
  ClientFrame,
  HelloFrame,
  KernelFrame,
  LendKind,
  LendReplyFrame,
  SettledCall,
} from './frames.ts'

// Limits a client should respect
export * from './limits.ts'

// Where values come from
export type { Principal, Provenance } from './provenance.ts'

// Syscalls, by family
export type * from './syscalls/index.ts'
export type { JsonSchema, JsonValue } from './syscalls/common.ts'
export type {
  Agent,
  AgentSettings,
  Limits,
  Run,
  RunEvent,
  RunState,
  Sampling,
  ToolCall,
  ToolOutcome,
  Turn,
} from './syscalls/agent.ts'
export type {
  ArchiveContents,
  ArchiveKind,
  ArchiveProgress,
  ImportReport,
  MergePolicy,
  StorageKind,
} from './syscalls/archive.ts'
export type { ContextMemory, ContextPage, ContextWindow } from './syscalls/context.ts'
export type { KernelEvent, KernelInfo, KernelStats, StorageReport } from './syscalls/kernel.ts'
export type { ChatChunk, ChatCompletion, ChatMessage, ChatRequest } from './syscalls/llm.ts'
export type { EmbedderChoice, EmbedderInfo, EmbeddingState } from './syscalls/embedding.ts'
export type {
  ConsolidationReport,
  Experience,
  Memory,
  MemoryFilter,
  MemoryKind,
  MemoryLink,
  NewMemory,
} from './syscalls/memory.ts'
export type { SharedEntry } from './syscalls/shared.ts'
export type { FileInfo, FileSpace, FileVersion, FolderInfo } from './syscalls/files.ts'
export type {
  DeviceReport,
  EngineKind,
  ModelInfo,
  ModelSource,
  ModelState,
  Placement,
  Progress,
  Usage,
} from './syscalls/model.ts'
export type { ToolInfo, ToolInvocation, ToolManifest } from './syscalls/tool.ts'
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
} from './syscalls/scheduling.ts'
