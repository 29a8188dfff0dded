/** IndexedDB as the kernel's storage: the shared contract, and what only a real browser database goes through. */
import { deleteDB, openDB, unwrap } from 'idb'
import { expect, test } from 'vitest'
import { KEY_PATHS } from '../../kernel/core/storage/records.ts'
import type { MetaRecord } from '../../kernel/core/storage/records.ts'
import { openIdbDatabase } from '../../kernel/drivers/idb/database.ts'
import { UPGRADES } from '../../kernel/drivers/idb/schema.ts'
import type { UpgradeStep } from '../../kernel/drivers/idb/schema.ts'
import { LOG_STORE } from '../../kernel/drivers/idb/write-ahead.ts'
import { databaseContract } from '../contract/database.ts'

const freshName = (): string => `test-${crypto.randomUUID()}`

databaseContract('IndexedDB', () => openIdbDatabase(freshName()))

test('all upgrade steps together make the stores and keys that the core expects', async () => {
  const name = freshName()
  ;(await openIdbDatabase(name)).close()
  const raw = await openDB(name)
  expect(raw.version).toBe(UPGRADES.length)
  const stores = Object.fromEntries(
    [...raw.objectStoreNames].map((store) => [store, [raw.transaction(store).store.keyPath].flat()]),
  )
  // The log is the driver's own; its keys are counted.
  expect(stores).toEqual({ ...KEY_PATHS, [LOG_STORE]: [null] })
  raw.close()
})

test('a new version upgrades the records of the one before, and keeps the rest', async () => {
  const name = freshName()
  const old = await openIdbDatabase(name)
  await old.commit([{ op: 'put', store: 'meta', value: { name: 'default-model', value: 'starter' } }], 'strict')
  old.close()

  const rename: UpgradeStep = async (_database, transaction) => {
    const meta = transaction.objectStore('meta')
    await new Promise((resolve) => {
      const reading = meta.get('default-model') as IDBRequest<MetaRecord>
      reading.onsuccess = () => {
        meta.put({ name: 'model', value: reading.result.value }).onsuccess = resolve
        meta.delete('default-model')
      }
    })
  }
  const upgraded = await openIdbDatabase(name, [...UPGRADES, rename])
  expect(await upgraded.list('meta')).toEqual([{ name: 'model', value: 'starter' }])
  upgraded.close()

  await expect(openIdbDatabase(name)).rejects.toMatchObject({ code: 'storage-failed', message: /newer Hearth/ })
})

test('agents and runs of the first release get how they are scheduled, and nothing else of them changes', async () => {
  const name = freshName()
  const agent = { id: 'a1', name: 'Ada', tools: ['recall'], createdAt: 5 }
  const run = { id: 'r1', agent: 'a1', state: 'done', startedAt: 6 }
  const before = await openDB(name, 1, {
    upgrade: (database, _old, _new, transaction) => void UPGRADES[0]?.(unwrap(database), unwrap(transaction)),
  })
  await before.put('agents', agent)
  await before.put('runs', run)
  before.close()

  const upgraded = await openIdbDatabase(name)
  const scheduled = { class: 'normal', weight: 1 }
  expect(await upgraded.list('agents')).toEqual([{ ...agent, ...scheduled, budget: null, paused: false }])
  expect(await upgraded.list('runs')).toEqual([{ ...run, ...scheduled, spent: { tokens: 0, seconds: 0, calls: 0 } }])
  for (const store of ['pages', 'spending', 'calibrations'] as const) expect(await upgraded.count(store)).toBe(0)
  upgraded.close()
})

test('pages of an earlier version keep what people did to them, and are found by meaning from now on', async () => {
  const name = freshName()
  const page = { agent: 'a1', from: 0, id: 'page-t0', to: 1, pinned: true, recalled: [4] }
  const before = await openIdbDatabase(name, UPGRADES.slice(0, 3))
  await before.commit([{ op: 'put', store: 'pages', value: page as never }], 'strict')
  before.close()
  const upgraded = await openIdbDatabase(name)
  const added = { experience: null, standing: [], released: false, digest: null }
  expect(await upgraded.list('pages')).toEqual([{ ...page, ...added }])
  upgraded.close()
})

test('an upgrade that fails leaves the records of the old version', async () => {
  const name = freshName()
  const old = await openIdbDatabase(name)
  await old.commit([{ op: 'put', store: 'meta', value: { name: 'epoch', value: 7 } }], 'strict')
  old.close()
  const broken: UpgradeStep = (database) => {
    database.deleteObjectStore('meta')
    throw new Error('half way')
  }
  await expect(openIdbDatabase(name, [...UPGRADES, broken])).rejects.toMatchObject({ code: 'storage-failed' })
  const again = await openIdbDatabase(name)
  expect(await again.get('meta', 'epoch')).toEqual({ name: 'epoch', value: 7 })
  again.close()
})

test('a database that is deleted underneath is let go, and made anew on the next use', async () => {
  const name = freshName()
  const database = await openIdbDatabase(name)
  await database.commit([{ op: 'put', store: 'meta', value: { name: 'epoch', value: 7 } }], 'strict')
  await deleteDB(name)
  expect(await database.count('meta')).toBe(0)
  await database.commit([{ op: 'put', store: 'meta', value: { name: 'epoch', value: 1 } }], 'strict')
  expect(await database.get('meta', 'epoch')).toEqual({ name: 'epoch', value: 1 })
  database.close()
})
