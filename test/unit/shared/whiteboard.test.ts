/** The whiteboard, call by call. What happens when several write at once is in compare-and-set.test.ts. */
import { expect, test } from 'vitest'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import {
  SHARED_NAMESPACE_ENTRIES,
  SHARED_NAMESPACE_UNITS,
  SHARED_VALUE_UNITS,
  SHARED_VERSIONS_KEPT,
} from '../../../kernel/core/shared/param.ts'
import { settle, user } from '../kernel/fixture.ts'
import { codeOf, heardBy, NAMESPACE, openRoom } from './harness.ts'

test('keeps what was written, with who wrote it, across a restart', async () => {
  const database = createMemoryDatabase()
  const first = await openRoom(database)
  const written = await first.set('db/main', { valid: true })
  expect(written).toMatchObject({
    ...{ id: 'room/db/main', kind: 'shared', scope: 'room', owner: null, version: 1, validUntil: null },
    ...{ text: 'db/main: {"valid":true}', entry: { key: 'db/main', value: { valid: true } } },
    provenance: { source: 'user', principal: user, trust: 'trusted' },
  })
  const second = await openRoom(database)
  expect(await second.get('db/main')).toEqual(written)
})

test('writes only at the expected version, and says which it is at', async () => {
  const room = await openRoom()
  await room.set('a', 1, 0)
  await expect(room.set('a', 2, 0)).rejects.toMatchObject({ code: 'conflict', data: { version: 1, id: 'room/a' } })
  expect(await room.set('a', 2, 1)).toMatchObject({ version: 2 })
  await expect(room.set('b', 1, 3)).rejects.toMatchObject({ code: 'conflict', data: { version: 0 } })
  expect(await room.set('a', 3)).toMatchObject({ version: 3, entry: { value: 3 } })
})

test('goes on counting versions when an entry is deleted and written anew, also after a restart', async () => {
  const database = createMemoryDatabase()
  const room = await openRoom(database)
  const first = await room.set('a', 'one')
  await expect(room.call('shared.delete', { namespace: NAMESPACE, key: 'a', ifVersion: 7 })).rejects.toMatchObject({
    code: 'conflict',
    data: { version: 1 },
  })
  await room.call('shared.delete', { namespace: NAMESPACE, key: 'a', ifVersion: 1 })
  expect(await codeOf(room.get('a'))).toBe('not-found')
  expect(await codeOf(room.call('shared.delete', { namespace: NAMESPACE, key: 'a' }))).toBe('not-found')
  const later = await openRoom(database)
  expect(await codeOf(later.set('a', 'two', first.version))).toBe('conflict')
  const anew = await later.set('a', 'two', 0)
  expect(anew.version).toBeGreaterThan(first.version)
})

test('leaves nothing of what a deleted entry said', async () => {
  const database = createMemoryDatabase()
  const room = await openRoom(database)
  await room.set('a', 'a secret')
  await room.set('a', 'another secret')
  await room.call('shared.delete', { namespace: NAMESPACE, key: 'a' })
  const stored = [await database.list('shared'), await database.list('versions')]
  expect(JSON.stringify(stored)).not.toContain('secret')
  expect(await room.call('shared.search', { query: 'secret' })).toEqual({ hits: [] })
})

test('lists by key, by whole parts of a prefix, in pages, over all namespaces', async () => {
  const room = await openRoom()
  for (const key of ['dbx', 'db/b', 'db', 'db/a/1', 'a']) await room.set(key, key)
  await room.call('shared.set', { namespace: 'other', key: 'z', value: 0 })
  const keys = async (args: object) => {
    const { entries, more } = await room.call('shared.list', args)
    return { keys: entries.map(({ scope, entry }) => `${scope}:${entry?.key}`), more }
  }
  expect(await keys({ namespace: NAMESPACE, prefix: 'db' })).toEqual({
    keys: ['room:db', 'room:db/a/1', 'room:db/b'],
    more: false,
  })
  expect(await keys({ limit: 4 })).toEqual({ keys: ['other:z', 'room:a', 'room:db', 'room:db/a/1'], more: true })
  expect(await keys({ limit: 4, after: { namespace: NAMESPACE, key: 'db/a/1' } })).toEqual({
    keys: ['room:db/b', 'room:dbx'],
    more: false,
  })
  expect(await room.call('shared.namespaces', {})).toMatchObject({
    namespaces: [
      { namespace: 'other', entries: 1 },
      { namespace: 'room', entries: 5 },
    ],
  })
})

