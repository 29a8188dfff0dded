/** hnswlib-wasm: the C++ library compiled by Emscripten, with the same M and widths as ours. */
import type { HierarchicalNSW, HnswlibModule } from 'hnswlib-wasm'
import { VECTOR_BUILD_WIDTH, VECTOR_SEARCH_WIDTH } from '../../../../kernel/core/memory/param.ts'
import { DIMENSIONS, vectorAt } from '../data.ts'
import { NotFinished, OWNER, ownerOf } from '../subject.ts'
import type { Subject } from '../subject.ts'

const LINKS = 16
const FILE = 'bench.dat'
const AT_ONCE = 1_000

export async function createHnswlib(): Promise<Subject> {
  const { loadHnswlib } = await import('hnswlib-wasm')
  const library = (await loadHnswlib()) as HnswlibModule & { HEAPU8?: Uint8Array }
  let index: HierarchicalNSW | undefined
  let room = 0
  const sync = (read: boolean): Promise<void> =>
    new Promise((resolve) => void library.EmscriptenFileSystemManager.syncFS(read, () => resolve()))
  const rows = (query: Float32Array, k: number, filter?: (row: number) => boolean): number[] =>
    index?.searchKnn(query, k, filter).neighbors ?? []
  return {
    async build(data, late) {
      room = data.count + 200
      index = new library.HierarchicalNSW('cosine', DIMENSIONS, '')
      index.initIndex(room, LINKS, VECTOR_BUILD_WIDTH, 1)
      for (let start = 0; start < data.count; start += AT_ONCE) {
        const labels = Array.from({ length: Math.min(AT_ONCE, data.count - start) }, (_, at) => start + at)
        index.addPoints(
          labels.map((row) => vectorAt(data, row)),
          labels,
          false,
        )
        if (late()) throw new NotFinished()
      }
      index.setEfSearch(VECTOR_SEARCH_WIDTH)
    },
    addOne: (row, vector) => index?.addPoint(vector, row, false),
    search: (query, k) => rows(query, k),
    filtered: (query, k) => rows(query, k, (row) => ownerOf(row) === OWNER),
    async save() {
      library.EmscriptenFileSystemManager.initializeFileSystem('IDBFS')
      await sync(true)
      await index?.writeIndex(FILE)
      await sync(false)
      return storedBytes()
    },
    async load() {
      index = new library.HierarchicalNSW('cosine', DIMENSIONS, '')
      await sync(true)
      await index.readIndex(FILE, room)
      index.setEfSearch(VECTOR_SEARCH_WIDTH)
    },
    bytes: () => library.HEAPU8?.buffer.byteLength ?? null,
    note: 'loads in the same page: its files are still in memory',
  }
}

/** Emscripten's IDBFS keeps files as records in a database named by the folder. */
async function storedBytes(): Promise<number> {
  const name = (await indexedDB.databases()).map((database) => database.name).find((each) => each?.includes('hnswlib'))
  if (name === undefined) return NaN
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open(name)
    opening.onsuccess = () => resolve(opening.result)
    opening.onerror = () => reject(opening.error ?? new Error('not opened'))
  })
  const files = await new Promise<{ contents?: Uint8Array }[]>((resolve, reject) => {
    const reading = database.transaction('FILE_DATA').objectStore('FILE_DATA').getAll()
    reading.onsuccess = () => resolve(reading.result as { contents?: Uint8Array }[])
    reading.onerror = () => reject(reading.error ?? new Error('not read'))
  })
  database.close()
  return files.reduce((sum, { contents }) => sum + (contents?.length ?? 0), 0)
}
