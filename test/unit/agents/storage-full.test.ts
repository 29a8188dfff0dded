/** A full disk must not make a run that has ended, as far as anybody was told, begin anew. */
import { describe, expect, it } from 'vitest'
import { HearthError, type KernelEvent } from '../../../kernel/abi/index.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createCountingRandom } from '../../../kernel/drivers/memory/random.ts'
import type { createHastyClock } from './harness.ts'
import { ask, errorOf, gate, historyOf, idle, live, settings, user } from './harness.ts'

/** Refuses commits while it is full; a batch of one record may still fit. */
function createFillingDatabase(database: Database): Database & { full: boolean; single: boolean } {
  const filling = {
    ...database,
    full: false,
    single: false,
    commit(...[batch, durability]: Parameters<Database['commit']>) {
      if (!filling.full || (filling.single && batch.length === 1)) return database.commit(batch, durability)
      const data = { usageBytes: null, quotaBytes: null }
      return Promise.reject(new HearthError('storage-full', 'The disk is full.', data))
    },
  }
  return filling
}

/** Two words, then the test decides. */
async function writing(database: Database, options: { clock?: ReturnType<typeof createHastyClock> } = {}) {
  const held = gate()
  const random = createCountingRandom()
  const life = await live({
    ...{ database, random, ...options },
    script: () => ['some ', 'text ', 'more'],
    engine: { pace: (_request, delta) => (delta === 2 ? held.pass : new Promise((go) => setImmediate(go))) },
  })
  const agent = await life.call('agent.create', settings())
  const call = {
    id: 'call',
    syscall: 'agent.run',
    principal: user.principal,
    epoch: 1,
    at: 0,
    state: 'intent',
  } as const
  await database.commit([{ op: 'put', store: 'calls', value: call }], 'strict')
  const running = life.call('agent.run', { agent: agent.id, text: 'Go' }, { id: 'call' })
  for (;;) {
    const [run] = (await life.call('run.list', { active: true, limit: 1 })).runs
    if (run?.completionTokens === 2) return { life, agent: agent.id, run: run.id, running, held, random }
    await idle()
  }
}

describe('a run whose end cannot be stored', () => {
  it('is stored as soon as there is space, before the next question, and not asked anew', async () => {
    const database = createFillingDatabase(createMemoryDatabase())
    const { life, agent, run, running, held } = await writing(database)
    const notices: KernelEvent[] = []
    life.events.subscribe((event) => event.type === 'notice' && notices.push(event))
    database.full = true
    expect((await life.call('run.cancel', { run })).state).toBe('cancelled')
    expect((await running).state).toBe('cancelled')
    expect(notices).toMatchObject([{ code: 'storage-full' }])
    held.open()
    database.full = false
    expect((await ask(life, agent, 'Next')).run.state).toBe('done')
    expect((await historyOf(life, agent)).map(({ text, ended }) => [text, ended])).toEqual([
      ...[
        ['Go', 'complete'],
        ['some text ', 'stopped'],
        ['Next', 'complete'],
        ['some text more', 'complete'],
      ],
    ])
    expect((await database.get('runs', run))?.unsaved).toBeUndefined()
    expect(await database.get('calls', 'call')).toMatchObject({ state: 'done', result: { state: 'cancelled' } })
  })

  it('is not taken up again by the next kernel, which stores what is missing', async () => {
    const memory = createMemoryDatabase()
    const database = createFillingDatabase(memory)
    const { life, agent, run, running, random } = await writing(database)
    Object.assign(database, { full: true, single: true })
    await life.call('run.cancel', { run })
    await running
    expect(await memory.get('runs', run)).toMatchObject({ state: 'cancelled', unsaved: true })
    const next = await live({ database: memory, random, script: () => ['never'] })
    await next.agents.recover()
    expect((await next.call('run.list', { active: true, limit: 9 })).runs).toEqual([])
    expect((await next.call('run.watch', { run, after: -1 })).state).toBe('cancelled')
    expect(next.engine.requests.length).toBe(0)
    expect((await historyOf(next, agent)).map(({ text }) => text)).toEqual(['Go', 'some text '])
    expect((await memory.get('runs', run))?.unsaved).toBeUndefined()
  })

  it('has ended as its call says, when only that could be stored', async () => {
    const memory = createMemoryDatabase()
    const { agent, run, random } = await writing(memory)
    const cancelled = { code: 'cancelled', message: 'gone', data: { by: 'caller' } } as const
    const call = await memory.get('calls', 'call')
    if (!call) throw new Error('the call is on record')
    await memory.commit(
      [{ op: 'put', store: 'calls', value: { ...call, state: 'failed', error: cancelled } }],
      'strict',
    )
    const next = await live({ database: memory, random, script: () => ['never'] })
    await next.agents.recover()
    expect((await next.call('run.watch', { run, after: -1 })).state).toBe('cancelled')
    expect(next.engine.requests.length).toBe(0)
    expect((await historyOf(next, agent)).length).toBe(2)
  })
})

describe('changes of one agent', () => {
  it("that overlap keep each other's fields, and one that fails leaves none behind", async () => {
    const database = createFillingDatabase(createMemoryDatabase())
    await using life = await live({ database, script: () => ['x'] })
    const agent = await life.call('agent.create', settings())
    await Promise.all([
      life.call('agent.update', { agent: agent.id, name: 'Eve' }),
      life.call('agent.update', { agent: agent.id, instructions: 'New.' }),
      life.call('agent.pause', { agent: agent.id }),
      life.call('agent.update', { agent: agent.id, weight: 2 }),
    ])
    const changed = { name: 'Eve', instructions: 'New.', paused: true, weight: 2 }
    expect(await life.call('agent.get', { agent: agent.id })).toMatchObject(changed)
    expect(await database.get('agents', agent.id)).toMatchObject(changed)
    database.full = true
    expect((await errorOf(life.call('agent.update', { agent: agent.id, name: 'Lost' }))).code).toBe('storage-full')
    database.full = false
    await life.call('agent.update', { agent: agent.id, weight: 3 })
    expect(await database.get('agents', agent.id)).toMatchObject({ ...changed, weight: 3 })
  })
})
