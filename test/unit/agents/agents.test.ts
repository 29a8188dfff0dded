import { describe, expect, it } from 'vitest'
import { AGENTS_KEPT } from '../../../kernel/core/param.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createCountingRandom } from '../../../kernel/drivers/memory/random.ts'
import { ask, asks, errorOf, live, settings } from './harness.ts'

describe('agents', () => {
  it('are created with a label, updated field by field, and deleted with all that was theirs alone', async () => {
    await using life = await live({ script: () => [asks('remember', { fact: 'my dog is Rosa' })] })
    const agent = await life.call('agent.create', settings({ limits: { rounds: 1 } }))
    expect(agent.createdBy).toMatchObject({ source: 'user', trust: 'trusted' })
    const updated = await life.call('agent.update', { agent: agent.id, instructions: 'New.' })
    expect(updated).toEqual({ ...agent, instructions: 'New.' })
    expect(life.agents.toolsOf(agent.id)).toEqual(agent.tools)
    await ask(life, agent.id, 'Remember that my dog is Rosa.')
    expect((await life.call('memory.list', { limit: 10 })).memories).toMatchObject([
      {
        text: 'my dog is Rosa',
        owner: null,
        provenance: { source: 'model', tool: 'remember', trust: 'untrusted' },
      },
    ])
    await life.call('memory.add', { text: 'a note of its own', owner: agent.id })
    await life.call('agent.delete', { agent: agent.id })
    expect(await life.database.count('turns')).toBe(0)
    // What it learnt the others know; that stays.
    expect((await life.call('memory.list', { limit: 10 })).memories.map(({ text }) => text)).toEqual(['my dog is Rosa'])
    expect((await errorOf(life.call('agent.get', { agent: agent.id }))).code).toBe('not-found')
    expect(life.agents.toolsOf(agent.id)).toBeUndefined()
  })

  it('are no more than there may be, also when several are made at once', async () => {
    const [database, random] = [createMemoryDatabase(), createCountingRandom()]
    const first = await live({ database, random, script: () => [] })
    const agent = await first.call('agent.create', settings())
    const others = Array.from({ length: AGENTS_KEPT - 3 }, (_, at) => ({ ...agent, id: `agent-${at}-of-many` }))
    await database.commit(
      others.map((value) => ({ op: 'put', store: 'agents', value })),
      'strict',
    )
    await using life = await live({ database, random, script: () => [] })
    const made = await Promise.allSettled([1, 2, 3, 4].map(() => life.call('agent.create', settings())))
    expect(made.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected'])
    expect(await database.count('agents')).toBe(AGENTS_KEPT)
    const [oldest] = (await life.call('agent.list', {})).agents
    await life.call('agent.delete', { agent: oldest?.id ?? '' })
    await life.call('agent.create', settings())
    expect((await errorOf(life.call('agent.create', settings()))).code).toBe('over-limit')
  })

  it('forget their conversation when it is cleared', async () => {
    await using life = await live({ script: ({ messages }) => [`${messages.length}`] })
    const agent = await life.call('agent.create', settings())
    await ask(life, agent.id, 'one')
    expect(await life.call('agent.clear', { agent: agent.id })).toEqual({ turns: 2 })
    await ask(life, agent.id, 'two')
    const { turns } = await life.call('agent.history', { agent: agent.id, limit: 200 })
    expect(turns.map(({ text }) => text)).toEqual(['two', '2'])
  })

  it('page through history backwards', async () => {
    await using life = await live({ script: () => ['x'] })
    const agent = await life.call('agent.create', settings())
    for (const text of ['a', 'b', 'c']) await ask(life, agent.id, text)
    const last = await life.call('agent.history', { agent: agent.id, limit: 4 })
    expect([last.more, last.turns.map(({ text }) => text)]).toEqual([true, ['b', 'x', 'c', 'x']])
    const first = await life.call('agent.history', { agent: agent.id, limit: 4, before: last.turns[0]?.index })
    expect([first.more, first.turns.map(({ text }) => text)]).toEqual([false, ['a', 'x']])
  })
})
