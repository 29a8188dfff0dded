/** A kernel is killed at every commit of what changes memory: nothing that was acknowledged is lost, nothing half is seen. */
import { describe, expect, it } from 'vitest'
import type { Memory } from '../../../kernel/abi/index.ts'
import type { Database, Mutation } from '../../../kernel/core/storage/database.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { fillable, killedAfter } from '../../fixtures/failing-database.ts'
import { errorOf, live, settings, type Life } from '../agents/harness.ts'

interface State {
  memories: Memory[]
  versions: Memory[]
}

/** What a later kernel knows. */
async function stateOf(database: Database): Promise<State> {
  await using kernel = await live({ script: () => [], database })
  const { memories } = await kernel.call('memory.list', { validAt: 'any' })
  const found: State = { memories, versions: [] }
  for (const { id } of memories) {
    expect(await kernel.call('memory.get', { id })).toMatchObject({ id })
    found.versions.push(...(await kernel.call('memory.history', { id })).versions)
  }
  // The index and the store agree.
  expect((await database.list('memories')).map(({ id }) => id).sort()).toEqual(memories.map(({ id }) => id).sort())
  return found
}

/** Each step of the story makes one change; what it needs of earlier ones it finds by their text. */
const STORY: readonly ((kernel: Life) => Promise<unknown>)[] = [
  (kernel) => kernel.call('memory.add', { text: 'my favourite colour is blue' }),
  async (kernel) => kernel.call('memory.update', { id: await idOf(kernel, 'blue'), scope: 'home' }),
  (kernel) => kernel.call('memory.add', { text: 'my favourite colour is red', scope: 'home' }),
  async (kernel) =>
    kernel.call('memory.add', {
      text: 'likes colours',
      links: [{ kind: 'derived-from', to: await idOf(kernel, 'red') }],
    }),
  async (kernel) => kernel.call('memory.delete', { id: await idOf(kernel, 'red') }),
  async (kernel) => {
    const { memories } = await kernel.call('memory.list', { validAt: 'any' })
    const page = memories.map((memory) => ({ ...memory, id: `${memory.id}-copy` }))
    return kernel.call('memory.import', { memories: page, history: [] })
  },
  (kernel) => remember(kernel, 'the boat leaves at nine'),
  async (kernel) => kernel.call('agent.delete', { agent: (await kernel.call('agent.list', {})).agents[0]?.id ?? '' }),
]

const AGENT = { kind: 'agent', id: 'ada', run: 'run' } as const
const NEVER = new AbortController().signal

function remember({ memory, database }: Life, text: string): Promise<Memory> {
  const commit = (writes: readonly Mutation[]): Promise<void> => database.commit(writes, 'strict')
  return memory.remember(text, { principal: AGENT, tool: 'remember', signal: NEVER, commit })
}

async function idOf(kernel: Life, words: string): Promise<string> {
  const { memories } = await kernel.call('memory.list', { validAt: 'any' })
  return memories.find(({ text }) => text.includes(words))?.id ?? ''
}

/** Tells the first `steps` of the story. */
async function tell(kernel: Life, from: number, to: number): Promise<void> {
  for (const step of STORY.slice(from, to)) await step(kernel)
}

/** Without what the order of ids and of times decides. */
const shapeOf = ({ memories, versions }: State): unknown => ({
  memories: memories.map(({ text, version, validUntil, links }) => [text, version, validUntil !== null, links.length]),
  versions: versions.map(({ text, version }) => [text, version]),
})

describe('a kernel that is killed', () => {
  it.each(STORY.map((_step, at) => [at] as const))(
    'at commit %i of a change leaves it done or not begun',
    async (at) => {
      for (const silent of [true, false]) {
        const database = createMemoryDatabase()
        const before = await live({ script: () => [], database })
        await before.call('agent.create', settings())
        await tell(before, 0, at)
        const stateBefore = shapeOf(await stateOf(database))
        const killable = killedAfter(database, 0, silent)
        const dying: Database = {
          get: (...request) => killable.get(...request),
          list: (...request) => killable.list(...request),
          count: (...request) => database.count(...request),
          commit: (...request) => killable.commit(...request),
          close: () => undefined,
        }
        const kernel = await live({ script: () => [], database: dying })
        const step = STORY[at]
        expect((await errorOf(step ? step(kernel) : Promise.resolve())).code).toBe('storage-failed')
        const after = shapeOf(await stateOf(database))
        if (silent) {
          // It was carried out and nobody heard of it: whole, as a kernel that lives carries it out.
          const whole = createMemoryDatabase()
          const alive = await live({ script: () => [], database: whole })
          await alive.call('agent.create', settings())
          await tell(alive, 0, at + 1)
          expect(after).toEqual(shapeOf(await stateOf(whole)))
        } else expect(after).toEqual(stateBefore)
      }
    },
  )

  it('holds nobody up when its disk is full, and goes on when there is room again', async () => {
    const database = createMemoryDatabase()
    let full = false
    const filling = { ...database, ...fillable(database, () => full) }
    await using kernel = await live({ script: () => [], database: filling })
    await tell(kernel, 0, 3)
    const before = await kernel.call('memory.list', { validAt: 'any' })
    full = true
    const { id } = before.memories[0] ?? { id: '' }
    for (const change of [
      () => kernel.call('memory.add', { text: 'more' }),
      () => kernel.call('memory.update', { id, text: 'other' }),
      () => kernel.call('memory.delete', { id }),
      () => remember(kernel, 'more'),
    ]) {
      expect((await errorOf(change())).code).toBe('storage-full')
      expect(await kernel.call('memory.list', { validAt: 'any' })).toEqual(before)
    }
    full = false
    await kernel.call('memory.update', { id, text: 'other' })
    expect((await kernel.call('memory.search', { query: 'other' })).hits[0]?.memory.id).toBe(id)
  })
})
