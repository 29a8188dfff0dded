/** Both vector indexes in a real browser, on IndexedDB. */
import { afterAll, describe, expect, test } from 'vitest'
import { deleteDB } from 'idb'
import { deletionOf } from '../../kernel/core/memory/vector-index.ts'
import type { Database } from '../../kernel/core/storage/database.ts'
import { openIdbDatabase } from '../../kernel/drivers/idb/database.ts'
import { openVectors } from '../../kernel/drivers/vectors/index.ts'
import { openVoy } from '../../kernel/drivers/voy/index.ts'
import { createClock } from '../../kernel/drivers/web/clock.ts'
import { vectorFaults } from '../contract/vector-faults.ts'
import { vectorContract } from '../contract/vectors.ts'
import { near, vectorOf } from '../fixtures/vectors.ts'

const names: string[] = []
const database = (): Promise<Database> => {
  const name = `test-vectors-${crypto.randomUUID()}`
  names.push(name)
  return openIdbDatabase(name)
}
afterAll(async () => {
  for (const name of names) await deleteDB(name)
})

vectorContract('drivers/vectors, on IndexedDB', { open: openVectors, database, tolerance: 0.01, runs: 15 })
vectorContract('drivers/voy, on IndexedDB', { open: openVoy, database, tolerance: 1e-5, runs: 15 })
vectorFaults(
  'drivers/vectors, on IndexedDB',
  { open: openVectors, database, tolerance: 0.01, options: { graphFrom: 100 } },
  4_096,
)

describe('vectors on IndexedDB', () => {
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at)

  test('a saved graph of several segments is there at once when the page is opened again', async () => {
    const first = await database()
    const options = { collection: 'memories', dimensions: 64, clock: createClock(), graphFrom: 1_000 }
    const index = await openVectors({ ...options, database: first })
    const vector = (id: number): number[] => near(vectorOf(id % 50, 64), 0.8, id + 1_000)
    for (let start = 0; start < 6_000; start += 1_000) {
      await index.add(range(start, start + 1_000).map((id) => ({ id, vector: vector(id) })))
    }
    await index.save()
    const hits = await index.search(vector(4_321), 10)
    expect(hits[0]?.id).toBe(4_321)
    await index[Symbol.asyncDispose]()
    first.close()

    const second = await openIdbDatabase(names.at(-1)!)
    const again = await openVectors({ ...options, database: second })
    expect(again.stats()).toMatchObject({ vectors: 6_000, linked: 6_000, journaled: 0 })
    expect(await again.search(vector(4_321), 10)).toEqual(hits)
    await again[Symbol.asyncDispose]()
    await second.commit([deletionOf('memories')], 'relaxed')
    expect(await second.count('vectors')).toBe(0)
    second.close()
  })
})
