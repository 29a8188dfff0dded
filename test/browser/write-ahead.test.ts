/**
 * The write-ahead log of journaled calls on a real IndexedDB: nobody sees that a call's writes are carried out later, and
 * a kernel that dies at any moment in between leaves them to the next one.
 */
import { openDB, unwrap } from 'idb'
import { expect, test } from 'vitest'
import type { Database, Mutation } from '../../kernel/core/storage/database.ts'
import type { CallRecord } from '../../kernel/core/storage/records.ts'
import { openIdbDatabase } from '../../kernel/drivers/idb/database.ts'
import { UPGRADES } from '../../kernel/drivers/idb/schema.ts'
import { LOG_STORE } from '../../kernel/drivers/idb/write-ahead.ts'

const freshName = (): string => `test-${crypto.randomUUID()}`

const call = (id: string): CallRecord => ({
  id,
  syscall: 'memory.add',
  principal: { kind: 'user' },
  epoch: 1,
  at: 0,
  state: 'done',
})

const named = (name: string, value: number): Mutation => ({ op: 'put', store: 'meta', value: { name, value } })

/** A journaled call with its writes, as the gate commits it. */
const journaled = (database: Database, id: string, ...writes: Mutation[]): Promise<void> =>
  database.commit([...writes, { op: 'add', store: 'calls', value: call(id) }], 'strict')

/** What is in the stores, whoever wrote it: read past the driver. */
async function raw(name: string): Promise<{ waiting: number; meta: unknown[] }> {
  const database = await openDB(name)
  const waiting = await database.count(LOG_STORE)
  const meta = (await database.getAll('meta')) as unknown[]
  database.close()
  return { waiting, meta }
}

test('a journaled call is one record on disk until somebody reads what it wrote', async () => {
  const name = freshName()
  const database = await openIdbDatabase(name)
  await journaled(database, 'c1', named('a', 1))
  expect(await raw(name)).toEqual({ waiting: 1, meta: [] })
  expect(await database.get('meta', 'a')).toEqual({ name: 'a', value: 1 })
  expect(await raw(name)).toEqual({ waiting: 0, meta: [{ name: 'a', value: 1 }] })
  expect(await database.get('calls', 'c1')).toEqual(call('c1'))
  database.close()
})

test('a kernel that dies before a checkpoint leaves its writes to the next, in their order', async () => {
  const name = freshName()
  const dead = await openIdbDatabase(name)
  await journaled(dead, 'c1', named('a', 1), named('b', 1))
  await journaled(dead, 'c2', { op: 'delete', store: 'meta', key: 'b' })
  await journaled(dead, 'c3', named('a', 3))
  // Closing writes nothing: it is what a terminated worker leaves.
  dead.close()
  expect(await raw(name)).toEqual({ waiting: 3, meta: [] })

  const next = await openIdbDatabase(name)
  expect(await next.list('meta')).toEqual([{ name: 'a', value: 3 }])
  expect(await next.list('calls')).toEqual([call('c1'), call('c2'), call('c3')])
  next.close()
  const again = await openIdbDatabase(name)
  expect(await again.list('meta')).toEqual([{ name: 'a', value: 3 }])
  again.close()
})

test('a kernel killed at any moment of many calls leaves each of them whole or absent', async () => {
  for (let round = 0; round < 12; round += 1) {
    const name = freshName()
    ;(await openIdbDatabase(name)).close()
    const worker = new Worker(new URL('../fixtures/journaling.worker.ts', import.meta.url), { type: 'module' })
    const answered: number[] = []
    await new Promise<void>((killed) => {
      worker.onmessage = ({ data }: MessageEvent<number>) => {
        answered.push(data)
        // The worker does not wait for us: where it is now is different in every round.
        if (answered.length === 1 + round * 7) {
          worker.terminate()
          killed()
        }
      }
      worker.postMessage(name)
    })
    const next = await openIdbDatabase(name)
    const calls = new Set((await next.list('calls')).map(({ id }) => id))
    const seen = new Map((await next.list('meta')).map(({ name: key, value }) => [key, value]))
    for (const number of answered) expect(calls.has(`c${number}`)).toBe(true)
    for (const id of calls) {
      const number = Number(id.slice(1))
      expect(seen.get(`left${number}`)).toBe(number)
      expect(seen.get(`right${number}`)).toBe(number)
    }
    expect(seen.size).toBe(calls.size === 0 ? 0 : calls.size * 2 + 1)
    expect(seen.get('last')).toBe(
      calls.size === 0 ? undefined : Math.max(...[...calls].map((id) => Number(id.slice(1)))),
    )
    next.close()
  }
})

