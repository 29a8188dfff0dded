/**
 * Contents of files in the origin private file system, one file a chunk, by its asynchronous interface: a SharedWorker has no
 * other. The browser writes to a swap file and puts it in place when it is closed, so a name holds old bytes, new ones, or none.
 */
import type { FileBlobs } from '../../core/files/file-blobs.ts'
import { sha256 } from '../web/sha256.ts'
import { noStorage, storageError } from './errors.ts'

const FOLDER = 'files'
const NAME = /^[0-9a-f]{64}$/

/** Files whose size is asked for at the same time. */
const SIZES_AT_ONCE = 32

/** @param folder in the origin private file system; tests use their own */
export function createOpfsFileBlobs(folder: string = FOLDER): FileBlobs {
  let opening: Promise<FileSystemDirectoryHandle> | null = null

  /** Kept, as asking for it takes half as long as a small read; not after a failure, or when it was deleted underneath. */
  function directory(): Promise<FileSystemDirectoryHandle> {
    opening ??= open(folder).catch((error: unknown) => {
      opening = null
      throw error
    })
    return opening
  }

  async function guarded<R>(act: (directory: FileSystemDirectoryHandle) => Promise<R>): Promise<R> {
    try {
      return await act(await directory())
    } catch (error) {
      opening = null
      throw await storageError(error)
    }
  }

  return {
    hash: sha256,
    async write(hash, bytes) {
      const act = async (files: FileSystemDirectoryHandle): Promise<void> => {
        const stream = await (await files.getFileHandle(hash, { create: true })).createWritable()
        try {
          await stream.write(bytes)
          await stream.close()
        } catch (error) {
          await stream.abort().catch(() => {})
          throw error
        }
      }
      await guarded((files) =>
        act(files).catch(async (error: unknown) => {
          if (!isNotFound(error)) throw error
          // Site data was cleared underneath.
          opening = null
          await act(await directory())
        }),
      )
    },
    read: (hash) =>
      guarded(async (files) => {
        try {
          const file = await (await files.getFileHandle(hash)).getFile()
          return new Uint8Array(await file.arrayBuffer())
        } catch (error) {
          if (isNotFound(error)) return null
          throw error
        }
      }),
    remove: (hash) =>
      guarded(async (files) => {
        try {
          await files.removeEntry(hash)
        } catch (error) {
          if (!isNotFound(error)) throw error
        }
      }),
    async *list() {
      try {
        for await (const name of (await directory()).keys()) if (NAME.test(name)) yield name
      } catch (error) {
        opening = null
        throw await storageError(error)
      }
    },
    usage: () =>
      guarded(async (files) => {
        let sum = 0
        let asked: Promise<number>[] = []
        const settle = async (): Promise<void> => {
          for (const bytes of await Promise.all(asked)) sum += bytes
          asked = []
        }
        for await (const handle of files.values()) {
          if (handle.kind === 'file') asked.push(sizeOf(handle))
          if (asked.length === SIZES_AT_ONCE) await settle()
        }
        await settle()
        return sum
      }),
    clear: () =>
      guarded(async () => {
        const root = await navigator.storage.getDirectory()
        opening = null
        await root.removeEntry(folder, { recursive: true })
      }),
  }
}

async function open(folder: string): Promise<FileSystemDirectoryHandle> {
  // Older browsers and insecure pages have no such thing, whatever the types say.
  const { storage } = navigator as { storage?: Partial<StorageManager> }
  if (!storage?.getDirectory) throw noStorage('files cannot be kept')
  return (await navigator.storage.getDirectory()).getDirectoryHandle(folder, { create: true })
}

/** One that goes meanwhile has none. */
const sizeOf = (handle: FileSystemFileHandle): Promise<number> =>
  handle.getFile().then(
    ({ size }) => size,
    () => 0,
  )

const isNotFound = (error: unknown): boolean => error instanceof DOMException && error.name === 'NotFoundError'
