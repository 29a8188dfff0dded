/**
 * Model files in the origin private file system, by its asynchronous interface: a SharedWorker has no other. A folder a
 * model holds segments (`000000`, `000001`, …) and, once the file is complete, an empty file `complete`. A segment is
 * written to a swap file by the browser and appears whole when it is closed, so what is there is safe.
 */
import starterUrl from '../../../wasm/starter/starter.gguf?url'
import { HearthError } from '../../abi/index.ts'
import type { ModelBytes, ModelFiles } from '../../core/engines/model-files.ts'
import { fetchBytes } from '../http/fetch-bytes.ts'
import { noStorage, storageError } from './errors.ts'
import { SegmentWriter, segmentsOf } from './segments.ts'

const FOLDER = 'models'
const COMPLETE = 'complete'

/** Where the app's own files are, by the path the catalogue names them with. */
const BUNDLED: ReadonlyMap<string, string> = new Map([['starter.gguf', starterUrl]])

/** @param folder in the origin private file system; tests use their own. */
export function createOpfsModelFiles(folder: string = FOLDER): ModelFiles {
  const root = async (): Promise<FileSystemDirectoryHandle> => {
    // Older browsers and insecure pages have no such thing, whatever the types say.
    const { storage } = navigator as { storage?: Partial<StorageManager> }
    if (!storage?.getDirectory) throw noStorage('models cannot be kept')
    return (await navigator.storage.getDirectory()).getDirectoryHandle(folder, { create: true })
  }
  const find = async (model: string): Promise<FileSystemDirectoryHandle | null> => {
    try {
      return await (await root()).getDirectoryHandle(folderName(model))
    } catch (error) {
      if (isNotFound(error)) return null
      throw error
    }
  }

  return {
    open: guarded(async (model) => {
      const directory = await find(model)
      if (!directory || !(await has(directory, COMPLETE))) return null
      return new Blob(await segmentsOf(directory))
    }),

    async bundled(path, signal) {
      const url = BUNDLED.get(path)
      if (url === undefined) {
        throw new HearthError('not-found', `The app has no file “${path}”.`, { kind: 'bundled file', id: path })
      }
      const { chunks } = await fetchBytes(new URL(url, location.href).href, 0, null, signal)
      const parts: Uint8Array<ArrayBuffer>[] = []
      for await (const chunk of chunks) parts.push(chunk)
      return new Blob(parts) satisfies ModelBytes
    },

    writer: guarded(async (model) => {
      const directory = await (await root()).getDirectoryHandle(folderName(model), { create: true })
      const finish = async () => {
        await directory.getFileHandle(COMPLETE, { create: true })
      }
      return SegmentWriter.open(directory, finish)
    }),

    remove: guarded(async (model) => {
      const directory = await find(model)
      if (!directory) return 0
      const freed = await sizeOf(directory)
      await (await root()).removeEntry(folderName(model), { recursive: true })
      return freed
    }),

    async usage() {
      try {
        let sum = 0
        for await (const handle of (await root()).values()) {
          if (handle.kind === 'directory') sum += await sizeOf(handle)
        }
        return sum
      } catch (error) {
        throw await storageError(error)
      }
    },

    fetch: fetchBytes,
  }
}

/** Ids may hold what a file name may not. */
function folderName(model: string): string {
  return `m-${encodeURIComponent(model)}`
}

async function has(directory: FileSystemDirectoryHandle, name: string): Promise<boolean> {
  try {
    await directory.getFileHandle(name)
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

async function sizeOf(directory: FileSystemDirectoryHandle): Promise<number> {
  let sum = 0
  for await (const handle of directory.values()) if (handle.kind === 'file') sum += (await handle.getFile()).size
  return sum
}

function isNotFound(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'NotFoundError'
}

function guarded<R>(act: (model: string) => Promise<R>): (model: string) => Promise<R> {
  return async (model) => {
    try {
      return await act(model)
    } catch (error) {
      throw await storageError(error)
    }
  }
}
