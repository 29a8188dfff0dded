/** What the kernel tells of files. */
import type { SyscallResult } from '../../../sdk/index.ts'

export type FileInfo = SyscallResult<'files.list'>['files'][number]
export type FolderInfo = SyscallResult<'files.list'>['folders'][number]
export type FileVersion = SyscallResult<'files.history'>['versions'][number]
export type FileSpace = SyscallResult<'files.spaces'>['spaces'][number]
export type FileHit = SyscallResult<'files.search'>['hits'][number]
