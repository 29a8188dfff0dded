/** Files of agents: each agent has a space of its own, in which what is overwritten, moved or deleted can be brought back. */
import { FILE_CALL_BYTES } from '../kernel/abi/index.ts'
import type {
  FileInfo,
  FileSpace,
  FileVersion,
  SyscallEvent,
  SyscallInput,
  SyscallName,
  SyscallResult,
} from '../kernel/abi/index.ts'
import type { Call } from './call.ts'
import { follow } from './follow.ts'

/** `put`, `deleted` or `purged`; from now on. */
export type FileEvent = SyscallEvent<'files.watch'>
/** Files and folders of one page of a list. */
export type FileList = SyscallResult<'files.list'>
/** A file, the passage of it that matched, and how well; scores are comparable within one answer only. */
export type FileHit = SyscallResult<'files.search'>['hits'][number]

/** What a syscall takes besides the space and the path. */
type Options<N extends SyscallName> = Partial<Omit<SyscallInput<N>, 'space' | 'path'>>

/** `ifVersion` refuses when somebody else wrote meanwhile; `outside` marks what nobody here wrote. */
export type WriteOptions = Omit<Options<'files.write'>, 'contents'>

/** `hearth.files`: the spaces of all agents. */
export interface Files {
  /** Spaces in which there ever was a file. */
  spaces(): Promise<FileSpace[]>
  /** @param agent its id */
  space(agent: string): AgentFiles
}

/** Paths are parts joined by slashes, such as `notes/plan.md`; they cannot leave the space. */
export interface AgentFiles {
  /** As `write`. @throws HearthError `conflict` when the file is there. */
  create(path: string, contents?: string | Uint8Array<ArrayBuffer>): Promise<FileInfo>
  /** At most 8 MiB; `import` takes more. @throws HearthError `conflict` with the version it is at, `over-limit`, `storage-full`. */
  write(path: string, contents: string | Uint8Array<ArrayBuffer>, options?: WriteOptions): Promise<FileInfo>
  /** Its bytes, or some: 8 MiB at most. @throws HearthError `not-found`; `file-damaged` with the last version that is whole. */
  read(path: string, options?: Omit<Options<'files.read'>, 'as'>): Promise<Uint8Array<ArrayBuffer>>
  /** The same of a text file. @throws HearthError `bad-request` when it is none. */
  text(path: string, options?: Omit<Options<'files.read'>, 'as'>): Promise<string>
  /** What is in a folder; in the whole space, unless one is named. `next` is the `after` of the next page. */
  list(folder?: string, options?: Options<'files.list'>): Promise<FileList>
  /** A file or a folder. @throws HearthError `conflict` when something is at `to`. */
  move(path: string, to: string): Promise<void>
  /** A file or a folder; it can be brought back. @throws HearthError `not-found`. */
  delete(path: string): Promise<void>
  /** Newest first. */
  history(path: string): Promise<FileVersion[]>
  /** Makes a file what it was, or a folder (`''` for the space) what it was at a moment. Can itself be rolled back. */
  rollback(path: string, to: SyscallInput<'files.rollback'>['to']): Promise<SyscallResult<'files.rollback'>>
  /** By name, words and meaning, best first. */
  search(query: string, options?: Options<'files.search'> & { path?: string }): Promise<FileHit[]>
  /** Changes from now on, of one folder or file if it is named. Leaving the loop ends it. */
  watch(path?: string, options?: { signal?: AbortSignal }): AsyncIterable<FileEvent>
  /** Deletes for good, with all versions: files that are `deleted`, the `history` of the others, or `all`. */
  purge(path: string, what: SyscallInput<'files.purge'>['what']): Promise<SyscallResult<'files.purge'>>
  /**
   * A file of the device, of any size up to a gibibyte; aborting leaves nothing of it.
   * @param path its own name unless given
   * @throws HearthError `conflict`, `over-limit`, `storage-full`, `cancelled`.
   */
  import(
    file: File,
    path?: string,
    options?: Omit<WriteOptions, 'append'> & { signal?: AbortSignal | undefined },
  ): Promise<FileInfo>
  /** A whole file, to be saved on the device. @throws HearthError `not-found`; `file-damaged`; `cancelled`. */
  export(path: string, options?: { signal?: AbortSignal | undefined }): Promise<Blob>
}

/** @internal */
export function createFiles(call: Call): Files {
  return {
    spaces: async () => (await call('files.spaces', {})).spaces,
    space: (space) => spaceOf(call, space),
  }
}

function spaceOf(call: Call, space: string): AgentFiles {
  const write: AgentFiles['write'] = (path, contents, options) =>
    call('files.write', { ...options, space, path, contents })
  return {
    create: (path, contents = '') => write(path, contents, { ifVersion: 0 }),
    write,
    read: async (path, options) => (await call('files.read', { ...options, space, path })).bytes ?? new Uint8Array(),
    text: async (path, options) => (await call('files.read', { ...options, space, path, as: 'text' })).text ?? '',
    list: (path = '', options) => call('files.list', { ...options, space, path }),
    move: async (path, to) => void (await call('files.move', { space, path, to })),
    delete: async (path) => void (await call('files.delete', { space, path })),
    history: async (path) => (await call('files.history', { space, path })).versions,
    rollback: (path, to) => call('files.rollback', { space, path, to }),
    search: async (query, options) => (await call('files.search', { ...options, space, query })).hits,
    watch: (path = '', { signal } = {}) => follow(call, 'files.watch', { space, path }, signal),
    purge: (path, what) => call('files.purge', { space, path, what }),

    async import(file, path = file.name, { signal, ...options } = {}) {
      const args = { type: file.type || undefined, ...options, space, path }
      const bytes = async (from: number) => new Uint8Array(await file.slice(from, from + FILE_CALL_BYTES).arrayBuffer())
      if (file.size <= FILE_CALL_BYTES) return call('files.write', { ...args, contents: await bytes(0) }, { signal })
      const { upload } = await call('files.upload', { ...args, bytes: file.size }, { signal })
      try {
        for (let at = 0; at < file.size; at += FILE_CALL_BYTES) {
          await call('files.part', { upload, at, contents: await bytes(at) }, { signal })
        }
        return await call('files.finish', { upload }, { signal })
      } catch (error) {
        await call('files.abandon', { upload }).catch(() => {})
        throw error
      }
    },
    async export(path, { signal } = {}) {
      const read = async (from: number, version?: number) => {
        const { bytes, ...read } = await call('files.read', { space, path, from, version }, { signal })
        // A blob each: the browser then keeps large ones on disk.
        return { ...read, blob: new Blob(bytes && [bytes]) }
      }
      const first = await read(0)
      const { version, bytes, type } = first.version
      const parts = [first.blob]
      // Two at a time, as one is read while the other is on its way; all of one version, though it is overwritten meanwhile.
      for (let at = first.to; at < bytes; at += 2 * FILE_CALL_BYTES) {
        const both = [at, at + FILE_CALL_BYTES].filter((from) => from < bytes)
        parts.push(...(await Promise.all(both.map(async (from) => (await read(from, version)).blob))))
      }
      return new Blob(parts, { type })
    },
  }
}
