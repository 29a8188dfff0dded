/** How fast memory can be read at all, and how close the scan comes: the same bytes, read and added up, against searched. */
import { VECTORS_PER_CHANGE } from '../../../kernel/core/memory/param.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { openVectors } from '../../../kernel/drivers/vectors/index.ts'
import { createInstance } from '../../../kernel/drivers/vectors/instance.ts'
import { createClock } from '../../../kernel/drivers/web/clock.ts'
import { DIMENSIONS, makeData, vectorAt } from './data.ts'

const ROUNDS = 30

/** Bytes per second; of each the best of ROUNDS, because whatever disturbs only slows down. */
export async function measureBandwidth(count: number): Promise<{ read: number; scan: number; bytes: number }> {
  const bytes = count * DIMENSIONS
  const shape = { dimensions: DIMENSIONS, floats: false, cosine: true, memoryBytes: bytes + 64 * 1024 * 1024 }
  const instance = await createInstance(shape)
  const { call } = instance
  const at = instance.reserve(bytes)
  // Written once: memory that nobody wrote to is one page of zeros again and again, which no one has to fetch.
  instance.bytes(at, bytes).fill(1)
  let read = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now()
    call.readBytes(at, bytes)
    read = Math.min(read, performance.now() - started)
  }

  const data = makeData(count, ROUNDS)
  const database = createMemoryDatabase()
  const options = { collection: 'bandwidth', dimensions: DIMENSIONS, database, clock: createClock() }
  await using index = await openVectors({ ...options, graphFrom: Infinity })
  for (let start = 0; start < count; start += VECTORS_PER_CHANGE) {
    const length = Math.min(VECTORS_PER_CHANGE, count - start)
    await index.add(Array.from({ length }, (_, row) => ({ id: start + row, vector: vectorAt(data, start + row) })))
  }
  let scan = Infinity
  for (const query of data.queries) {
    const started = performance.now()
    await index.search(query, 10, { exact: true })
    scan = Math.min(scan, performance.now() - started)
  }
  return { read: (bytes / read) * 1000, scan: (bytes / scan) * 1000, bytes }
}
