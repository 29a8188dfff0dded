/** A kernel that is killed at every commit of a change of embedders, and in any order of events: nothing is lost. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { createManualClock } from '../../../kernel/drivers/memory/clock.ts'
import { openVectors } from '../../../kernel/drivers/vectors/index.ts'
import { killedAfter } from '../../fixtures/failing-database.ts'
import '../../fixtures/property-seed.ts'
import { scriptedVector } from '../../fixtures/scripted-embedder.ts'
import { BUILT_IN, createWorld, LOCAL, SERVER, settled, start, until } from './fixture.ts'
import type { Running, World } from './fixture.ts'

interface Mortal extends Database {
  readonly commits: number
  /** Whether it has been killed. */
  readonly dead: boolean
}

/** The world's database until its `last` commit, after which nothing works any more. */
function killable(world: World, last: number, silent: boolean): Mortal {
  const { database } = world
  const killed = killedAfter(database, last, silent)
  return {
    get: killed.get,
    list: killed.list,
    commit: killed.commit,
    count: (store, range) => database.count(store, range),
    close: () => {},
    get commits() {
      return killed.commits
    },
    get dead() {
      return killed.commits > last
    },
  }
}

/** What memories there are, as the database has it: what a caller was not told of may be there or not. */
async function reread(world: World): Promise<void> {
  world.memories.clear()
  for (const { name, value } of await world.database.list('meta')) {
    if (typeof value === 'string') world.memories.set(Number(name.replace('memory-', '')), value)
  }
}

/** Every memory has its own vector in the current collection, and nothing else is anywhere. */
async function expectWhole(world: World, running: Running): Promise<void> {
  await until(running, async () => (await world.database.list('collections')).length === 1)
  const [record] = await world.database.list('collections')
  expect(record?.state).toBe('current')
  const sets = new Set((await world.database.list('vectors')).map(({ collection }) => collection))
  expect([...sets].filter((name) => name !== record?.name)).toEqual([])
  const { current } = await running.state()
  await running[Symbol.asyncDispose]()
  const dimensions = record?.dimensions
  if (!record || typeof dimensions !== 'number') {
    expect(world.memories.size).toBe(0)
    return
  }
  const { database } = world
  const options = { collection: record.name, dimensions, clock: createManualClock(), database }
  await using index = await openVectors(options)
  expect(index.size).toBe(world.memories.size)
  for (const [number, text] of world.memories) {
    expect(index.attributes(number)).toMatchObject({ time: number })
    if (current.kind === 'built-in') continue
    const own = await index.search(scriptedVector(text, dimensions), world.memories.size, { exact: true })
    expect(own.find(({ id }) => id === number)?.score).toBeGreaterThan(0.98)
  }
}

const TEXTS = ['repay the customer', 'a red car', 'tea at four', 'harbour closed', 'bring a coat', 'train at nine']

describe('a change of embedders', { timeout: 60_000 }, () => {
  /** Changes over, with memories written, changed and deleted in between. */
  async function work(world: World, database: Mortal): Promise<void> {
    const running = start(world, database)
    const reached = (isTrue: () => boolean | Promise<boolean>) =>
      until(running, async () => {
        if (database.dead) throw new Error('killed')
        return isTrue()
      })
    const done = async () => {
      const { next, pending } = await running.state()
      return next === null && pending === 0
    }
    try {
      await running.use(LOCAL)
      await reached(() => world.script.asked.length > 0)
      await running.put(2, 'tea at five')
      await running.put(20, 'one more coat')
      await running.remove(0)
      await reached(done)
      await running.put(21, 'another train')
      await running.use(BUILT_IN)
      await reached(done)
      await reached(async () => (await world.database.list('collections')).length === 1)
    } finally {
      await running[Symbol.asyncDispose]().catch(() => {})
    }
  }

  async function remembering(): Promise<World> {
    const world = createWorld()
    await using running = start(world)
    for (const [at, text] of TEXTS.entries()) await running.put(at, text)
    return world
  }

  test('is whole whichever commit the kernel is killed at, and goes on in the next one', async () => {
    const first = await remembering()
    const counted = killable(first, Infinity, false)
    await work(first, counted)
    const { commits } = counted
    expect(commits).toBeGreaterThan(10)
    for (const silent of [false, true]) {
      for (let last = 0; last < commits; last += 1) {
        const world = await remembering()
        const database = killable(world, last, silent)
        await work(world, database).catch(() => {})
        expect(database.dead).toBe(true)
        await reread(world)
        const running = start(world)
        // Searches work at once, by the collection that was current.
        await running.state()
        expect(await running.find('automobile tea')).not.toEqual([])
        await settled(running)
        await expectWhole(world, running)
      }
    }
  })

  test('is whole after any order of writes, changes of embedders and deaths', async () => {
    const number = fc.nat({ max: 7 })
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), number, text: fc.constantFrom(...TEXTS) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), number }) },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('use' as const), to: fc.constantFrom(BUILT_IN, LOCAL, SERVER) }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('turns' as const), count: fc.nat({ max: 12 }) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), after: fc.nat({ max: 6 }) }) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 24 }), async (steps) => {
        const world = createWorld()
        let database = killable(world, Infinity, false)
        let running = start(world, database)
        await running.state()
        const restart = async (): Promise<void> => {
          await running[Symbol.asyncDispose]().catch(() => {})
          await reread(world)
          database = killable(world, Infinity, false)
          running = start(world, database)
          await running.state()
        }
        for (const one of steps) {
          try {
            if (one.do === 'put') await running.put(one.number, one.text)
            else if (one.do === 'remove') await running.remove(one.number)
            else if (one.do === 'use') await running.use(one.to)
            else if (one.do === 'cancel') await running.cancel()
            else if (one.do === 'turns') for (let turn = 0; turn < one.count; turn += 1) await running.clock.sleep(0)
            else {
              await running[Symbol.asyncDispose]()
              await reread(world)
              database = killable(world, one.after, one.after % 2 === 0)
              running = start(world, database)
              await running.state()
            }
          } catch {
            await restart()
          }
        }
        await restart()
        await settled(running)
        await expectWhole(world, running)
      }),
      { numRuns: 150 },
    )
  })
})
