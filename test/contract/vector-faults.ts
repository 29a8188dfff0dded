/** What happens to a vector index when the kernel is killed, the disk is full, or a bit flips: at every step, nothing is lost. */
import { describe, expect, test } from 'vitest'
import type { VectorChange, VectorIndex, VectorIndexOptions } from '../../kernel/core/memory/vector-index.ts'
import type { Database } from '../../kernel/core/storage/database.ts'
import { createClock } from '../../kernel/drivers/web/clock.ts'
import { fillable, killedAfter } from '../fixtures/failing-database.ts'
import type { Parts } from '../fixtures/failing-database.ts'
import { near, vectorOf } from '../fixtures/vectors.ts'
import type { VectorContract } from './vectors.ts'

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at)
const LOOKED_FOR = [0, 1, 2, 3, 19, 20, 319, 320, 359, 400, 404, 405, 1_001]

/** What is done, in order; `save` among them. Each changes something that the others leave. */
const workOf = (vector: (id: number) => Float32Array): readonly (VectorChange | 'save')[] => [
  { add: range(0, 300).map((id) => ({ id, vector: vector(id) })) },
  'save',
  { add: range(300, 360).map((id) => ({ id, vector: vector(id), attributes: { owner: id } })) },
  { update: range(0, 20).map((id) => ({ id, attributes: { owner: 9 } })) },
  'save',
  { remove: range(20, 320), update: [{ id: 1, vector: vector(1_001) }] },
  { add: range(400, 410).map((id) => ({ id, vector: vector(id) })), remove: [2, 3] },
  'save',
  { remove: range(400, 405), add: [{ id: 2, vector: vector(2) }] },
]

