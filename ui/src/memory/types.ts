/** Names for what the memory syscalls take and give. */
import type { Memory, SyscallInput, SyscallResult } from '../../../sdk/index.ts'

export type { Memory }
export type MemoryVersion = SyscallResult<'memory.history'>['versions'][number]
export type MemoryKind = Memory['kind']
export type Experience = NonNullable<Memory['experience']>
export type NewMemory = SyscallInput<'memory.add'>
export type Changes = Omit<SyscallInput<'memory.update'>, 'id' | 'ifVersion'>
export type MemoryFilter = Omit<SyscallInput<'memory.list'>, 'before' | 'limit'>
export type Found = SyscallResult<'memory.search'>
export type Hit = Found['hits'][number]
export type ScoreParts = Hit['parts']
export type Explanation = SyscallResult<'memory.explain'>
export type Consolidation = SyscallResult<'memory.consolidation'>
export type EmbeddingState = SyscallResult<'embedding.state'>
export type EmbedderInfo = EmbeddingState['current']
export type EmbedderChoice = SyscallInput<'embedding.use'>['embedder']

/** A line of the list: a memory, and how well it fits what was searched for. */
export interface Row {
  readonly memory: Memory
  readonly hit?: Hit
}
