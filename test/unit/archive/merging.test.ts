/** What an import does to what is here, and what a kernel that dies in the middle of one leaves. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { finishArchive } from '../../../kernel/core/archive/at-boot.ts'
import { readMark, setMark } from '../../../kernel/core/archive/mark.ts'
import { createDyingDatabase } from '../agents/harness.ts'
import { agentId, archiveOf, bring, contentsOf, emptyOrigin, fill, look, memoryOf, stageOnly, worlds } from './world.ts'
import type { Origin } from './world.ts'

const platformOf = (origin: Origin): Parameters<typeof finishArchive>[0] => ({ ...origin, erase: async () => {} })

test('what is here stays with “keep”, and the file’s takes its place with “replace”; nothing else changes', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      const [here, elsewhere] = [emptyOrigin(), emptyOrigin()]
      await fill(here, world)
      await fill(elsewhere, world, '!')
      const file = await archiveOf(elsewhere)
      const before = (await contentsOf(here)) as { stores: unknown }
      const kept = await bring(here, file, 'keep')
      expect(((await contentsOf(here)) as typeof before).stores).toEqual(before.stores)
      expect(kept.kinds.every(({ added, replaced }) => added + replaced === 0)).toBe(true)
      const replaced = await bring(here, file, 'replace')
      expect(((await contentsOf(here)) as typeof before).stores).toEqual(
        ((await contentsOf(elsewhere)) as typeof before).stores,
      )
      expect(replaced.kinds.every(({ added, kept: stayed }) => added + stayed === 0)).toBe(true)
    }),
    { numRuns: 25 },
  )
}, 60_000)

test('an owner has one working block of a name: the one here stays or goes as a whole', async () => {
  const block = { kind: 'block', owner: 'a', block: { name: 'task', limit: 100 } } as const
  const elsewhere = emptyOrigin()
  const value = { ...memoryOf('theirs', 'new', 1, block), number: 5 }
  await elsewhere.database.commit([{ op: 'put', store: 'memories', value }], 'strict')
  const file = await archiveOf(elsewhere)
  for (const [existing, text] of [
    ['keep', 'old'],
    ['replace', 'new'],
  ] as const) {
    const here = emptyOrigin()
    await here.database.commit(
      [{ op: 'put', store: 'memories', value: { ...memoryOf('ours', 'old', 1, block), number: 1 } }],
      'strict',
    )
    await bring(here, file, existing)
    expect((await here.database.list('memories')).map((memory) => memory.text)).toEqual([text])
  }
})

test('a file where a folder is, or in what is a file here, is left where it came from', async () => {
  const [here, elsewhere] = [emptyOrigin(), emptyOrigin()]
  const one = [new Uint8Array([1])]
  const agents = [{ name: 'buddy', turns: [] }]
  await fill(here, {
    agents,
    memories: [],
    entries: [],
    files: [
      { agent: 0, path: 'plan', versions: one },
      { agent: 0, path: 'notes/a', versions: one },
    ],
  })
  await fill(elsewhere, {
    agents,
    memories: [],
    entries: [],
    files: [
      { agent: 0, path: 'plan/b', versions: one },
      { agent: 0, path: 'notes', versions: one },
      { agent: 0, path: 'free', versions: one },
    ],
  })
  const { kinds } = await bring(here, await archiveOf(elsewhere), 'replace')
  expect(kinds.find(({ kind }) => kind === 'files')).toMatchObject({ added: 1, kept: 2 })
  expect((await here.database.list('files')).map(({ path }) => path)).toEqual(['free', 'notes/a', 'plan'])
  expect(await here.database.get('fileSpaces', agentId(0))).toMatchObject({ files: 3, paths: 3 })
})

test('a deleted whiteboard entry is not in the way of one that comes back', async () => {
  const [here, elsewhere] = [emptyOrigin(), emptyOrigin()]
  const entry = memoryOf('board/k', 'k: 1', 3, { kind: 'shared', scope: 'board', entry: { key: 'k', value: 1 } })
  await here.database.commit(
    [{ op: 'put', store: 'shared', value: { ...entry, text: '', entry: { key: 'k', value: null } } }],
    'strict',
  )
  await elsewhere.database.commit([{ op: 'put', store: 'shared', value: entry }], 'strict')
  await bring(here, await archiveOf(elsewhere))
  expect(await here.database.list('shared')).toEqual([entry])
})

test('the runs of an agent that is replaced end; others go on', async () => {
  const [here, elsewhere] = [emptyOrigin(), emptyOrigin()]
  const agents = [
    { name: 'a', turns: [] },
    { name: 'b', turns: [] },
  ]
  await fill(here, { agents, memories: [], entries: [], files: [] })
  await fill(elsewhere, { agents: agents.slice(0, 1), memories: [], entries: [], files: [] })
  for (const [index, id] of ['gone', 'stays'].entries()) {
    await here.database.commit([{ op: 'put', store: 'runs', value: { id, agent: agentId(index) } as never }], 'strict')
  }
  await bring(here, await archiveOf(elsewhere), 'replace')
  expect((await here.database.list('runs')).map(({ id }) => id)).toEqual(['stays'])
})

test('an import that was not finished leaves nothing after the next boot', async () => {
  const [world] = fc.sample(worlds, { numRuns: 1, seed: 7 })
  const [here, elsewhere] = [emptyOrigin(), emptyOrigin()]
  if (world) await fill(elsewhere, world)
  const file = await archiveOf(elsewhere)
  await stageOnly(here, file, (await look(here, file)).sha256)
  expect(await here.database.count('staging')).toBeGreaterThan(0)
  await finishArchive(platformOf(here))
  const { stores } = (await contentsOf(here)) as { stores: unknown }
  expect(stores).toEqual(((await contentsOf(emptyOrigin())) as { stores: unknown }).stores)
})

test('killed at every commit of an import, before or after it is carried out, all of it is there in the end', async () => {
  const [world] = fc.sample(worlds, { numRuns: 1, seed: 11 })
  const [whole, elsewhere] = [emptyOrigin(), emptyOrigin()]
  if (world) await fill(elsewhere, world)
  const turns = Array.from({ length: 900 }, (_, index) => `turn ${index}`)
  await fill(elsewhere, { agents: [{ name: 'long', turns }], memories: [], entries: [], files: [] })
  const file = await archiveOf(elsewhere)
  await bring(whole, file)
  const expected = await contentsOf(whole)
  const { sha256 } = await look(whole, file)
  for (const applied of [false, true]) {
    for (let at = 0; ; at += 1) {
      const origin = emptyOrigin()
      await stageOnly(origin, file, sha256)
      await origin.database.commit([setMark('import')], 'strict')
      const dying = createDyingDatabase(origin.database, at, applied)
      const done = finishArchive(platformOf({ ...origin, database: dying })).then(() => 'done' as const)
      const end = await Promise.race([done, dying.dead])
      await finishArchive(platformOf(origin))
      expect(await contentsOf(origin)).toEqual(expected)
      if (end === 'done') break
    }
  }
})

test('killed at every step of an erasure, nothing is left in the end but the number of the kernel', async () => {
  const [world] = fc.sample(worlds, { numRuns: 1, seed: 7 })
  for (const applied of [false, true]) {
    for (let at = 0; ; at += 1) {
      const origin = emptyOrigin()
      if (world) await fill(origin, world)
      await origin.database.commit(
        [setMark('erase'), { op: 'put', store: 'meta', value: { name: 'epoch', value: 9 } }],
        'strict',
      )
      const dying = createDyingDatabase(origin.database, at, applied)
      const done = finishArchive(platformOf({ ...origin, database: dying })).then(() => 'done' as const)
      const end = await Promise.race([done, dying.dead])
      // The mark is there until everything else is not.
      if (end !== 'done' && !applied) expect(await readMark(origin.database)).toBe('erase')
      await finishArchive(platformOf(origin))
      const expected = emptyOrigin()
      await expected.database.commit([{ op: 'put', store: 'meta', value: { name: 'epoch', value: 9 } }], 'strict')
      expect(await contentsOf(origin)).toEqual(await contentsOf(expected))
      if (end === 'done') break
    }
  }
})
