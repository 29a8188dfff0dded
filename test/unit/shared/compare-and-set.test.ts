/** Several who write one entry at once: in every order in which commits can end, be refused or be given up. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HearthError } from '../../../kernel/abi/index.ts'
import type { SharedEntry } from '../../../kernel/abi/index.ts'
import { KeyLocks } from '../../../kernel/core/shared/key-locks.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createDyingDatabase } from '../agents/harness.ts'
import { settle } from '../kernel/fixture.ts'
import { codeOf, heardBy, heldDatabase, NAMESPACE, openRoom } from './harness.ts'
import type { WatchEvent } from './harness.ts'

const full = (): HearthError =>
  new HearthError('storage-full', 'Full, says the test.', { usageBytes: null, quotaBytes: null })

const op = fc.record({
  do: fc.constantFrom('set', 'set', 'set', 'delete'),
  cancelled: fc.nat(5).map((dice) => dice === 0),
})

test('of writes with the same expected version exactly one wins, whatever becomes of the others', async () => {
  const scenario = fc.tuple(
    fc.scheduler(),
    fc.array(op, { minLength: 2, maxLength: 8 }),
    fc.array(fc.boolean(), { maxLength: 3 }),
  )
  await fc.assert(
    fc.asyncProperty(scenario, async ([scheduler, ops, refusals]) => {
      const memory = createMemoryDatabase()
      let hold = (): Promise<void> => Promise.resolve()
      const room = await openRoom(heldDatabase(memory, () => hold()))
      const { version: base } = await room.set('a', 'before')
      const refuse = [...refusals]
      hold = async () => {
        const refused = refuse.shift() === true
        await scheduler.schedule(Promise.resolve())
        if (refused) throw full()
      }
      const results = ops.map(async (each, index) => {
        const args = { namespace: NAMESPACE, key: 'a' }
        const work =
          each.do === 'delete'
            ? room.call('shared.delete', { ...args, ifVersion: base }, `op${index}`)
            : room.call('shared.set', { ...args, value: index, ifVersion: base }, `op${index}`)
        if (each.cancelled) room.client.send({ t: 'cancel', id: `op${index}` })
        return { index, code: await codeOf(work) }
      })
      await scheduler.waitFor(Promise.all(results))
      const settled = await Promise.all(results)
      const winners = settled.filter(({ code }) => code === null)
      expect(winners.length).toBeLessThanOrEqual(1)
      for (const { code } of settled) {
        expect([null, 'conflict', 'not-found', 'storage-full', 'cancelled']).toContain(code)
      }
      // A later kernel finds what the winner wrote, and nobody else's.
      hold = () => Promise.resolve()
      const later = await openRoom(memory)
      const now = await later.get('a').then(
        (entry) => entry,
        () => null,
      )
      const winner = winners[0]
      if (winner === undefined) expect(now).toMatchObject({ version: base, entry: { value: 'before' } })
      else if (ops[winner.index]?.do === 'delete') expect(now).toBeNull()
      else expect(now).toMatchObject({ version: base + 1, entry: { value: winner.index } })
      // Nobody who lost keeps the entry from being written.
      expect(await codeOf(room.set('a', 'after'))).toBeNull()
    }),
    { numRuns: 150 },
  )
})

test('no update is lost when several clients read, add one and write until it was so', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 4 }), async (scheduler, clients) => {
      let hold = (): Promise<void> => Promise.resolve()
      const room = await openRoom(heldDatabase(createMemoryDatabase(), () => hold()))
      room.client.send({ t: 'call', id: 'w', name: 'shared.watch', args: { namespace: NAMESPACE } })
      await settle(room.kernel)
      hold = () => scheduler.schedule(Promise.resolve())
      const add = async (): Promise<void> => {
        for (;;) {
          const entry = await room.get('count').catch(() => null)
          const value = typeof entry?.entry?.value === 'number' ? entry.entry.value : 0
          if ((await codeOf(room.set('count', value + 1, entry?.version ?? 0))) === null) return
        }
      }
      const each = 4
      const work = Array.from({ length: clients }, async () => {
        for (let done = 0; done < each; done += 1) await add()
      })
      await scheduler.waitFor(Promise.all(work))
      expect(await room.get('count')).toMatchObject({ version: clients * each, entry: { value: clients * each } })
      // Who watches sees every one of them once, in order.
      const heard = heardBy(room.client, 'w')
      expect(heard.map((event) => (event.type === 'set' ? event.entry.version : event.type))).toEqual([
        'entries',
        ...Array.from({ length: clients * each }, (_, at) => at + 1),
      ])
    }),
    { numRuns: 40 },
  )
})

test('a watcher has, at every moment, what a reader would see: no gap and no repeat, whenever it began', async () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'in/a', 'in/b'),
    delete: fc.nat(3).map((dice) => dice === 0),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(step, { maxLength: 12 }),
      fc.nat(12),
      fc.constantFrom(undefined, 'in'),
      async (scheduler, steps, at, prefix) => {
        let hold = (): Promise<void> => Promise.resolve()
        const room = await openRoom(heldDatabase(createMemoryDatabase(), () => hold()))
        await room.set('in/a', 'first')
        hold = () => scheduler.schedule(Promise.resolve())
        const watch = (): void => {
          const args = { namespace: NAMESPACE, ...(prefix && { prefix }) }
          room.client.send({ t: 'call', id: 'w', name: 'shared.watch', args })
        }
        const work = steps.map((each, index) => {
          if (index === at) watch()
          const args = { namespace: NAMESPACE, key: each.key }
          return codeOf(each.delete ? room.call('shared.delete', args) : room.set(each.key, index))
        })
        if (at >= steps.length) watch()
        await scheduler.waitFor(Promise.all(work))
        await settle(room.kernel)
        const seen = replay(heardBy(room.client, 'w'))
        const { entries } = await room.call('shared.list', { namespace: NAMESPACE, ...(prefix && { prefix }) })
        expect([...seen.values()].sort((x, y) => (x.id < y.id ? -1 : 1))).toEqual(entries)
      },
    ),
    { numRuns: 100 },
  )
})

/** The board as a watcher knows it. Versions must only rise. */
function replay(events: readonly WatchEvent[]): Map<string, SharedEntry> {
  const seen = new Map<string, SharedEntry>()
  const versions = new Map<string, number>()
  for (const [index, event] of events.entries()) {
    expect(event.type === 'entries').toBe(index === 0)
    const told = event.type === 'entries' ? event.entries : event.type === 'set' ? [event.entry] : []
    for (const entry of told) {
      const key = entry.entry?.key ?? ''
      expect(entry.version).toBeGreaterThan(versions.get(key) ?? 0)
      versions.set(key, entry.version)
      seen.set(key, entry)
    }
    if (event.type === 'deleted') {
      expect(event.version).toBeGreaterThan(versions.get(event.key) ?? 0)
      versions.set(event.key, event.version)
      seen.delete(event.key)
    }
  }
  return seen
}

