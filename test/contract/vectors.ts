/** What every vector index must do, whatever it is made of. Runs over both drivers, in Node and in a browser. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OpenVectorIndex, VectorIndex, VectorIndexOptions } from '../../kernel/core/memory/vector-index.ts'
import type { Database } from '../../kernel/core/storage/database.ts'
import { createClock } from '../../kernel/drivers/web/clock.ts'
import { arbitraryFilter, arbitraryOperations, Reference } from '../fixtures/vector-reference.ts'
import { DIMENSIONS, near, unit, vectorOf } from '../fixtures/vectors.ts'

export interface VectorContract {
  readonly open: OpenVectorIndex
  readonly database: () => Promise<Database>
  /** How far a score may be from that of the vectors as they were given. */
  readonly tolerance: number
  /** Opens it so that this suite's few vectors take the way that many would. */
  readonly options?: Partial<VectorIndexOptions>
  readonly runs?: number
}

export function vectorContract(name: string, contract: VectorContract): void {
  const { tolerance, runs = 60 } = contract

  describe(`a vector index on ${name}`, () => {
    let database: Database
    let index: VectorIndex
    const open = (more: Partial<VectorIndexOptions> = {}): Promise<VectorIndex> =>
      contract.open({
        collection: 'test',
        dimensions: DIMENSIONS,
        database,
        clock: createClock(),
        ...contract.options,
        ...more,
      })
    const reopen = async (): Promise<void> => {
      await index[Symbol.asyncDispose]()
      index = await open()
    }
    const ids = async (query: ArrayLike<number>, k: number): Promise<number[]> =>
      (await index.search(query, k)).map((hit) => hit.id)

    beforeEach(async () => {
      database = await contract.database()
      index = await open()
    })
    afterEach(async () => {
      await index[Symbol.asyncDispose]()
      database.close()
    })

    test('finds the most similar vectors, best first, with the cosine as their score', async () => {
      await index.add([1, 2, 3, 4].map((id) => ({ id, vector: vectorOf(id) })))
      const query = near(vectorOf(3), 0.1)
      const hits = await index.search(query, 2)
      expect(hits[0]?.id).toBe(3)
      expect(hits).toHaveLength(2)
      expect(hits[0]!.score).toBeGreaterThan(hits[1]!.score)
      const [left, right] = [unit(query), unit(vectorOf(3))]
      const cosine = left.reduce((sum, value, at) => sum + value * right[at]!, 0)
      expect(Math.abs(hits[0]!.score - cosine)).toBeLessThan(tolerance)
    })

    test('finds nothing in an empty index, and everything when asked for more than there is', async () => {
      expect(await index.search(vectorOf(1), 5)).toEqual([])
      await index.add([1, 2, 3].map((id) => ({ id, vector: vectorOf(id) })))
      expect((await ids(vectorOf(1), 100)).sort()).toEqual([1, 2, 3])
    })

    test('takes any 32-bit number for an id, and tells which it has', async () => {
      await index.add([0, 4_294_967_295].map((id) => ({ id, vector: vectorOf(id) })))
      expect(index.has(0)).toBe(true)
      expect(index.has(4_294_967_295)).toBe(true)
      expect(index.has(7)).toBe(false)
      expect(index.size).toBe(2)
      expect(await ids(vectorOf(4_294_967_295), 1)).toEqual([4_294_967_295])
    })

    test('a vector that was updated is found by the new one only, and one that was removed not at all', async () => {
      await index.add([1, 2].map((id) => ({ id, vector: vectorOf(id) })))
      await index.update([{ id: 1, vector: vectorOf(10) }])
      expect(await ids(vectorOf(10), 1)).toEqual([1])
      expect((await index.search(vectorOf(1), 2)).every(({ score }) => score < 0.9)).toBe(true)
      await index.remove([1, 99])
      expect(await ids(vectorOf(10), 2)).toEqual([2])
      expect(index.size).toBe(1)
    })

    test('attributes are kept, and change without the vector being given again', async () => {
      await index.add([
        { id: 1, vector: vectorOf(1), attributes: { owner: 3, kind: 31, labels: 0x8000_0001, time: 5.5 } },
      ])
      await index.update([{ id: 1, attributes: { until: 9, owner: 4 } }])
      expect(index.attributes(1)).toEqual({ owner: 4, scope: 0, kind: 31, labels: 0x8000_0001, time: 5.5, until: 9 })
      expect(await ids(vectorOf(1), 1)).toEqual([1])
      expect(index.attributes(2)).toBeUndefined()
    })

    test('a wrong vector is refused in words that say what to do, and nothing changes', async () => {
      const good = { id: 1, vector: vectorOf(1) }
      const bad: ArrayLike<number>[] = [
        vectorOf(2).slice(1),
        [...vectorOf(2), 1],
        [],
        vectorOf(2).map((value, at) => (at === 3 ? NaN : value)),
        vectorOf(2).map((value, at) => (at === 3 ? -Infinity : value)),
        vectorOf(2).map((value, at) => (at === 3 ? 1e200 : value)),
        new Float32Array(DIMENSIONS),
      ]
      for (const vector of bad) {
        await expect(index.add([good, { id: 2, vector }])).rejects.toMatchObject({
          code: 'bad-request',
          data: { issues: [{ path: 'add.1.vector' }] },
        })
        await expect(index.search(vector, 1)).rejects.toMatchObject({ code: 'bad-request' })
      }
      expect(index.size).toBe(0)
      await index.add([good])
      await expect(index.update([{ id: 1, vector: bad[3]! }])).rejects.toMatchObject({ code: 'bad-request' })
      expect(await ids(vectorOf(1), 1)).toEqual([1])
    })

    test('ids, counts and filters that are none are refused', async () => {
      const vector = vectorOf(1)
      for (const id of [-1, 1.5, NaN, 2 ** 32]) {
        await expect(index.add([{ id, vector }])).rejects.toMatchObject({ code: 'bad-request' })
        await expect(index.remove([id])).rejects.toMatchObject({ code: 'bad-request' })
      }
      for (const k of [0, -1, 1.5, NaN, 1_025]) {
        await expect(index.search(vector, k)).rejects.toMatchObject({ code: 'bad-request' })
      }
      for (const filter of [{ owners: [-1] }, { kinds: [32] }, { from: NaN }, { allLabels: 2 ** 32 }]) {
        await expect(index.search(vector, 1, { filter })).rejects.toMatchObject({ code: 'bad-request' })
      }
      await expect(index.change({ add: [{ id: 1, vector }], remove: [1] })).rejects.toMatchObject({
        code: 'bad-request',
      })
      await expect(open({ collection: 'other', dimensions: 0 })).rejects.toMatchObject({ code: 'bad-request' })
    })

    test('adding what is there and updating what is not fail whole', async () => {
      await index.add([{ id: 1, vector: vectorOf(1) }])
      await expect(index.add([2, 1].map((id) => ({ id, vector: vectorOf(9) })))).rejects.toMatchObject({
        code: 'conflict',
        data: { id: '1' },
      })
      await expect(index.change({ remove: [1], update: [{ id: 2, attributes: {} }] })).rejects.toMatchObject({
        code: 'not-found',
      })
      expect(index.size).toBe(1)
      expect(await ids(vectorOf(1), 5)).toEqual([1])
    })

    test('finds the k best that match, however few they are among those that do not', async () => {
      for (let start = 0; start < 1_000; start += 500) {
        await index.add(
          Array.from({ length: 500 }, (_, at) => ({
            id: start + at,
            vector: near(vectorOf(1), 0.5, start + at),
            attributes: { owner: (start + at) % 100 === 7 ? 1 : 2, kind: (start + at) % 3 },
          })),
        )
      }
      await index.save()
      const hits = await index.search(vectorOf(1), 10, { filter: { owners: [1] } })
      expect(hits.map(({ id }) => id % 100)).toEqual(Array.from({ length: 10 }, () => 7))
      const few = await index.search(vectorOf(1), 10, { filter: { owners: [1], kinds: [0] } })
      expect(few.map(({ id }) => id).sort((left, right) => left - right)).toEqual([207, 507, 807])
      expect(await index.search(vectorOf(1), 10, { filter: { owners: [] } })).toEqual([])
      expect(await index.search(vectorOf(1), 10, { filter: { kinds: [] } })).toEqual([])
    })

    test('any number of equal vectors can be kept, found and removed', async () => {
      await index.add(Array.from({ length: 200 }, (_, id) => ({ id, vector: vectorOf(1) })))
      await index.save()
      expect(new Set(await ids(vectorOf(1), 200)).size).toBe(200)
      await index.remove(Array.from({ length: 199 }, (_, id) => id))
      await index.save()
      expect(await ids(vectorOf(1), 5)).toEqual([199])
    })

    test('after any changes it finds what a plain search through all of them finds', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryOperations(), arbitraryFilter(), async (operations, filter) => {
          const local = await contract.database()
          let tried = await open({ database: local })
          const reference = new Reference()
          for (const operation of operations) {
            if (operation === 'save') await tried.save()
            else if (operation === 'restart') {
              await tried[Symbol.asyncDispose]()
              tried = await open({ database: local })
            } else {
              const change = reference.valid(operation)
              await tried.change(change)
              reference.apply(change)
            }
          }
          expect(tried.size).toBe(reference.size)
          for (const search of [{}, { filter }]) {
            const query = vectorOf(operations.length)
            const expected = reference.search(query, 10, search.filter)
            const found = await tried.search(query, 10, search)
            reference.expectSame(found, expected, query, tolerance)
          }
          await tried[Symbol.asyncDispose]()
          local.close()
        }),
        { numRuns: runs },
      )
    })

    test('what was changed is there after a restart, saved or not', async () => {
      await index.add([1, 2, 3].map((id) => ({ id, vector: vectorOf(id), attributes: { owner: id } })))
      await index.remove([2])
      await reopen()
      expect(await ids(vectorOf(2), 5)).toHaveLength(2)
      expect(index.attributes(3)?.owner).toBe(3)
      await index.save()
      await index.update([{ id: 3, vector: vectorOf(30) }])
      await reopen()
      await reopen()
      expect(await ids(vectorOf(30), 1)).toEqual([3])
      expect(index.stats().damage).toEqual([])
    })

    test('a prepared change is committed with what belongs to it, and seen once it is applied', async () => {
      const prepared = await index.prepare({ add: [{ id: 1, vector: vectorOf(1) }] })
      const note = { op: 'put', store: 'meta', value: { name: 'beside', value: 1 } } as const
      await database.commit([...prepared.writes, note], 'strict')
      expect(index.has(1)).toBe(false)
      prepared.apply()
      expect(await ids(vectorOf(1), 1)).toEqual([1])
      await reopen()
      expect(index.has(1)).toBe(true)
    })

    test('a prepared change whose commit failed leaves nothing, now or after a restart', async () => {
      await index.prepare({ add: [{ id: 1, vector: vectorOf(1) }] })
      await index.add([{ id: 1, vector: vectorOf(2) }])
      await index.save()
      await reopen()
      expect(index.size).toBe(1)
      expect((await index.search(vectorOf(2), 1))[0]?.score).toBeGreaterThan(0.99)
    })

    test('vectors of another length are not opened as ours, and stay whole', async () => {
      await index.add([{ id: 1, vector: vectorOf(1) }])
      await expect(open({ dimensions: DIMENSIONS * 2 })).rejects.toMatchObject({ code: 'conflict' })
      await index.save()
      await expect(open({ dimensions: DIMENSIONS * 2 })).rejects.toMatchObject({ code: 'conflict' })
      await reopen()
      expect(await ids(vectorOf(1), 1)).toEqual([1])
    })

    test('collections share a database and nothing else', async () => {
      const other = await open({ collection: 'test2' })
      await index.add([{ id: 1, vector: vectorOf(1) }])
      await other.add([{ id: 2, vector: vectorOf(1) }])
      await Promise.all([index.save(), other.save()])
      expect(await ids(vectorOf(1), 5)).toEqual([1])
      await other[Symbol.asyncDispose]()
    })

    test('once disposed of it refuses, and leaves what it stored', async () => {
      await index.add([{ id: 1, vector: vectorOf(1) }])
      await index[Symbol.asyncDispose]()
      await expect(index.search(vectorOf(1), 1)).rejects.toMatchObject({ code: 'cancelled' })
      await expect(index.add([{ id: 2, vector: vectorOf(2) }])).rejects.toMatchObject({ code: 'cancelled' })
      index = await open()
      expect(index.size).toBe(1)
    })
  })
}
