/** Everything in one file comes back as it was, elsewhere and here. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eraseEverything } from '../../../kernel/core/archive/carry-out.ts'
import { agentId, archiveOf, bring, contentsOf, emptyOrigin, fill, look, turnOf, worlds } from './world.ts'

test('what is exported and imported elsewhere is equal, whatever it was', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      const [here, there] = [emptyOrigin(), emptyOrigin()]
      await fill(here, world)
      await bring(there, await archiveOf(here))
      expect(await contentsOf(there)).toEqual(await contentsOf(here))
    }),
    { numRuns: 40 },
  )
}, 60_000)

test('what is exported, erased and imported again is equal', async () => {
  const [world] = fc.sample(worlds, { numRuns: 1, seed: 7 })
  const origin = emptyOrigin()
  if (world) await fill(origin, world)
  const before = await contentsOf(origin)
  const file = await archiveOf(origin)
  await eraseEverything({ ...origin, erase: async () => {} })
  expect(await contentsOf(origin)).toEqual(await contentsOf(emptyOrigin()))
  await bring(origin, file)
  expect(await contentsOf(origin)).toEqual(before)
})

test('memories get numbers of this origin, in the order of the file and above those that are here', async () => {
  const [here, there] = [emptyOrigin(), emptyOrigin()]
  const memory = { text: 'one', versions: [], block: null }
  await fill(here, { agents: [], entries: [], files: [], memories: [memory, memory] })
  await fill(there, { agents: [], entries: [], files: [], memories: [memory] })
  const file = await archiveOf(here)
  await bring(there, file)
  expect((await there.database.list('memories')).map(({ id, number }) => [id, number])).toEqual([
    ['memory-0', 1],
    ['memory-1', 2],
  ])
})

test('a preview says what is in a file, how much of it is here, and where its models send what is written', async () => {
  const origin = emptyOrigin()
  const files = [{ agent: 0, path: 'notes/plan.txt', versions: [new Uint8Array(2_000), null, new Uint8Array([1, 2])] }]
  await fill(origin, { agents: [{ name: 'buddy', turns: ['hello', 'hi'] }], memories: [], entries: [], files })
  const source = {
    kind: 'openai',
    baseUrl: 'https://me:secret@models.example/v1',
    model: 'big',
    key: 'sk-secret',
  } as const
  const model = {
    id: 'm1',
    name: 'Big',
    source,
    contextTokens: 8_000,
    sizeBytes: null,
    listed: false,
    partialBytes: null,
    etag: null,
    stored: true,
  }
  await origin.database.commit([{ op: 'put', store: 'models', value: model }], 'strict')
  const file = await archiveOf(origin)
  const contents = await look(origin, file)
  expect(contents).toMatchObject({ version: 1, writtenBy: '0.1.0', sizeBytes: file.size, sendsTo: ['models.example'] })
  expect(contents.agents).toEqual([{ id: agentId(0), name: 'buddy', turns: 2, files: 1, here: true }])
  expect(contents.kinds.map(({ kind, count, here }) => [kind, count, here])).toEqual([
    ['agents', 1, 1],
    ['conversations', 2, 2],
    ['files', 1, 1],
    ['models', 1, 1],
    ['settings', 1, 1],
  ])
  expect((await look(emptyOrigin(), file)).kinds.map(({ here }) => here)).toEqual([0, 0, 0, 0, 0])
})

test('no key, password or log is in a file', async () => {
  const origin = emptyOrigin()
  const source = {
    kind: 'openai',
    baseUrl: 'https://me:hunter2@models.example/v1',
    model: 'big',
    key: 'sk-secret',
  } as const
  const model = {
    id: 'm1',
    name: 'Big',
    source,
    contextTokens: 8_000,
    sizeBytes: null,
    listed: false,
    partialBytes: null,
    etag: null,
    stored: true,
  }
  const embedder = { kind: 'openai', url: 'https://x.example', model: 'e', key: 'sk-embed' } as const
  const logged = {
    seq: 1,
    at: 1,
    epoch: 1,
    principal: { kind: 'user' },
    what: 'outcome',
    syscall: 'x',
    call: 'logged',
  } as const
  await origin.database.commit(
    [
      { op: 'put', store: 'models', value: model },
      { op: 'put', store: 'collections', value: { name: 'c', embedder, dimensions: 3, state: 'current' } as never },
      { op: 'put', store: 'audit', value: logged },
      { op: 'put', store: 'meta', value: { name: 'epoch', value: 99 } },
    ],
    'strict',
  )
  const written = await (await archiveOf(origin)).text()
  for (const secret of ['sk-secret', 'sk-embed', 'hunter2', 'logged', 'epoch']) expect(written).not.toContain(secret)
  expect(written).toContain('models.example')
})

test('what a run has not finished is left out, and so is a page about it', async () => {
  const origin = emptyOrigin()
  await fill(origin, { agents: [{ name: 'buddy', turns: ['q', 'a'] }], memories: [], entries: [], files: [] })
  const run = { id: 'now', agent: agentId(0), state: 'running' } as never
  await origin.database.commit(
    [
      { op: 'put', store: 'turns', value: turnOf(0, 2, 'unanswered', 'now') },
      { op: 'put', store: 'runs', value: run },
    ],
    'strict',
  )
  const there = emptyOrigin()
  await bring(there, await archiveOf(origin))
  expect((await there.database.list('turns')).map(({ text }) => text)).toEqual(['q', 'a'])
})

test('a conversation whose question is taken back while it is read is read again', async () => {
  const origin = emptyOrigin()
  const turns = Array.from({ length: 450 }, (_, index) => `turn ${index}`)
  await fill(origin, { agents: [{ name: 'buddy', turns }], memories: [], entries: [], files: [] })
  let lists = 0
  const database = {
    ...origin.database,
    list: (async (store, range) => {
      const found = await origin.database.list(store, range)
      // After the first page: the last hundred are taken back, and another question is asked.
      if (store === 'turns' && range?.reverse !== true && (lists += 1) === 1) {
        const [id] = [agentId(0)]
        await origin.database.commit(
          [
            { op: 'delete-range', store: 'turns', from: [id, 350], to: [id, 449] },
            { op: 'put', store: 'turns', value: turnOf(0, 450, 'instead') },
          ],
          'strict',
        )
      }
      return found
    }) satisfies typeof origin.database.list,
  }
  const there = emptyOrigin()
  await bring(there, await archiveOf({ ...origin, database }))
  const brought = (await there.database.list('turns')).map(({ text }) => text)
  expect(brought).toEqual([...turns.slice(0, 350), 'instead'])
})

test('a file whose newest contents are damaged is left out and named; an older damaged version goes without the newer ones', async () => {
  const origin = emptyOrigin()
  const [one, two, three] = [new Uint8Array([1]), new Uint8Array([2]), new Uint8Array([3])]
  const files = [
    { agent: 0, path: 'a.txt', versions: [one, two] },
    { agent: 0, path: 'b.txt', versions: [three, one, two] },
  ]
  await fill(origin, { agents: [{ name: 'buddy', turns: [] }], memories: [], entries: [], files })
  const hash = await origin.fileBlobs.hash(one)
  origin.fileBlobs.stored.set(hash, new Uint8Array([9]))
  const there = emptyOrigin()
  await bring(there, await archiveOf(origin))
  expect((await there.database.list('files')).map(({ path, oldest, version }) => [path, oldest, version])).toEqual([
    ['a.txt', 2, 2],
    ['b.txt', 3, 3],
  ])
  origin.fileBlobs.stored.set(await origin.fileBlobs.hash(two), new Uint8Array([9]))
  await bring(emptyOrigin(), await archiveOf(origin))
  expect((await (await archiveOf(origin)).text()).includes('a.txt')).toBe(false)
})
