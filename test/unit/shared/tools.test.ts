/** The whiteboard as agents use it, through the tools and the real run loop; what the model writes is scripted. */
import { expect, test } from 'vitest'
import type { Caller } from '../../../kernel/core/call.ts'
import { asks, ask, errorOf, live, roundOf, settings } from '../agents/harness.ts'

const agentCaller = (run: string): Caller => ({
  principal: { kind: 'agent', id: 'a1', run },
  session: null,
  name: 'Ada',
})
const use = (name: string, args: object) => ({ name, arguments: args as never })

test('an agent reads what another one wrote, and writes only if nobody did in between', async () => {
  await using life = await live({
    *script(request) {
      const text = request.messages.findLast(({ role }) => role === 'user')?.content ?? ''
      const round = roundOf(request)
      if (text === 'write' && round === 0) yield asks('shared_set', { key: 'Next meeting', value: 'Tuesday' })
      else if (text === 'read' && round === 0) yield asks('shared_get', { key: 'next meeting' })
      else if (text === 'read' && round === 1)
        yield asks('shared_set', { key: 'Next meeting', value: 'Friday', version: 7 })
      else yield request.messages.at(-1)?.content ?? ''
    },
  })
  const tools = ['shared_get', 'shared_set', 'shared_list']
  const ada = await life.call('agent.create', settings({ name: 'Ada', tools }))
  const bob = await life.call('agent.create', settings({ name: 'Bob', tools }))
  const wrote = await ask(life, ada.id, 'write')
  expect(wrote.events.find(({ type }) => type === 'tool-result')).toMatchObject({ outcome: { value: { version: 1 } } })
  const entry = await life.call('shared.get', { namespace: 'common', key: 'Next-meeting' })
  expect(entry).toMatchObject({
    entry: { value: 'Tuesday' },
    provenance: { source: 'model', tool: 'shared_set', trust: 'untrusted', principal: { id: ada.id } },
  })
  const read = await ask(life, bob.id, 'read')
  const results = read.events.filter(({ type }) => type === 'tool-result')
  // Keys are as written, but for what is no letter: another case is another key.
  expect(results[0]).toMatchObject({ outcome: { value: { value: null, version: 0 } } })
  expect(results[1]).toMatchObject({
    outcome: { ok: false, value: expect.stringContaining('it is at version 1 now') as string },
  })
  expect((await life.call('shared.get', { namespace: 'common', key: 'Next-meeting' })).version).toBe(1)
})

// That a call which a killed kernel had made is not made again is shown in agents/effects.test.ts.
test('a write at a version that is past is refused, also to the one who made it so', async () => {
  await using life = await live({ script: () => ['no'] })
  const write = use('shared_set', { key: 'a', value: { n: 1 }, version: 0 })
  expect(await life.call('tool.call', write, { caller: agentCaller('r1') })).toMatchObject({ value: { version: 1 } })
  for (const run of ['r1', 'r2']) {
    const other = await errorOf(life.call('tool.call', write, { caller: agentCaller(run) }))
    expect(other).toMatchObject({ code: 'conflict', data: { version: 1 } })
  }
})

test('lists keys, and takes no name that it cannot use', async () => {
  await using life = await live({ script: () => ['no'] })
  expect(await life.call('tool.call', use('shared_list', {}))).toMatchObject({ value: 'nothing there' })
  await life.call('tool.call', use('shared_set', { key: 'db / main', value: 1 }))
  await life.call('tool.call', use('shared_set', { key: 'dbx', value: 1 }))
  expect(await life.call('tool.call', use('shared_list', { prefix: 'db' }))).toMatchObject({ value: ['db/main'] })
  expect(await life.call('tool.call', use('shared_list', { namespace: 'other' }))).toMatchObject({
    value: 'nothing there',
  })
  const error = await errorOf(life.call('tool.call', use('shared_get', { key: '???' })))
  expect(error.code).toBe('bad-request')
})
