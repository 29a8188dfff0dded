/** What is remembered of deleted entries, when there are too many of them and when the disk is full. */
import { expect, test } from 'vitest'
import type { SharedEntry } from '../../../kernel/abi/index.ts'
import { goneEntry, makeEntry } from '../../../kernel/core/shared/entry.ts'
import { SHARED_GONE_KEPT, SHARED_LOOK_MS } from '../../../kernel/core/shared/param.ts'
import { writtenBy } from '../../../kernel/core/provenance.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { fillable } from '../../fixtures/failing-database.ts'
import { settle, user } from '../kernel/fixture.ts'
import { codeOf, NAMESPACE, openRoom } from './harness.ts'

const provenance = writtenBy(user)

function deleted(key: string, version: number, at: number): SharedEntry {
  const entry = makeEntry({ namespace: NAMESPACE, key, value: 1, validUntil: null, provenance, version }, at)
  return goneEntry(entry, at, provenance)
}

test('forgets the oldest when there are too many, and no version is given twice all the same', async () => {
  const database = createMemoryDatabase()
  const excess = 5
  const entries = Array.from({ length: SHARED_GONE_KEPT + excess }, (_, at) =>
    deleted(`k${String(at).padStart(6, '0')}`, 10 + at, at),
  )
  await database.commit(
    entries.map((value) => ({ op: 'put', store: 'shared', value })),
    'strict',
  )
  const room = await openRoom(database)
  await room.call('shared.list', {})
  while ((await database.count('shared')) > SHARED_GONE_KEPT) await settle(room.kernel)
  // The last one that was forgotten had this version; which of the forgotten ones a new entry was is not known any more.
  const highest = 10 + excess - 1 + 1
  expect(await room.set('k000000', 'anew', 0)).toMatchObject({ version: highest + 1 })
  expect(await room.set('k000005', 'anew', 0)).toMatchObject({ version: 10 + excess + 1 + 1 })
  const later = await openRoom(database)
  expect(await later.set('never-there-before', 1)).toMatchObject({ version: highest + 1 })
})

test('what has ended is not shown while the disk is full, and is taken off it later', async () => {
  const database = createMemoryDatabase()
  let full = false
  const parts = fillable(database, () => full)
  const room = await openRoom({ ...parts, count: (...range) => database.count(...range), close: () => undefined })
  const validUntil = room.clock.now() + 1_000
  await room.call('shared.set', { namespace: NAMESPACE, key: 'a', value: 'fleeting', validUntil })
  full = true
  room.clock.advance(1_000)
  await settle(room.kernel)
  expect(await codeOf(room.get('a'))).toBe('not-found')
  expect(await codeOf(room.set('a', 'anew'))).toBe('storage-full')
  expect(JSON.stringify(await database.list('shared'))).toContain('fleeting')
  full = false
  room.clock.advance(SHARED_LOOK_MS)
  await settle(room.kernel)
  room.clock.advance(SHARED_LOOK_MS)
  await settle(room.kernel)
  expect(JSON.stringify(await database.list('shared'))).not.toContain('fleeting')
  expect(await codeOf(room.set('a', 'anew', 0))).toBeNull()
})

test('what was deleted, or has ended, is in no store: nor in what calls answered', async () => {
  const database = createMemoryDatabase()
  const room = await openRoom(database)
  const validUntil = room.clock.now() + 1_000
  const all = async (): Promise<string> => JSON.stringify([await database.list('shared'), await database.list('calls')])
  await room.call('shared.set', { namespace: NAMESPACE, key: 'a', value: 'first secret' }, 'asked')
  await room.set('a', 'second secret')
  await room.call('shared.set', { namespace: NAMESPACE, key: 'b', value: 'fleeting', validUntil })
  const kept = await room.call('shared.set', { namespace: NAMESPACE, key: 'c', value: 'kept' }, 'other')
  await room.call('shared.delete', { namespace: NAMESPACE, key: 'a' })
  expect(await all()).not.toContain('secret')
  room.clock.advance(1_000)
  await settle(room.kernel)
  expect(await all()).not.toContain('fleeting')
  // The calls are on record still, so that none is carried out twice.
  expect(await database.get('calls', 'asked')).toMatchObject({ state: 'done', result: { version: 1, text: '' } })
  expect((await database.get('calls', 'other'))?.result).toEqual(kept)
})
