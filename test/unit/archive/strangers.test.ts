/** An archive that is whole and in order, and says what is not so: whoever made it has no say in what comes first here, or stays for good. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Memory } from '../../../kernel/abi/index.ts'
import { BLOCKS_PER_OWNER, CLOCK_SKEW_MS } from '../../../kernel/core/memory/param.ts'
import { KEY_PATHS } from '../../../kernel/core/storage/records.ts'
import type { StoreName } from '../../../kernel/core/storage/records.ts'
import { agentOf, archiveOf, bring, emptyOrigin, fill, forge, look, memoryOf, turnOf, worlds } from './world.ts'
import type { Origin } from './world.ts'

const line = (store: string, record: object) => ({ store, record })
const AHEAD = 8e15

/** Lines of the archive of an agent with two files, without what a line of one of these stores says. */
async function linesWithout(...stores: readonly string[]): Promise<string[]> {
  const origin = emptyOrigin()
  const contents = new Uint8Array(40).fill(65)
  const files = ['notes/a.txt', 'b.txt'].map((path) => ({ agent: 0, path, versions: [contents] }))
  await fill(origin, { agents: [{ name: 'buddy', turns: [] }], memories: [], entries: [], files })
  const text = (await (await archiveOf(origin)).text()).replaceAll(/(\{"store":"blob",[^\n]*)\n/g, '$1\0')
  // Contents and the line that tells of them are one record.
  const lines = text
    .trim()
    .split('\n')
    .slice(1, -1)
    .map((record) => record.replace('\0', '\n'))
  return lines.filter((record) => !stores.some((store) => record.startsWith(`{"store":"${store}"`)))
}

const countOf = ({ database }: Origin, stores: readonly StoreName[]): Promise<number[]> =>
  Promise.all(stores.map((store) => database.count(store)))

test('files of no agent are left out, which is said, and what else is in the file is taken in', async () => {
  const origin = emptyOrigin()
  const file = await forge([line('memories', memoryOf('m', 'tea', 1)), ...(await linesWithout('agents', 'spending'))])
  expect((await look(origin, file)).kinds.find(({ kind }) => kind === 'files')?.count).toBe(0)
  const report = await bring(origin, file)
  expect(report).toEqual({
    kinds: [{ kind: 'memories', added: 1, replaced: 0, kept: 0 }, expect.objectContaining({ kind: 'settings' })],
    ownerless: 2,
    redated: 0,
  })
  expect(await countOf(origin, ['files', 'fileVersions', 'fileBlobs', 'fileSpaces', 'memories'])).toEqual([
    0, 0, 0, 0, 1,
  ])
})

test('files of an agent that is here, or that comes with them and stays as it is here, are taken in', async () => {
  for (const without of [[], ['agents', 'spending']]) {
    const origin = emptyOrigin()
    await fill(origin, { agents: [{ name: 'mine', turns: [] }], memories: [], entries: [], files: [] })
    const { ownerless, kinds } = await bring(origin, await forge(await linesWithout(...without)))
    expect(ownerless).toBe(0)
    expect(kinds.find(({ kind }) => kind === 'files')).toMatchObject({ added: 2 })
  }
})

test('files of an agent that was made while everything is exported are not in the file', async () => {
  const origin = emptyOrigin()
  await fill(origin, {
    agents: [],
    memories: [],
    entries: [],
    files: [{ agent: 0, path: 'a.txt', versions: [new Uint8Array([65])] }],
  })
  expect(await (await archiveOf(origin)).text()).not.toContain('a.txt')
})

/** Every date of what was done, wherever it stands. */
function datesIn(value: unknown): number[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([field, part]) =>
    typeof part === 'number' && (field === 'at' || field.endsWith('At')) ? [part] : datesIn(part),
  )
}