test('a repeated call is a conflict while the first one waits, and its writes do not happen', async () => {
  const database = await openIdbDatabase(freshName())
  await journaled(database, 'c1', named('a', 1))
  await expect(journaled(database, 'c1', named('a', 2))).rejects.toMatchObject({ code: 'conflict', data: { id: 'c1' } })
  expect(await database.get('meta', 'a')).toEqual({ name: 'a', value: 1 })
  await expect(journaled(database, 'c1', named('a', 2))).rejects.toMatchObject({ code: 'conflict' })
  expect(await database.list('meta')).toEqual([{ name: 'a', value: 1 }])
  database.close()
})

test('of two calls with one id at the same time one takes effect, and the other is a conflict', async () => {
  const database = await openIdbDatabase(freshName())
  const both = await Promise.allSettled([
    journaled(database, 'c1', named('a', 1)),
    journaled(database, 'c1', named('b', 2)),
  ])
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(both[1]).toMatchObject({ reason: { code: 'conflict', data: { id: 'c1' } } })
  expect(await database.list('meta')).toEqual([{ name: 'a', value: 1 }])
  database.close()
})

test('a call that is repeated to the next kernel is a conflict, whether its writes waited or not', async () => {
  const name = freshName()
  const dead = await openIdbDatabase(name)
  await journaled(dead, 'carried-out', named('a', 1))
  expect(await dead.count('meta')).toBe(1)
  await journaled(dead, 'waited', named('b', 1))
  dead.close()
  expect(await raw(name)).toMatchObject({ waiting: 1 })

  const next = await openIdbDatabase(name)
  for (const id of ['carried-out', 'waited']) {
    await expect(journaled(next, id, named('a', 2), named('b', 2))).rejects.toMatchObject({ code: 'conflict' })
  }
  expect(await next.list('meta')).toEqual([
    { name: 'a', value: 1 },
    { name: 'b', value: 1 },
  ])
  next.close()
})

test('a later commit to the same store comes after the writes that wait', async () => {
  const database = await openIdbDatabase(freshName())
  await journaled(database, 'c1', named('a', 1))
  await database.commit([named('a', 2)], 'relaxed')
  expect(await database.get('meta', 'a')).toEqual({ name: 'a', value: 2 })
  await journaled(database, 'c2', named('a', 3))
  await database.commit([{ op: 'delete-range', store: 'meta', from: 'a', to: 'b' }], 'strict')
  expect(await database.count('meta')).toBe(0)
  database.close()
})

test('more calls than one checkpoint takes are all carried out', async () => {
  const name = freshName()
  const database = await openIdbDatabase(name)
  await Promise.all(Array.from({ length: 300 }, (_, i) => journaled(database, `c${i}`, named(`n${i}`, i))))
  expect(await database.count('meta')).toBe(300)
  expect(await database.count('calls')).toBe(300)
  expect((await raw(name)).waiting).toBe(0)
  database.close()
})

test('an upgrade sees the records as the old version would have left them', async () => {
  const name = freshName()
  const old = await openIdbDatabase(name)
  await journaled(old, 'c1', named('a', 1))
  old.close()
  const found: unknown[] = []
  const look = (_database: IDBDatabase, transaction: IDBTransaction): Promise<void> =>
    new Promise((resolve) => {
      const reading = transaction.objectStore('meta').getAll()
      reading.onsuccess = () => {
        found.push(...(reading.result as unknown[]))
        resolve()
      }
    })
  const upgraded = await openIdbDatabase(name, [...UPGRADES, look])
  expect(found).toEqual([{ name: 'a', value: 1 }])
  expect(await upgraded.list('calls')).toEqual([call('c1')])
  upgraded.close()
})

test('writes that waited in the records of their calls, as they did up to version 4, are carried out by the upgrade', async () => {
  const name = freshName()
  const toVersion4 = async (database: IDBDatabase, transaction: IDBTransaction): Promise<void> => {
    for (const step of UPGRADES.slice(0, 4)) await step(database, transaction)
  }
  const before = await openDB(name, 4, {
    upgrade: (database, _from, _to, transaction) => void toVersion4(unwrap(database), unwrap(transaction)),
  })
  const ahead = (seq: number, ...writes: Mutation[]): object => ({ ahead: { seq, writes } })
  await before.put('calls', { ...call('later'), ...ahead(2, named('a', 2)) })
  await before.put('calls', { ...call('sooner'), ...ahead(1, named('a', 1), named('b', 1)) })
  await before.put('calls', call('settled'))
  before.close()

  const upgraded = await openIdbDatabase(name)
  expect(await upgraded.list('meta')).toEqual([
    { name: 'a', value: 2 },
    { name: 'b', value: 1 },
  ])
  expect(await upgraded.list('calls')).toEqual([call('later'), call('settled'), call('sooner')])
  upgraded.close()
})