/** @param long numbers of a vector: with 4,096 a block of drivers/vectors holds 256, and these few vectors fill several */
export function vectorFaults(name: string, contract: VectorContract, long: number): void {
  const made = new Map<number, Float32Array>()
  const vector = (id: number): Float32Array => {
    const own = made.get(id) ?? Float32Array.from(near(vectorOf(id % 7, long), 0.6, id))
    made.set(id, own)
    return own
  }
  const steps = workOf(vector)

  describe(`faults of a vector index on ${name}`, () => {
    const open = (database: Parts, more: Partial<VectorIndexOptions> = {}): Promise<VectorIndex> =>
      contract.open({
        collection: 'faults',
        dimensions: long,
        database,
        clock: createClock(),
        ...contract.options,
        ...more,
      })

    /** Of every id the owner it has, and of some whether their vector is the one found by it, to tell old from new. */
    const stateOf = async (index: VectorIndex): Promise<string> => {
      const owners = range(0, 420).flatMap((id) => index.attributes(id)?.owner ?? [])
      const found: (number | undefined)[] = []
      for (const id of LOOKED_FOR) found.push((await index.search(vector(id), 1, { exact: true }))[0]?.id)
      return `${index.size}: ${owners.join(' ')}; ${found.join(' ')}`
    }

    /** The states before, between and after the steps, from an index that nobody kills. */
    async function allStates(): Promise<string[]> {
      const index = await open(await contract.database())
      const states = [await stateOf(index)]
      for (const step of steps) {
        if (step !== 'save') await index.change(step)
        states.push(await stateOf(index))
      }
      await index[Symbol.asyncDispose]()
      return states
    }

    /** Does the work until it is killed. @returns how many steps it has heard of */
    async function work(database: Parts): Promise<number> {
      let done = 0
      let index: VectorIndex | undefined
      try {
        index = await open(database)
        for (const step of steps) {
          if (step === 'save') await index.save()
          else await index.change(step)
          done++
        }
      } catch {
        // Killed.
      }
      await index?.[Symbol.asyncDispose]()
      return done
    }

    test('killed at any commit it has all that was acknowledged, and nothing half', async () => {
      const states = await allStates()
      const uninterrupted = killedAfter(await contract.database(), Infinity, false)
      expect(await work(uninterrupted)).toBe(steps.length)
      const { commits } = uninterrupted
      expect(commits).toBeGreaterThanOrEqual(steps.length)
      for (let last = 0; last < commits; last++) {
        for (const silent of [false, true]) {
          const database = await contract.database()
          const done = await work(killedAfter(database, last, silent))
          const index = await open(database)
          // What it was doing may have taken effect, whole, or not.
          expect(states.slice(done, done + 2), `killed after ${last}`).toContain(await stateOf(index))
          expect(index.stats().damage).toEqual([])
          // And it goes on from there.
          await index.save()
          const saved = await stateOf(index)
          await index[Symbol.asyncDispose]()
          const again = await open(database)
          expect(await stateOf(again)).toBe(saved)
          await again[Symbol.asyncDispose]()
          database.close()
        }
      }
    }, 120_000)

    test('a full disk refuses the change, which then is not there, and takes it when there is room', async () => {
      const real = await contract.database()
      let full = false
      const index = await open(fillable(real, () => full))
      await index.add([{ id: 1, vector: vector(1) }])
      full = true
      const more = { id: 2, vector: vector(2) }
      await expect(index.add([more])).rejects.toMatchObject({ code: 'storage-full' })
      await expect(index.save()).rejects.toMatchObject({ code: 'storage-full' })
      expect(index.has(2)).toBe(false)
      expect((await index.search(vector(1), 5)).map(({ id }) => id)).toEqual([1])
      full = false
      await index.add([more])
      await index.save()
      expect(index.stats().problem).toBeNull()
      await index[Symbol.asyncDispose]()
      const again = await open(real)
      expect(again.size).toBe(2)
      await again[Symbol.asyncDispose]()
    })

    test('a flipped bit in any segment is noticed, named, and costs nothing but that segment', async () => {
      const segments = async (database: Database) =>
        database.list('vectors', { from: ['faults', 0], to: ['faults', Number.MAX_SAFE_INTEGER] })
      const filled = async (): Promise<Database> => {
        const database = await contract.database()
        const index = await open(database)
        await index.add(range(0, 300).map((id) => ({ id, vector: vector(id) })))
        await index.add(range(300, 600).map((id) => ({ id, vector: vector(id) })))
        await index.save()
        await index.add([{ id: 600, vector: vector(600) }])
        await index.add([{ id: 601, vector: vector(601) }])
        await index[Symbol.asyncDispose]()
        return database
      }
      const count = (await segments(await filled())).length
      expect(count).toBeGreaterThan(2)
      for (let damaged = 0; damaged < count; damaged++) {
        const database = await filled()
        const record = (await segments(database))[damaged]!
        const at = (damaged * 7_919 + 13) % record.bytes.length
        record.bytes[at] = record.bytes[at]! ^ (1 << (damaged % 8))
        await database.commit([{ op: 'put', store: 'vectors', value: record }], 'relaxed')

        const refused = open(database)
        await expect(refused).rejects.toMatchObject({ code: 'storage-failed' })
        await expect(refused).rejects.toMatchObject({
          data: { reason: expect.stringContaining(`${record.segment}`) as string },
        })

        const index = await open(database, { damaged: 'skip' })
        const [found] = index.stats().damage
        expect(found).toMatchObject({ segment: record.segment })
        expect(index.size).toBeGreaterThanOrEqual(602 - found!.vectors)
        const here = range(0, 602).filter((id) => index.has(id))
        expect(here.length).toBe(index.size)
        for (const id of here.filter((_, order) => order % 37 === 0)) {
          expect((await index.search(vector(id), 1))[0]?.id).toBe(id)
        }
        // What is missing is put back, and the next start finds nothing wrong.
        const missing = range(0, 602).filter((id) => !index.has(id))
        await index.add(missing.map((id) => ({ id, vector: vector(id) })))
        await index.save()
        await index[Symbol.asyncDispose]()
        const mended = await open(database)
        expect(mended.size).toBe(602)
        expect(mended.stats().damage).toEqual([])
        await mended[Symbol.asyncDispose]()
      }
    }, 120_000)
  })
}