test('a kernel killed at any commit leaves what it acknowledged, and nothing half', async () => {
  for (let at = 0; ; at += 1) {
    let ended = false
    for (const applied of [false, true]) {
      const database = createMemoryDatabase()
      const dying = createDyingDatabase(database, at, applied)
      const acknowledged: (readonly [string, number | null])[] = []
      const story = (async () => {
        const room = await openRoom(dying)
        const done = async (work: Promise<unknown>, key: string, value: number | null): Promise<void> => {
          await work
          acknowledged.push([key, value])
        }
        await done(room.set('a', 1, 0), 'a', 1)
        await done(room.set('a', 2, 1), 'a', 2)
        await done(room.set('b', 1), 'b', 1)
        await done(room.call('shared.delete', { namespace: NAMESPACE, key: 'a' }), 'a', null)
        await done(room.set('a', 3, 0), 'a', 3)
        return true
      })()
      ended = (await Promise.race([story, dying.dead])) === true
      const later = await openRoom(database)
      const last = new Map(acknowledged)
      for (const key of ['a', 'b']) {
        const entry = await later.get(key).catch(() => null)
        const { versions } = await later.call('shared.history', { namespace: NAMESPACE, key })
        // What was acknowledged, or the one step further that nobody heard of.
        const value = (entry?.entry?.value ?? null) as number | null
        const steps = key === 'a' ? [null, 1, 2, null, 3] : [null, 1]
        const told = acknowledged.filter(([of]) => of === key).length
        expect([steps[told] ?? null, steps[told + 1] ?? null]).toContain(value)
        if (last.has(key) && !applied) expect(value).toBe(last.get(key))
        // Its history has every version since it began, and no other.
        const numbers = versions.map(({ version }) => version)
        expect(numbers).toEqual(entry === null ? [] : value === 2 ? [2, 1] : [entry.version])
        if (entry) expect(await codeOf(later.set(key, 9, entry.version))).toBeNull()
      }
    }
    if (ended) break
  }
})

test('keys are held in one step, so nobody waits in a circle, and nothing is kept when all have let go', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.subarray(['a', 'b', 'c', 'd'], { minLength: 1 }), { maxLength: 12 }),
      async (scheduler, wanted) => {
        const locks = new KeyLocks()
        const held = new Set<string>()
        const work = wanted.map(async (keys, index) => {
          const given = new AbortController()
          if (index % 3 === 2) given.abort(new Error('given up'))
          const release = await locks.acquire(keys, given.signal).catch(() => null)
          if (!release) return
          for (const key of keys) {
            expect(held.has(key)).toBe(false)
            held.add(key)
          }
          await scheduler.schedule(Promise.resolve())
          for (const key of keys) held.delete(key)
          release()
        })
        await scheduler.waitFor(Promise.all(work))
        await Promise.resolve()
        expect(locks.size).toBe(0)
      },
    ),
  )
})
