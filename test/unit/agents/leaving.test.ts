/** What is left of a conversation that was cleared, and of an agent that was deleted: nothing. */
import { describe, expect, it } from 'vitest'
import { HearthError } from '../../../kernel/abi/index.ts'
import { KEY_PATHS, type CallRecord, type StoreName } from '../../../kernel/core/storage/records.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createMemoryLiveness } from '../../../kernel/drivers/memory/liveness.ts'
import { bootNode } from '../../../kernel/hosts/node.ts'
import { TestClient } from '../kernel/fixture.ts'
import { ask, asks, errorOf, gate, live, settings, type Life } from './harness.ts'

const WORD = 'zanzibar'

/** The stores that have the word anywhere. */
async function storesWith(database: Database): Promise<string[]> {
  const names = Object.keys(KEY_PATHS) as StoreName[]
  const found = await Promise.all(names.map(async (name) => JSON.stringify(await database.list(name)).includes(WORD)))
  return names.filter((_name, place) => found[place])
}

/** The settled call as the gate keeps it, which the harness does not have. */
async function keepCall(life: Life, id: string, syscall: string, result: unknown): Promise<void> {
  const record = { id, syscall, principal: { kind: 'user' }, epoch: 1, at: 0, state: 'done', result } as const
  await life.database.commit([{ op: 'put', store: 'calls', value: record }], 'strict')
}

describe.each(['agent.clear', 'agent.delete'] as const)('%s', (name) => {
  it('leaves no word of the conversation in any store', async () => {
    await using life = await live({ script: () => [`said ${WORD} too`] })
    const agent = await life.call('agent.create', settings())
    const { run } = await ask(life, agent.id, `I go to ${WORD}`)
    await keepCall(life, 'asked', 'agent.run', run)
    await keepCall(life, 'niced', 'run.renice', run)
    expect(await storesWith(life.database)).toEqual(expect.arrayContaining(['turns', 'runs', 'journal', 'calls']))
    await life.call(name, { agent: agent.id })
    expect(await storesWith(life.database)).toEqual([])
    // The calls themselves are on record still, so that none is carried out twice.
    expect(await life.database.get('calls', 'asked')).toMatchObject({
      state: 'done',
      result: { id: run.id, title: '' },
    })
  })

  it('leaves nothing of what the agent called, what was in doubt and what was pinned in calls on record', async () => {
    await using life = await live({ script: () => ['yes'] })
    const agent = await life.call('agent.create', settings())
    const other = await life.call('agent.create', settings())
    const { run } = await ask(life, agent.id, 'one')
    const call = { id: 'c1', name: 'order', arguments: { to: WORD } }
    await keepCall(life, 'decided', 'run.decide', { ...run, title: '', undecided: call })
    await keepCall(life, 'pinned', 'context.pin', { id: 'p', agent: agent.id, stub: WORD, standing: [WORD] })
    const made = { syscall: 'tool.call', epoch: 1, at: 0 } as const
    const error = { code: 'tool-failed', message: `There is no ${WORD}.`, data: { tool: 'x', reason: WORD } } as const
    const by = (id: string) => ({ principal: { kind: 'agent', id, run: run.id } }) as const
    const records: CallRecord[] = [
      { ...made, ...by(agent.id), id: 'told', state: 'done', result: { tool: 'recall', value: WORD } },
      { ...made, ...by(agent.id), id: 'failed', state: 'failed', error },
      { ...made, ...by(other.id), id: 'of another', state: 'done', result: { tool: 'recall', value: 'kept' } },
    ]
    await life.database.commit(
      records.map((value) => ({ op: 'put', store: 'calls', value })),
      'strict',
    )
    await life.call(name, { agent: agent.id })
    expect(await storesWith(life.database)).toEqual([])
    expect((await life.database.list('calls')).map(({ id }) => id)).toEqual(['decided', 'of another', 'pinned'])
  })

  it('takes its runs off the list, and their titles from whoever shows them', async () => {
    await using life = await live({ script: () => ['yes'] })
    const [agent, other] = [await life.call('agent.create', settings()), await life.call('agent.create', settings())]
    const { run } = await ask(life, agent.id, 'one')
    const { run: kept } = await ask(life, other.id, 'two')
    const titles: [string, string][] = []
    life.events.subscribe((event) => event.type === 'run' && titles.push([event.run.id, event.run.title]))
    await life.call(name, { agent: agent.id })
    const { runs } = await life.call('run.list', { active: false, limit: 9 })
    expect(runs.map(({ id, title }) => [id, title])).toEqual([[kept.id, 'two']])
    expect(titles).toEqual([[run.id, '']])
    expect((await errorOf(life.call('run.watch', { run: run.id, after: -1 }))).code).toBe('not-found')
    expect(JSON.stringify(await life.database.list('journal'))).toContain('two')
  })

  it('does not bring back a conversation whose memories go as well', async () => {
    const script = ({ messages }: { messages: readonly { role: string }[] }) =>
      messages.at(-1)?.role === 'user' ? [asks('remember', { fact: `the trip goes to ${WORD}` })] : ['saved']
    await using life = await live({ script })
    const agent = await life.call('agent.create', settings())
    await ask(life, agent.id, 'Where to?')
    await life.call(name, { agent: agent.id })
    expect(await life.database.count('turns')).toBe(0)
    expect(await life.database.count('journal')).toBe(0)
  })
})

