/** Our own index, on the database of the runtime: IndexedDB in a browser, its in-memory twin in Node. */
import type { VectorIndex, VectorIndexOptions } from '../../../../kernel/core/memory/vector-index.ts'
import type { Database } from '../../../../kernel/core/storage/database.ts'
import { VECTORS_PER_CHANGE } from '../../../../kernel/core/memory/param.ts'
import { openIdbDatabase } from '../../../../kernel/drivers/idb/database.ts'
import { createMemoryDatabase } from '../../../../kernel/drivers/memory/database.ts'
import { openVectors } from '../../../../kernel/drivers/vectors/index.ts'
import { createClock } from '../../../../kernel/drivers/web/clock.ts'
import { DIMENSIONS, vectorAt } from '../data.ts'
import { NotFinished, OWNER, ownerOf } from '../subject.ts'
import type { Subject } from '../subject.ts'

const NAME = 'bench-vectors'
const inBrowser = 'indexedDB' in globalThis

export function createHearth(options: Pick<VectorIndexOptions, 'precision'>, exact = false): Subject {
  let database: Database | undefined
  let index: VectorIndex | undefined
  const open = async (): Promise<VectorIndex> => {
    database = inBrowser ? await openIdbDatabase(NAME) : (database ?? createMemoryDatabase())
    return openVectors({ collection: 'bench', dimensions: DIMENSIONS, database, clock: createClock(), ...options })
  }
  const own = (): VectorIndex => {
    if (index === undefined) throw new Error('build first')
    return index
  }
  const rows = async (query: Float32Array, k: number, filter: object = {}): Promise<number[]> =>
    (await own().search(query, k, { exact, ...filter })).map(({ id }) => id)

  return {
    async build(data, late) {
      index = await open()
      for (let start = 0; start < data.count; start += VECTORS_PER_CHANGE) {
        const length = Math.min(VECTORS_PER_CHANGE, data.count - start)
        await index.add(
          Array.from({ length }, (_, at) => ({
            id: start + at,
            vector: vectorAt(data, start + at),
            attributes: { owner: ownerOf(start + at) },
          })),
        )
        if (late()) throw new NotFinished()
      }
      await index.save()
    },
    addOne: (row, vector) => own().add([{ id: row, vector, attributes: { owner: ownerOf(row) } }]),
    search: (query, k) => rows(query, k),
    filtered: (query, k) => rows(query, k, { filter: { owners: [OWNER] } }),
    async save() {
      await own().save()
      const range = { from: ['bench', 0], to: ['bench', Number.MAX_SAFE_INTEGER] }
      const records = (await database?.list('vectors', range)) ?? []
      return records.reduce((sum, { bytes }) => sum + bytes.length, 0)
    },
    async load() {
      await own()[Symbol.asyncDispose]()
      if (inBrowser) database?.close()
      index = await open()
    },
    bytes: () => own().stats().memoryBytes,
  }
}