test('keeps a bounded number of earlier values, newest first', async () => {
  const database = createMemoryDatabase()
  const room = await openRoom(database)
  const writes = SHARED_VERSIONS_KEPT + 5
  for (let value = 1; value <= writes; value += 1) await room.set('a', value)
  const { versions } = await room.call('shared.history', { namespace: NAMESPACE, key: 'a' })
  const newest = Array.from({ length: SHARED_VERSIONS_KEPT + 1 }, (_, back) => writes - back)
  expect(versions.map(({ entry }) => entry?.value)).toEqual(newest)
  expect(await database.count('versions')).toBe(SHARED_VERSIONS_KEPT)
  const few = await room.call('shared.history', { namespace: NAMESPACE, key: 'a', limit: 2 })
  expect(few.versions.map(({ version }) => version)).toEqual([writes, writes - 1])
  expect(await room.call('shared.history', { namespace: NAMESPACE, key: 'none' })).toEqual({ versions: [] })
})

test('finds entries by the words of their keys and values, in one namespace or all', async () => {
  const room = await openRoom()
  await room.set('invoice/1042', { customer: 'Berta Keller', due: 'in May' })
  await room.call('shared.set', { namespace: 'other', key: 'note', value: 'Berta called twice' })
  const found = async (args: { query: string; namespace?: string }) =>
    (await room.call('shared.search', args)).hits.map(({ entry }) => entry.id)
  expect(await found({ query: 'Berta' })).toHaveLength(2)
  expect(await found({ query: 'Berta', namespace: 'other' })).toEqual(['other/note'])
  expect(await found({ query: 'invoice' })).toEqual(['room/invoice/1042'])
  await room.set('invoice/1042', { customer: 'Carla' })
  expect(await found({ query: 'Keller' })).toEqual([])
  expect(await found({ query: 'Carla' })).toEqual(['room/invoice/1042'])
})

test('ends an entry at its time: it cannot be read, watchers hear of it, and its text is gone from disk', async () => {
  const database = createMemoryDatabase()
  const room = await openRoom(database)
  const validUntil = room.clock.now() + 5_000
  await room.call('shared.set', { namespace: NAMESPACE, key: 'a', value: 'fleeting', validUntil })
  room.client.send({ t: 'call', id: 'w', name: 'shared.watch', args: { namespace: NAMESPACE } })
  await settle(room.kernel)
  room.clock.advance(4_999)
  expect(await room.get('a')).toMatchObject({ version: 1 })
  room.clock.advance(1)
  expect(await codeOf(room.get('a'))).toBe('not-found')
  await room.client.heard((frame) => frame.t === 'event' && frame.id === 'w' && frame.seq === 1)
  expect(heardBy(room.client, 'w').at(-1)).toEqual({ type: 'deleted', namespace: NAMESPACE, key: 'a', version: 2 })
  expect(JSON.stringify(await database.list('shared'))).not.toContain('fleeting')
  expect(await room.set('a', 'back', 0)).toMatchObject({ version: 3 })
})

test('ends what ended while no kernel ran', async () => {
  const database = createMemoryDatabase()
  const first = await openRoom(database)
  const validUntil = first.clock.now() + 5_000
  await first.call('shared.set', { namespace: NAMESPACE, key: 'a', value: 'fleeting', validUntil })
  const second = await openRoom(database)
  second.clock.advance(60_000)
  expect(await second.call('shared.list', {})).toEqual({ entries: [], more: false })
  await settle(second.kernel)
  expect(JSON.stringify(await database.list('shared'))).not.toContain('fleeting')
})