it('a memory that is forgotten after the conversation which recalled it was cleared is in no store', async () => {
  let asked = false
  const script = () => {
    const first = !asked
    asked = true
    return first ? [asks('recall', { query: WORD })] : ['ok']
  }
  await using life = await live({ script })
  const agent = await life.call('agent.create', settings())
  const memory = await life.call('memory.add', { text: `the trip goes to ${WORD} in May` })
  await ask(life, agent.id, 'where to?')
  expect(await storesWith(life.database)).toContain('journal')
  await life.call('agent.clear', { agent: agent.id })
  await life.call('memory.delete', { id: memory.id })
  expect(await storesWith(life.database)).toEqual([])
})

it('a memory that is forgotten after the question which recalled it was replaced is in no store', async () => {
  let asked = false
  const script = () => {
    const first = !asked
    asked = true
    return first ? [asks('recall', { query: 'trip' })] : ['ok']
  }
  await using life = await live({ script })
  const agent = await life.call('agent.create', settings())
  const memory = await life.call('memory.add', { text: `the trip goes to ${WORD} in May` })
  await ask(life, agent.id, 'where to?')
  const [question] = (await life.call('agent.history', { agent: agent.id })).turns
  await ask(life, agent.id, 'how are you?', { replace: question?.id ?? '' })
  expect(await storesWith(life.database)).toEqual(expect.arrayContaining(['journal', 'memories']))
  await life.call('memory.delete', { id: memory.id })
  expect(await storesWith(life.database)).toEqual([])
})

/** An agent whose deletion has stopped its runs, and waits until it is let go on. */
async function beingDeleted({ signal = new AbortController().signal }: { signal?: AbortSignal } = {}) {
  const database = createMemoryDatabase()
  const held = gate()
  const reached = gate()
  let holding = false
  const slow: Database = {
    get: (store, key) => database.get(store, key),
    count: (store, range) => database.count(store, range),
    commit: (batch, durability) => database.commit(batch, durability),
    close: () => database.close(),
    // Results of calls are read after the runs were stopped, and before anything is committed.
    async list(store, range) {
      if (holding && store === 'calls') {
        reached.open()
        await held.pass
      }
      return database.list(store, range)
    },
  }
  const life = await live({ database: slow, script: () => ['yes'] })
  const agent = await life.call('agent.create', settings())
  holding = true
  const deleted = life.call('agent.delete', { agent: agent.id }, { signal })
  await reached.pass
  return { life, agent, deleted, goOn: () => held.open() }
}

describe('an agent that is being deleted', () => {
  it('begins no run, so that nothing is left that one would write', async () => {
    const { agent, deleted, goOn, ...slow } = await beingDeleted()
    await using life = slow.life
    expect(await errorOf(ask(life, agent.id, `I go to ${WORD}`))).toMatchObject({ code: 'not-found' })
    goOn()
    await deleted
    expect(await storesWith(life.database)).toEqual([])
    expect(await life.database.count('runs')).toBe(0)
  })

  it('is not changed, paused or resumed, as that would bring it back', async () => {
    const { agent, deleted, goOn, ...slow } = await beingDeleted()
    await using life = slow.life
    for (const change of [
      () => life.call('agent.update', { agent: agent.id, instructions: WORD }),
      () => life.call('agent.pause', { agent: agent.id }),
      () => life.call('agent.resume', { agent: agent.id }),
    ])
      expect(await errorOf(change())).toMatchObject({ code: 'not-found' })
    goOn()
    await deleted
    expect(await life.database.count('agents')).toBe(0)
    expect((await life.call('agent.list', {})).agents).toEqual([])
  })

  it('is as it was when that fails', async () => {
    const failing = new AbortController()
    const { agent, deleted, goOn, ...slow } = await beingDeleted(failing)
    await using life = slow.life
    failing.abort(new HearthError('cancelled', 'The test gave it up.', { by: 'user' }))
    goOn()
    expect((await errorOf(deleted)).code).toBe('cancelled')
    expect((await ask(life, agent.id, 'Are you there?')).run.state).toBe('done')
  })
})

it('a deleted agent leaves nothing of its instructions, whoever made and changed it through the kernel', async () => {
  const [database, liveness] = [createMemoryDatabase(), createMemoryLiveness()]
  await using kernel = await bootNode({ database, liveness })
  const client = await TestClient.open({ liveness, sessions: { connect: kernel.connect } })
  const made = await client.call('agent.create', { name: 'Ada', instructions: `Never go to ${WORD}.` }, 'made')
  if (made.t !== 'done') throw new Error(made.error.message)
  const { id: agent } = made.result as { id: string }
  await client.call('agent.update', { agent, instructions: `Always go to ${WORD}.` }, 'changed')
  await client.call('agent.pause', { agent }, 'paused')
  expect(await storesWith(database)).toEqual(['calls', 'agents'])
  await client.call('agent.delete', { agent })
  expect(await storesWith(database)).toEqual([])
  // A client that asks again learns that they were done.
  expect(await client.call('agent.create', { name: 'Ada' }, 'made')).toMatchObject({ t: 'done', result: { id: agent } })
  expect(await database.count('agents')).toBe(0)
})
