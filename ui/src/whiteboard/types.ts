/** Names for what the whiteboard's syscalls give. */
import type { SyscallResult } from '../../../sdk/index.ts'

export type SharedEntry = SyscallResult<'shared.get'>
export type Namespace = SyscallResult<'shared.namespaces'>['namespaces'][number]