test('bounds values, entries and what a namespace holds, with typed errors and nothing lost', async () => {
  const database = createMemoryDatabase()
  const room = await openRoom(database)
  const long = await room.set('long', 'x'.repeat(SHARED_VALUE_UNITS - 2))
  await expect(room.set('long', 'x'.repeat(SHARED_VALUE_UNITS))).rejects.toMatchObject({
    code: 'over-limit',
    data: { limit: 'whiteboard value', maximum: SHARED_VALUE_UNITS },
  })
  expect(await room.get('long')).toEqual(long)
  const full = Math.floor(SHARED_NAMESPACE_UNITS / SHARED_VALUE_UNITS)
  for (let count = 1; count < full; count += 1) await room.set(`l${count}`, 'x'.repeat(SHARED_VALUE_UNITS - 10))
  await expect(room.set('more', 'x'.repeat(SHARED_VALUE_UNITS - 10))).rejects.toMatchObject({
    code: 'over-limit',
    data: { limit: 'whiteboard characters' },
  })
  // Less than before is always allowed, and makes room.
  await room.set('long', 'short')
  await room.set('more', 'x'.repeat(SHARED_VALUE_UNITS - 10))
})

test('bounds the entries of a namespace, and a refused import leaves nothing behind', async () => {
  const room = await openRoom()
  const entries = (from: number, count: number) =>
    Array.from({ length: count }, (_, at) => ({
      ...{ scope: 'many', version: 1, validUntil: null, createdAt: 0, updatedAt: 0 },
      entry: { key: `k${from + at}`, value: at },
    }))
  for (let from = 0; from < SHARED_NAMESPACE_ENTRIES - 1_000; from += 1_000)
    await room.call('shared.import', { entries: entries(from, 1_000) })
  await room.call('shared.import', { entries: entries(SHARED_NAMESPACE_ENTRIES - 1_000, 999) })
  expect(await codeOf(room.call('shared.import', { entries: entries(SHARED_NAMESPACE_ENTRIES, 2) }))).toBe('over-limit')
  expect(await room.call('shared.namespaces', {})).toMatchObject({ namespaces: [{ entries: 9_999 }] })
  await room.call('shared.import', { entries: entries(SHARED_NAMESPACE_ENTRIES, 1) })
})

test('imports what an export gave, keeps what is newer, and believes no file about who wrote it', async () => {
  const from = await openRoom()
  await from.set('a', 1)
  await from.set('a', 2)
  await from.set('b', 1)
  const { entries } = await from.call('shared.list', {})
  const to = await openRoom()
  to.clock.advance(1)
  await to.set('b', 'newer')
  expect(await to.call('shared.import', { entries: entries as never })).toEqual({ added: 1, replaced: 0, kept: 1 })
  expect(await to.get('b')).toMatchObject({ entry: { value: 'newer' } })
  expect(await to.get('a')).toMatchObject({ version: 2, entry: { value: 2 } })
  const forged = entries.map((entry) => ({ ...entry, entry: { key: 'not a key', value: 1 } }))
  expect(await codeOf(to.call('shared.import', { entries: forged }))).toBe('bad-request')
})

test('refuses names that would be read as others', async () => {
  const room = await openRoom()
  for (const key of ['', '/a', 'a/', 'a//b', 'a b', 'x'.repeat(81)]) {
    expect(await codeOf(room.set(key, 1)), key).toBe('bad-request')
  }
  for (const namespace of ['', 'a/b', 'a b', 'x'.repeat(48)]) {
    expect(await codeOf(room.call('shared.set', { namespace, key: 'a', value: 1 })), namespace).toBe('bad-request')
  }
})

test('tells the kernel watchers which namespace has changed', async () => {
  const room = await openRoom()
  await room.set('a', 1)
  expect(room.kernel.events).toContainEqual({ type: 'shared', namespace: NAMESPACE })
})
