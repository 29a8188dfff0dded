/** Every syscall by name. The types of a call follow from its schemas. */
import type * as z from 'zod'
import { agentSyscalls } from './agent.ts'
import { archiveSyscalls } from './archive.ts'
import { contextSyscalls } from './context.ts'
import { embeddingSyscalls } from './embedding.ts'
import { filesSyscalls } from './files.ts'
import { kernelSyscalls } from './kernel.ts'
import { llmSyscalls } from './llm.ts'
import { memorySyscalls } from './memory.ts'
import { modelSyscalls } from './model.ts'
import { sharedSyscalls } from './shared.ts'
import { toolSyscalls } from './tool.ts'

export const syscalls = {
  ...kernelSyscalls,
  ...modelSyscalls,
  ...agentSyscalls,
  ...llmSyscalls,
  ...toolSyscalls,
  ...memorySyscalls,
  ...sharedSyscalls,
  ...filesSyscalls,
  ...embeddingSyscalls,
  ...contextSyscalls,
  ...archiveSyscalls,
} as const

export type Syscalls = typeof syscalls
export type SyscallName = keyof Syscalls

/** What a caller writes: fields with defaults may be left out. */
export type SyscallInput<N extends SyscallName> = z.input<Syscalls[N]['args']>
/** What the handler gets: checked, defaults filled in. */
export type SyscallArgs<N extends SyscallName> = z.output<Syscalls[N]['args']>
export type SyscallEvent<N extends SyscallName> = z.output<Syscalls[N]['event']>
export type SyscallResult<N extends SyscallName> = z.output<Syscalls[N]['result']>
