/** The graph and the segments of drivers/vectors, with as many vectors as it takes. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { VectorIndex, VectorIndexOptions } from '../../../kernel/core/memory/vector-index.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { openVectors } from '../../../kernel/drivers/vectors/index.ts'
import { createClock } from '../../../kernel/drivers/web/clock.ts'
import { near, vectorOf } from '../../fixtures/vectors.ts'

const COUNT = 6_000
const DIMENSIONS = 32

/** Around one of 60 topics, as embeddings are. */
const clustered = (id: number): number[] => near(vectorOf(id % 60, DIMENSIONS), 0.8, id + 1_000)
const entry = (id: number) => ({ id, vector: clustered(id), attributes: { owner: id % 10, time: id } })
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at)

describe('a graph', () => {
  let database: Database
  let index: VectorIndex
  const open = (more: Partial<VectorIndexOptions> = {}): Promise<VectorIndex> =>
    openVectors({
      collection: 'graph',
      dimensions: DIMENSIONS,
      database,
      clock: createClock(),
      graphFrom: 1_000,
      ...more,
    })
  const addAll = async (from = 0, to = COUNT): Promise<void> => {
    for (let start = from; start < to; start += 1_000) {
      await index.add(range(start, Math.min(to, start + 1_000)).map(entry))
    }
  }
  /** Share of the ten best, by a scan of the same index, that a search finds. */
  const recall = async (filter = {}): Promise<number> => {
    let found = 0
    let all = 0
    for (let query = 0; query < 50; query++) {
      const vector = near(clustered(query * 101), 0.2, query)
      const best = new Set((await index.search(vector, 10, { exact: true, filter })).map(({ id }) => id))
      const hits = await index.search(vector, 10, { filter })
      all += best.size
      found += hits.filter(({ id }) => best.has(id)).length
    }
    return found / all
  }

  beforeEach(async () => {
    database = createMemoryDatabase()
    index = await open()
  })
  afterEach(() => index[Symbol.asyncDispose]())

  test('finds nearly all of what a scan finds, with and without a filter', async () => {
    await addAll()
    await index.save()
    expect(index.stats()).toMatchObject({ vectors: COUNT, linked: COUNT, tombstones: 0, problem: null })
    expect(await recall()).toBeGreaterThan(0.97)
    expect(await recall({ owners: [1, 2, 3, 4, 5, 6, 7, 8] })).toBeGreaterThan(0.97)
    expect(await recall({ owners: [3] })).toBeGreaterThan(0.97)
    expect(await recall({ from: COUNT - 5 })).toBe(1)
  })

  test('finds what was added a moment ago, while it is still being built', async () => {
    for (let start = 0; start < COUNT; start += 500) {
      await index.add(range(start, start + 500).map(entry))
      expect((await index.search(clustered(start + 499), 1))[0]?.id).toBe(start + 499)
      await index.remove([start + 499])
      expect((await index.search(clustered(start + 499), 1))[0]?.id).not.toBe(start + 499)
    }
  })

  test('is there at once after a restart, and goes on from where it was', async () => {
    await addAll(0, 5_000)
    await index.save()
    const before = await index.search(clustered(7), 10)
    await index[Symbol.asyncDispose]()
    index = await open()
    expect(index.stats()).toMatchObject({ vectors: 5_000, linked: 5_000, journaled: 0 })
    expect(await index.search(clustered(7), 10)).toEqual(before)
    await addAll(5_000)
    await index.save()
    expect(index.stats().linked).toBe(COUNT)
    expect(await recall()).toBeGreaterThan(0.97)
  })

  test('is mended around what was removed or moved, so that the rest stays reachable', async () => {
    await addAll()
    await index.save()
    // Whole topics go, and half of the others.
    const gone = range(0, COUNT).filter((id) => id % 60 < 10 || id % 2 === 0)
    for (let start = 0; start < gone.length; start += 1_000) await index.remove(gone.slice(start, start + 1_000))
    const moved = range(0, COUNT).filter((id) => id % 60 === 11)
    await index.update(moved.map((id) => ({ id, vector: near(vectorOf(12, DIMENSIONS), 0.8, id) })))
    await index.save()
    expect(index.stats()).toMatchObject({ vectors: COUNT - gone.length, linked: COUNT - gone.length })
    expect(index.stats().tombstones).toBeLessThan(COUNT * 0.2)
    expect(await recall()).toBeGreaterThan(0.97)
    for (let query = 0; query < 20; query++) {
      for (const { id } of await index.search(clustered(query), 10)) expect(gone.includes(id)).toBe(false)
    }
    await index[Symbol.asyncDispose]()
    index = await open()
    expect(await recall()).toBeGreaterThan(0.97)
  })

  test('can lose everything and be filled again', async () => {
    await addAll(0, 3_000)
    await index.save()
    for (const start of [0, 1_000, 2_000]) await index.remove(range(start, start + 1_000))
    expect(await index.search(clustered(1), 10)).toEqual([])
    await index.save()
    expect(index.stats()).toMatchObject({ vectors: 0, linked: 0, tombstones: 0 })
    await addAll()
    await index.save()
    expect(await recall()).toBeGreaterThan(0.97)
  })

  test('searches by float32 what it walks to by int8', async () => {
    await index[Symbol.asyncDispose]()
    index = await open({ precision: 'float32', collection: 'floats' })
    await addAll()
    await index.save()
    expect(await recall()).toBeGreaterThan(0.97)
    const [hit] = await index.search(clustered(5), 1)
    expect(hit?.id).toBe(5)
    expect(Math.abs(hit!.score - 1)).toBeLessThan(1e-6)
  })

  test('searches by inner product too', async () => {
    await index[Symbol.asyncDispose]()
    index = await open({ metric: 'dot', collection: 'dot' })
    const long = { id: 1, vector: clustered(1).map((value) => value * 3) }
    await index.add([long, { id: 2, vector: clustered(1) }])
    expect((await index.search(clustered(1), 2)).map(({ id }) => id)).toEqual([1, 2])
    await index.remove([1, 2])
    await addAll()
    await index.save()
    expect(await recall()).toBeGreaterThan(0.95)
  })

  test('stops where its memory ends, in so many words, and goes on with what it has', async () => {
    await index[Symbol.asyncDispose]()
    index = await open({ memoryBytes: 4 * 1024 * 1024, collection: 'small' })
    const adding = async (): Promise<void> => {
      for (let start = 0; start < 200_000; start += 1_000) await index.add(range(start, start + 1_000).map(entry))
    }
    await expect(adding()).rejects.toMatchObject({ code: 'over-limit', data: { limit: 'vectors' } })
    const { vectors, memoryBytes } = index.stats()
    expect(vectors).toBeGreaterThan(10_000)
    expect(memoryBytes).toBeLessThanOrEqual(4 * 1024 * 1024)
    expect((await index.search(clustered(7), 1))[0]?.id).toBe(7)
    await index.remove(range(0, 1_000))
    await index.save()
    await index.add(range(200_000, 200_500).map(entry))
    await index[Symbol.asyncDispose]()
    index = await open({ memoryBytes: 4 * 1024 * 1024, collection: 'small' })
    expect(index.size).toBe(vectors - 500)
  })

  test('takes less room on disk once much was removed', async () => {
    const records = async (): Promise<number> =>
      (await database.list('vectors', { from: ['wide', 0], to: ['wide', 1e9] })).length
    await index[Symbol.asyncDispose]()
    // Vectors of 4,096 numbers are kept in blocks of 256.
    const wide = { collection: 'wide', dimensions: 4_096, graphFrom: 100 }
    index = await open(wide)
    await index.add(range(0, 1_000).map((id) => ({ id, vector: vectorOf(id, 4_096) })))
    await index.save()
    expect(await records()).toBe(1 + 2 * 4)
    await index.remove(range(0, 900))
    await index.save()
    expect(await records()).toBeLessThanOrEqual(1 + 2 * 2)
    await index[Symbol.asyncDispose]()
    index = await open(wide)
    for (const id of [900, 950, 999]) expect((await index.search(vectorOf(id, 4_096), 1))[0]?.id).toBe(id)
    expect(index.stats()).toMatchObject({ vectors: 100, linked: 100 })
  })
})