test('nothing is newer than now, whatever it says it is', async () => {
  const origin = emptyOrigin()
  const memory = (id: string, more: Partial<Memory> = {}): Memory => ({
    ...memoryOf(id, id, 2),
    ...{ createdAt: AHEAD, updatedAt: AHEAD, validFrom: AHEAD, usedAt: AHEAD },
    ...more,
  })
  const ended = { at: AHEAD, by: { kind: 'user' }, what: 'updated' }
  const report = await bring(
    origin,
    await forge([
      line('agents', { ...agentOf(0, 'buddy'), createdAt: AHEAD }),
      line('turns', { ...turnOf(0, 0, 'hi'), at: AHEAD }),
      line('memories', memory('m')),
      line('versions', { record: 'm', version: 1, memory: memory('m', { version: 1 }), ended }),
      line('shared', memory('a/b', { kind: 'shared', scope: 'a', entry: { key: 'b', value: 1 } })),
    ]),
  )
  expect(report.redated).toBe(5)
  const { database } = origin
  for (const store of Object.keys(KEY_PATHS) as StoreName[])
    expect(Math.max(0, ...datesIn(await database.list(store)))).toBeLessThanOrEqual(Date.now())
  // It is true from when it was written, as it said.
  const [kept] = await database.list('memories')
  expect(kept).toMatchObject({ validFrom: kept?.createdAt, updatedAt: kept?.createdAt })
})

test('what is to be true later, or until then, and clocks that differ by hours stay as they are', async () => {
  const origin = emptyOrigin()
  const soon = Date.now() + CLOCK_SKEW_MS / 2
  const planned = memoryOf('m', 'the flat is ours', 5, { validFrom: AHEAD, validUntil: AHEAD + 1 })
  const fast = memoryOf('n', 'tea', 5, { createdAt: soon, updatedAt: soon, validFrom: soon, usedAt: null })
  const { redated } = await bring(origin, await forge([line('memories', planned), line('memories', fast)]))
  expect(redated).toBe(0)
  expect((await origin.database.list('memories')).map(({ number: _, ...memory }) => memory)).toEqual([planned, fast])
})

test('an archive of what there is has no date that is changed', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      const origin = emptyOrigin()
      await fill(origin, world)
      expect(await bring(emptyOrigin(), await archiveOf(origin))).toMatchObject({ ownerless: 0, redated: 0 })
    }),
    { numRuns: 10 },
  )
})

test('no owner has more working blocks than fit into its windows', async () => {
  const origin = emptyOrigin()
  const block = (index: number) =>
    line('memories', memoryOf(`b${index}`, 'x', 1, { kind: 'block', block: { name: `b${index}`, limit: 10 } }))
  const lines = Array.from({ length: BLOCKS_PER_OWNER + 3 }, (_, index) => block(index))
  const report = await bring(origin, await forge(lines))
  expect(report.kinds).toEqual([{ kind: 'memories', added: BLOCKS_PER_OWNER, replaced: 0, kept: 3 }])
  expect(await bring(origin, await forge(lines), 'replace')).toMatchObject({
    kinds: [{ replaced: BLOCKS_PER_OWNER, kept: 3 }],
  })
  expect(await origin.database.count('memories')).toBe(BLOCKS_PER_OWNER)
})

test.each<[string, object]>([
  ['a memory that was changed more often than anything', line('memories', memoryOf('m', 'x', 2 ** 52))],
  ['a memory that was used so often', line('memories', memoryOf('m', 'x', 1, { uses: 2 ** 52 }))],
  ['a block that fills a window', line('memories', memoryOf('m', 'x', 1, { block: { name: 'b', limit: 1e9 } }))],
  ['a block without a name', line('memories', memoryOf('m', 'x', 1, { kind: 'block' }))],
])('%s is refused', async (_, record) => {
  await expect(look(emptyOrigin(), await forge([record]))).rejects.toMatchObject({ data: { reason: 'bad-record' } })
})

test('a turn at a place behind which there is none is refused', async () => {
  const lines = [line('agents', agentOf(0, 'a')), line('turns', turnOf(0, 2 ** 53 - 1, 'hi'))]
  await expect(look(emptyOrigin(), await forge(lines))).rejects.toMatchObject({ data: { reason: 'bad-record' } })
})

test('an export reads of runs only those that conversations end with, however many agents there are', async () => {
  const origin = emptyOrigin()
  const agents = Array.from({ length: 20 }, () => ({ name: 'a', turns: ['q', 'a'] }))
  await fill(origin, { agents, memories: [], entries: [], files: [] })
  const read: string[] = []
  const database: Origin['database'] = {
    get: (store, key) => {
      if (store === 'runs') read.push(String(key))
      return origin.database.get(store, key)
    },
    list: (store, range) => {
      if (store === 'runs') read.push('all')
      return origin.database.list(store, range)
    },
    count: (store, range) => origin.database.count(store, range),
    commit: (batch, durability) => origin.database.commit(batch, durability),
    close: () => undefined,
  }
  await archiveOf({ ...origin, database })
  expect(read.sort()).toEqual(agents.map((_, index) => `run-${index}-1`).sort())
})
