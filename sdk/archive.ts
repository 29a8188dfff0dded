/** Everything in one file, and back; and everything deleted. */
import type { ArchiveContents, ArchiveProgress, ImportReport, MergePolicy, SyscallResult } from '../kernel/abi/index.ts'
import type { Call } from './call.ts'

/** The next bytes of an export, how far it is, and whether this was the last. */
export type ArchivePart = SyscallResult<'archive.export'>

/** What anything with an archive takes. */
export interface ArchiveOptions {
  /** Aborting leaves everything as it was. */
  signal?: AbortSignal | undefined
  /** Bytes done and in all, now and then. */
  onProgress?: ((progress: ArchiveProgress) => void) | undefined
}

/** How an archive is taken in. */
export interface ImportOptions extends ArchiveOptions {
  /** What becomes of what is here already: it stays (`keep`, the default), or the file's takes its place (`replace`). */
  existing?: MergePolicy | undefined
}

/** `hearth.archive`: everything of this origin that is a person’s. */
export interface Archive {
  /** All agents, conversations, memories, files and settings. `leftOut` names files whose contents are damaged. */
  export(options?: ArchiveOptions): Promise<{ file: Blob; leftOut: string[] }>
  /** The same, to be written elsewhere: the bytes of each `part`, in order. */
  parts(options?: ArchiveOptions): AsyncGenerator<ArchivePart, void, undefined>
  /** Checks all of a file and says what is in it; changes nothing. @throws HearthError `bad-archive`. */
  inspect(file: Blob, options?: ArchiveOptions): Promise<ArchiveContents>
  /**
   * Takes all of it in, or nothing. The kernel starts anew with it: wait for `connected` before you read.
   * @throws HearthError `bad-archive`, `over-limit`, `storage-full`, `conflict`.
   */
  import(file: Blob, contents: ArchiveContents, options?: ImportOptions): Promise<ImportReport>
  /** Deletes everything of this site for good. `confirm` is what a person typed: `erase everything`. */
  erase(confirm: 'erase everything'): Promise<void>
}

export function createArchive(call: Call): Archive {
  async function* parts({ signal, onProgress }: ArchiveOptions = {}): AsyncGenerator<ArchivePart, void, undefined> {
    for (let last: ArchivePart | undefined; !last?.done; onProgress?.(last.progress)) {
      yield (last = await call('archive.export', { export: last?.export }, { signal }))
    }
  }
  return {
    parts,
    async export(options) {
      // A blob each: the browser then keeps large ones on disk.
      const blobs: Blob[] = []
      let left: string[] = []
      for await (const { part, leftOut } of parts(options)) {
        blobs.push(new Blob([part]))
        left = leftOut
      }
      return { file: new Blob(blobs), leftOut: left }
    },
    inspect: (file, { signal, onProgress } = {}) => call('archive.inspect', { file }, { signal, onEvent: onProgress }),
    import: (file, { sha256 }, { signal, onProgress, existing } = {}) =>
      call('archive.import', { file, sha256, existing }, { signal, onEvent: onProgress }),
    erase: async (confirm) => void (await call('kernel.erase', { confirm })),
  }
}
