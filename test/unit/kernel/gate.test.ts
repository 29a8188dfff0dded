import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HearthError } from '../../../kernel/abi/index.ts'
import type { Run } from '../../../kernel/abi/index.ts'
import type { AtomicOutcome } from '../../../kernel/core/call.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { TestClient, settle, startKernel, user } from './fixture.ts'

const write = (name: string) => ({ op: 'put', store: 'meta', value: { name, value: 1 } }) as const
const cleared = (turns: number, name = 'cleared'): AtomicOutcome<{ turns: number }> => ({
  result: { turns },
  writes: [write(name)],
})
const never = () => new Promise<never>(() => {})

describe('a call settles exactly once', () => {
  test('with the result of a handler, synchronous or not', async () => {
    const kernel = await startKernel({
      'agent.list': () => ({ agents: [] }),
      'tool.list': async () => ({ tools: [] }),
    })
    const client = await TestClient.open(kernel)
    expect(await client.call('agent.list')).toMatchObject({ t: 'done', result: { agents: [] }, epoch: kernel.epoch })
    expect(await client.call('tool.list')).toMatchObject({ t: 'done', result: { tools: [] } })
  })

  test('with the typed error of a handler that throws or rejects, and without the stack of a foreign one', async () => {
    const kernel = await startKernel({
      'agent.list': () => {
        throw new HearthError('no-model', 'Load one.', { model: null })
      },
      'tool.list': () => Promise.reject(new TypeError('x is not a function')),
    })
    const client = await TestClient.open(kernel)
    expect(await client.call('agent.list')).toMatchObject({
      t: 'fail',
      error: { code: 'no-model', data: { model: null } },
    })
    const foreign = await client.call('tool.list')
    expect(foreign).toMatchObject({ error: { code: 'internal', data: { reason: 'x is not a function' } } })
    expect(JSON.stringify(foreign)).not.toContain('gate.ts')
  })

  test('as failed when the result cannot be cloned', async () => {
    const kernel = await startKernel({ 'agent.list': () => ({ agents: [() => 1] as never }) })
    const client = await TestClient.open(kernel)
    expect(await client.call('agent.list')).toMatchObject({ t: 'fail', error: { code: 'internal' } })
  })

  test.each([
    ['kernel.watch', {}],
    ['memory.add', { text: 'x' }],
    ['model.unload', { id: 'starter' }],
  ])('as cancelled when the handler of %s ignores its signal', async (name, args) => {
    const kernel = await startKernel({ 'kernel.watch': never, 'memory.add': never, 'model.unload': never })
    const client = await TestClient.open(kernel)
    const settled = client.call(name, args, 'c')
    await settle(kernel)
    client.send({ t: 'cancel', id: 'c' })
    expect(await settled).toMatchObject({ t: 'fail', error: { code: 'cancelled', data: { by: 'caller' } } })
  })

  test('as cancelled before its handler ran when the cancel overtakes the intent', async () => {
    let ran = false
    const kernel = await startKernel({
      'model.unload': () => {
        ran = true
        return {}
      },
    })
    const client = await TestClient.open(kernel)
    client.send({ t: 'call', id: 'c', name: 'model.unload', args: { id: 'starter' } })
    client.send({ t: 'cancel', id: 'c' })
    expect(await client.settled('c')).toMatchObject({ error: { code: 'cancelled' } })
    expect(ran).toBe(false)
    expect(await kernel.database.get('calls', 'c')).toMatchObject({ state: 'failed', error: { code: 'cancelled' } })
  })

  test('when a cancel arrives after the settlement, nothing more is said', async () => {
    const kernel = await startKernel({ 'agent.list': () => ({ agents: [] }) })
    const client = await TestClient.open(kernel)
    await client.call('agent.list', {}, 'c')
    client.send({ t: 'cancel', id: 'c' })
    await settle(kernel)
    expect(client.settlements('c')).toHaveLength(1)
  })

  test('whatever the order of calling, finishing, failing and cancelling', async () => {
    const step = fc.record({
      mode: fc.constantFrom('agent.list', 'agent.clear', 'model.unload'),
      end: fc.constantFrom('return', 'throw', 'never'),
      cancelAfter: fc.constantFrom(-1, 0, 1, 2),
      wait: fc.integer({ min: 0, max: 2 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const plans = [...steps]
        const act = async (result: unknown): Promise<never> => {
          const plan = plans.shift()
          for (let turn = 0; turn < (plan?.wait ?? 0); turn++) await kernel.clock.sleep(0)
          if (plan?.end === 'throw') throw new Error('failed')
          return plan?.end === 'never' ? never() : (result as never)
        }
        const kernel = await startKernel({
          'agent.list': () => act({ agents: [] }),
          'agent.clear': () => act(cleared(1)),
          'model.unload': () => act({}),
        })
        const client = await TestClient.open(kernel)
        for (const [index, { mode, cancelAfter }] of steps.entries()) {
          const args = { 'agent.list': {}, 'agent.clear': { agent: 'a' }, 'model.unload': { id: 'm' } }[mode]
          client.send({ t: 'call', id: `c${index}`, name: mode, args })
          for (let turn = 0; turn < cancelAfter; turn++) await kernel.clock.sleep(0)
          if (cancelAfter >= 0) client.send({ t: 'cancel', id: `c${index}` })
        }
        for (let turn = 0; turn < 6; turn++) await kernel.clock.sleep(0)
        client.die()
        for (let turn = 0; turn < 6; turn++) await kernel.clock.sleep(0)
        for (const index of steps.keys()) {
          const record = await kernel.database.get('calls', `c${index}`)
          expect(client.settlements(`c${index}`).length).toBeLessThanOrEqual(1)
          expect(record?.state).not.toBe('intent')
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('arguments', () => {
  test('reach the handler checked and with defaults filled in', async () => {
    const seen: unknown[] = []
    const kernel = await startKernel({
      'memory.search': ({ args }) => {
        seen.push(args)
        return { match: 'words', hits: [] }
      },
    })
    const client = await TestClient.open(kernel)
    await client.call('memory.search', { query: '  leave ' })
    expect(seen).toEqual([{ query: 'leave', k: 5 }])
  })

  test('that do not fit are answered with the path of each fault, and the handler never hears of them', async () => {
    const kernel = await startKernel({})
    const client = await TestClient.open(kernel)
    expect(await client.call('memory.search', { query: 'x', k: 0, extra: 1 })).toMatchObject({
      error: { code: 'bad-request', data: { issues: [{ path: 'k' }, { path: '' }] } },
    })
    expect(await client.call('no.such', {})).toMatchObject({ error: { code: 'bad-request' } })
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(await client.call(name, {})).toMatchObject({ error: { code: 'bad-request' } })
    }
  })
})

describe('the journal', () => {
  test('takes an atomic call, its record, its audit record and its writes in one strict commit', async () => {
    const { database, commits } = spied()
    const kernel = await startKernel({ 'agent.clear': () => cleared(2) }, database)
    const client = await TestClient.open(kernel)
    commits.length = 0
    expect(await client.call('agent.clear', { agent: 'a' }, 'c')).toMatchObject({ result: { turns: 2 } })
    expect(commits).toEqual([['strict', 'meta', 'calls', 'audit']])
    expect(await database.get('calls', 'c')).toMatchObject({ state: 'done', result: { turns: 2 }, principal: user })
  })

  test('has the intent before the handler runs, and the outcome after', async () => {
    const { database, commits } = spied()
    const states: unknown[] = []
    const kernel = await startKernel(
      { 'model.unload': async ({ id }) => (states.push(await database.get('calls', id)), {}) },
      database,
    )
    const client = await TestClient.open(kernel)
    commits.length = 0
    await client.call('model.unload', { id: 'starter' }, 'c')
    expect(states).toMatchObject([{ state: 'intent' }])
    expect(await database.get('calls', 'c')).toMatchObject({ state: 'done', result: {} })
    expect(commits).toEqual([
      ['strict', 'calls', 'audit'],
      ['relaxed', 'calls', 'audit'],
    ])
    expect((await database.list('audit')).map(({ what, call }) => [what, call])).toEqual([
      ['intent', 'c'],
      ['outcome', 'c'],
    ])
  })

  test('that is full fails the call, and an intent that is not on disk runs nothing', async () => {
    const memory = createMemoryDatabase()
    const full = new HearthError('storage-full', 'Full.', { usageBytes: 1, quotaBytes: 1 })
    let broken = false
    const database: Database = {
      ...memory,
      commit: (...args) => (broken ? Promise.reject(full) : memory.commit(...args)),
    }
    let ran = 0
    const kernel = await startKernel(
      { 'model.unload': () => (ran++, {}), 'agent.clear': () => ({ ...cleared(1), after: () => ran++ }) },
      database,
    )
    const client = await TestClient.open(kernel)
    broken = true
    expect(await client.call('model.unload', { id: 'm' })).toMatchObject({ error: { code: 'storage-full' } })
    expect(await client.call('agent.clear', { agent: 'a' })).toMatchObject({ error: { code: 'storage-full' } })
    expect(ran).toBe(0)
  })

  test('lets a repeated call take effect once: its settlement is given again', async () => {
    let effects = 0
    const kernel = await startKernel({
      'agent.clear': () => ({ ...cleared(3), after: () => effects++ }),
      'model.unload': () => (effects++, {}),
    })
    const first = await TestClient.open(kernel)
    await first.call('agent.clear', { agent: 'a' }, 'c1')
    await first.call('model.unload', { id: 'm' }, 'c2')
    const again = await TestClient.open(kernel)
    expect(await again.call('agent.clear', { agent: 'a' }, 'c1')).toMatchObject({ t: 'done', result: { turns: 3 } })
    expect(await again.call('model.unload', { id: 'm' }, 'c2')).toMatchObject({ t: 'done', result: {} })
    expect(effects).toBe(2)
  })

  test('answers a repeated delete, which finds nothing to delete, with the first one’s result', async () => {
    let there = true
    const kernel = await startKernel({
      'memory.delete': () => {
        if (!there) throw new HearthError('not-found', 'No such memory.', { kind: 'memory', id: 'm' })
        return { result: {}, writes: [], after: () => (there = false) }
      },
    })
    const client = await TestClient.open(kernel)
    expect(await client.call('memory.delete', { id: 'm' }, 'c')).toMatchObject({ t: 'done' })
    client.frames.length = 0
    expect(await client.call('memory.delete', { id: 'm' }, 'c')).toMatchObject({ t: 'done' })
    expect(await client.call('memory.delete', { id: 'm' }, 'other')).toMatchObject({ error: { code: 'not-found' } })
  })

  test('joins a call made again on a new port while the first is under way', async () => {
    let finish = (_: object): void => {}
    let ran = 0
    const kernel = await startKernel({
      'model.load': ({ emit }) => {
        ran++
        return new Promise((resolve) => {
          finish = (result) => {
            emit({ phase: 'load', doneBytes: 1, totalBytes: 1, bytesPerSecond: 0, secondsLeft: 0 })
            resolve(result as never)
          }
        })
      },
    })
    const first = await TestClient.open(kernel)
    first.send({ t: 'call', id: 'c', name: 'model.load', args: { id: 'starter' } })
    await settle(kernel)
    const second = await TestClient.open(kernel)
    const settled = second.call('model.load', { id: 'starter' }, 'c')
    await settle(kernel)
    // The second listens too, so the call outlives the first tab.
    first.die()
    await settle(kernel)
    finish({ id: 'starter' })
    expect(await settled).toMatchObject({ t: 'done', result: { id: 'starter' } })
    expect(second.frames.filter((frame) => frame.t === 'event')).toHaveLength(1)
    expect(ran).toBe(1)
  })

  test('does not give one principal what another one’s call returned', async () => {
    const kernel = await startKernel({ 'agent.clear': () => cleared(3) })
    const panel = await TestClient.open(kernel)
    await panel.call('agent.clear', { agent: 'a' }, 'c')
    const app = await TestClient.open(kernel, { role: 'app' })
    expect(await app.call('agent.clear', { agent: 'a' }, 'c')).toMatchObject({ error: { code: 'conflict' } })
  })
})

describe('authority', () => {
  const outcome = { call: 'o', tool: 'calculate', ok: true, value: 408, ms: 1, where: 'sandbox' }
  const agent = { principal: { kind: 'agent', id: 'a', run: 'r' }, session: null, name: 'Helper' } as const
  const live = new AbortController().signal

  test('lets an agent call the tools in its list, journaled and audited like any other call', async () => {
    const kernel = await startKernel({ 'tool.call': () => outcome })
    kernel.tools.set('a', ['calculate'])
    const args = { name: 'calculate', arguments: { expression: '12 * 34' } }
    expect(await kernel.gate.invoke(agent, 'tool.call', args, { signal: live })).toEqual(outcome)
    const log = await kernel.database.list('audit')
    expect(log.map(({ what, principal, detail }) => [what, principal.kind, detail])).toEqual([
      ['intent', 'agent', 'calculate'],
      ['outcome', 'agent', 'done'],
    ])
  })

  test('denies an agent every other tool and every other syscall, and writes that down', async () => {
    const kernel = await startKernel({ 'tool.call': () => outcome, 'agent.list': () => ({ agents: [] }) })
    kernel.tools.set('a', ['calculate'])
    const calls = [
      kernel.gate.invoke(agent, 'tool.call', { name: 'remember', arguments: {} }, { signal: live }),
      kernel.gate.invoke(agent, 'agent.list', {}, { signal: live }),
      kernel.gate.invoke(
        { ...agent, principal: { kind: 'agent', id: 'gone', run: 'r' } },
        'tool.call',
        { name: 'calculate', arguments: {} },
        { signal: live },
      ),
    ]
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'denied' })
    await settle(kernel)
    const log = await kernel.database.list('audit')
    expect(log.map(({ what }) => what)).toEqual(['decision', 'decision', 'decision'])
    expect(log[0]?.detail).toContain('remember')
  })

  test('ends an agent’s call with the reason its signal gives, though the handler goes on', async () => {
    const kernel = await startKernel({ 'tool.call': never })
    kernel.tools.set('a', ['slow'])
    const stop = new AbortController()
    const call = kernel.gate.invoke(agent, 'tool.call', { name: 'slow', arguments: {} }, { signal: stop.signal })
    await settle(kernel)
    stop.abort(new HearthError('cancelled', 'Stopped.', { by: 'user' }))
    await expect(call).rejects.toMatchObject({ code: 'cancelled', data: { by: 'user' } })
  })
})

describe('a tab that dies', () => {
  test('has its calls cancelled by the tab, and their records closed', async () => {
    const reasons: unknown[] = []
    const kernel = await startKernel({
      'model.load': ({ signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason)
            reject(signal.reason)
          }),
        ),
    })
    const client = await TestClient.open(kernel)
    client.send({ t: 'call', id: 'c', name: 'model.load', args: { id: 'starter' } })
    await settle(kernel)
    client.die()
    await settle(kernel)
    expect(reasons).toMatchObject([{ code: 'cancelled', data: { by: 'tab' } }])
    expect(await kernel.database.get('calls', 'c')).toMatchObject({ state: 'failed', error: { code: 'cancelled' } })
    expect(kernel.sessions.list()).toEqual([])
  })

  test('has an atomic call that had begun carried out all the same', async () => {
    let decide = (): void => {}
    const decided = new Promise<void>((resolve) => (decide = resolve))
    const kernel = await startKernel({ 'agent.clear': async () => (await decided, cleared(2)) })
    const client = await TestClient.open(kernel)
    client.send({ t: 'call', id: 'c', name: 'agent.clear', args: { agent: 'a' } })
    await settle(kernel)
    client.die()
    await settle(kernel)
    decide()
    await settle(kernel)
    expect(await kernel.database.get('calls', 'c')).toMatchObject({ state: 'done', result: { turns: 2 } })
    expect(kernel.sessions.list()).toEqual([])
  })

  test('does not close the record of a run that goes on without it', async () => {
    const kernel = await startKernel({ 'agent.run': () => new Promise<Run>(() => {}) })
    const client = await TestClient.open(kernel)
    client.send({ t: 'call', id: 'c', name: 'agent.run', args: { agent: 'a', text: 'hi' } })
    await settle(kernel)
    kernel.runs.set('c', 'run-1')
    client.die()
    await settle(kernel)
    expect(await kernel.database.get('calls', 'c')).toMatchObject({ state: 'intent' })
    const next = new TestClient(kernel)
    expect((await next.hello({ pending: ['c'] })).settled).toEqual({ c: { state: 'running', run: 'run-1' } })
  })
})

function spied(): { database: Database; commits: string[][] } {
  const memory = createMemoryDatabase()
  const commits: string[][] = []
  return {
    commits,
    database: {
      ...memory,
      commit(batch, durability) {
        commits.push([durability, ...batch.map(({ store }) => store)])
        return memory.commit(batch, durability)
      },
    },
  }
}
