import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CALLS_IN_FLIGHT, PROTOCOL } from '../../../kernel/abi/index.ts'
import { FRAMES_PER_TURN, HELLO_TIMEOUT_MS, REFUSALS_PER_SESSION, SESSIONS_OPEN } from '../../../kernel/core/param.ts'
import { TestClient, settle, startKernel } from './fixture.ts'

const list = { 'agent.list': () => ({ agents: [] }) }
const never = () => new Promise<never>(() => {})

describe('hello', () => {
  test('tells the epoch, the session and who the kernel takes the client for', async () => {
    const kernel = await startKernel({})
    const panel = await new TestClient(kernel).hello({ role: 'panel' })
    const app = await new TestClient(kernel, 'https://shop.example').hello({ role: 'app' })
    expect(panel).toMatchObject({ protocol: PROTOCOL, epoch: 1, principal: { kind: 'user' }, settled: {} })
    expect(app.principal).toEqual({ kind: 'app', id: 'https://shop.example' })
    expect(kernel.sessions.list().map(({ id }) => id)).toEqual([panel.session, app.session])
  })

  test('of another protocol version is answered with both versions, whatever its shape, and the port is closed', async () => {
    const kernel = await startKernel(list)
    const client = new TestClient(kernel)
    client.send({ t: 'hello', protocol: 99, somethingNew: true })
    const answer = await client.heard((frame) => frame.t === 'fail')
    expect(answer).toMatchObject({
      id: 'hello',
      error: { code: 'protocol-mismatch', data: { kernel: PROTOCOL, client: 99 } },
    })
    await expectDeaf(client, kernel)
  })

  test('must come first: a call before it is refused', async () => {
    const kernel = await startKernel(list)
    const client = new TestClient(kernel)
    expect(await client.call('agent.list')).toMatchObject({ t: 'fail', error: { code: 'bad-request' } })
  })

  test('must come in time: a port that says nothing is closed', async () => {
    const kernel = await startKernel(list)
    const client = new TestClient(kernel)
    kernel.clock.advance(HELLO_TIMEOUT_MS)
    await expectDeaf(client, kernel)
  })

  test('is not said twice', async () => {
    const kernel = await startKernel(list)
    const client = await TestClient.open(kernel, { role: 'app' })
    client.send({ t: 'hello', protocol: PROTOCOL, lock: 'l', name: '', role: 'panel', lends: [], isolated: false })
    await client.heard((frame) => frame.t === 'fail')
    expect(kernel.sessions.list()).toMatchObject([{ role: 'app' }])
  })

  test('tells a client of a later kernel what became of each of its calls', async () => {
    const handlers = {
      'agent.clear': () => ({ result: { turns: 2 }, writes: [] }),
      'model.unload': () => {
        throw new Error('stuck')
      },
      'model.load': never,
      'agent.run': never,
    }
    const first = await startKernel(handlers)
    const client = await TestClient.open(first)
    await client.call('agent.clear', { agent: 'a' }, 'done')
    await client.call('model.unload', { id: 'm' }, 'failed')
    client.send({ t: 'call', id: 'cut', name: 'model.load', args: { id: 'm' } })
    client.send({ t: 'call', id: 'run', name: 'agent.run', args: { agent: 'a', text: 'hi' } })
    await settle(first)

    // The first kernel is simply forgotten, as when its process dies; nothing is disposed.
    const second = await startKernel(handlers, first.database)
    second.runs.set('run', 'run-7')
    const pending = ['done', 'failed', 'cut', 'run', 'never-sent']
    const answer = await new TestClient(second).hello({ pending })
    expect(answer.epoch).toBe(first.epoch + 1)
    expect(answer.settled).toMatchObject({
      done: { state: 'done', result: { turns: 2 } },
      failed: { state: 'failed', error: { code: 'internal' } },
      cut: { state: 'unknown' },
      run: { state: 'running', run: 'run-7' },
      'never-sent': { state: 'absent' },
    })
    const again = await TestClient.open(second)
    expect(await again.call('model.load', { id: 'm' }, 'cut')).toMatchObject({ error: { code: 'unknown' } })
    expect(await again.call('agent.run', { agent: 'a', text: 'hi' }, 'run')).toMatchObject({
      error: { code: 'conflict', data: { kind: 'run', id: 'run-7' } },
    })
    // To somebody else those calls are nothing.
    const stranger = await new TestClient(second).hello({ role: 'app', pending: ['done'] })
    expect(stranger.settled).toEqual({ done: { state: 'absent' } })
  })
})

describe('a hostile port', () => {
  const rubbish: [string, unknown][] = [
    ['nothing', undefined],
    ['a number', 7],
    ['an unknown kind', { t: 'sudo' }],
    ['a call without id', { t: 'call', name: 'agent.list', args: {} }],
    ['a call with an object for an id', { t: 'call', id: { toString: 1 }, name: 'agent.list', args: {} }],
    ['a call with an endless id', { t: 'call', id: 'x'.repeat(1e6), name: 'agent.list', args: {} }],
    ['a call with no name', { t: 'call', id: 'r', args: {} }],
    ['an unknown syscall', { t: 'call', id: 'r', name: 'agent.rm', args: {} }],
    ['a name of 50 MB', { t: 'call', id: 'r', name: 'a'.repeat(50e6), args: {} }],
    ['arguments of a wrong type', { t: 'call', id: 'r', name: 'agent.list', args: 'all' }],
    ['no arguments', { t: 'call', id: 'r', name: 'agent.get' }],
    ['50 MB of text', { t: 'call', id: 'r', name: 'memory.add', args: { text: 'a'.repeat(50e6) } }],
    [
      'a million faults',
      { t: 'call', id: 'r', name: 'agent.create', args: { name: 'a', tools: new Array(1e6).fill(1) } },
    ],
    [
      'an array of 4 billion holes',
      { t: 'call', id: 'r', name: 'agent.create', args: { tools: new Array(2 ** 32 - 1) } },
    ],
    ['a cycle', { t: 'call', id: 'r', name: 'tool.call', args: { name: 'x', arguments: cycle() } }],
    ['a cancel of nothing', { t: 'cancel', id: 'nothing' }],
    ['a cancel without id', { t: 'cancel' }],
    ['a lease never asked for', { t: 'lend', lease: 'l' }],
    ['a lease that is no text', { t: 'lend', lease: 1, port: {} }],
  ]

  test.each(rubbish)('that sends %s gets a typed error at most, and nobody else notices', async (_, frame) => {
    const kernel = await startKernel(list)
    const bystander = await TestClient.open(kernel)
    const client = await TestClient.open(kernel)
    client.send(frame)
    await settle(kernel)
    for (const heard of client.frames.slice(1)) {
      expect(heard).toMatchObject({ t: 'fail', error: { code: 'bad-request' } })
    }
    expect(await bystander.call('agent.list')).toMatchObject({ t: 'done' })
    expect(await client.call('agent.list')).toMatchObject({ t: 'done' })
  })

  test('that floods is told and closed, while another port is answered', async () => {
    const kernel = await startKernel(list)
    const bystander = await TestClient.open(kernel)
    const client = await TestClient.open(kernel)
    for (let count = 0; count <= FRAMES_PER_TURN; count++) client.send({ t: 'cancel', id: 'x' })
    const answered = bystander.call('agent.list')
    expect(await client.heard((frame) => frame.t === 'fail')).toMatchObject({
      id: 'hello',
      error: { code: 'over-limit' },
    })
    expect(await answered).toMatchObject({ t: 'done' })
    await expectDeaf(client, kernel)
    expect(kernel.sessions.list()).toHaveLength(1)
  })

  test('that sends as much, but leaves the kernel its turns, is served', async () => {
    const kernel = await startKernel(list)
    const client = await TestClient.open(kernel)
    for (let burst = 0; burst < 8; burst++) {
      const calls = Array.from({ length: FRAMES_PER_TURN / 2 }, (_, index) =>
        client.call('agent.list', {}, `${burst}.${index}`),
      )
      await Promise.all(calls)
      await kernel.clock.sleep(0)
    }
    expect(client.frames.filter(({ t }) => t === 'done')).toHaveLength(4 * FRAMES_PER_TURN)
  })

  test('with too many calls under way gets over-limit for the next, and a place again when one settles', async () => {
    const kernel = await startKernel({ 'kernel.watch': never, ...list })
    const client = await TestClient.open(kernel)
    for (let index = 0; index < CALLS_IN_FLIGHT; index++) {
      client.send({ t: 'call', id: `w${index}`, name: 'kernel.watch', args: {} })
    }
    expect(await client.call('agent.list')).toMatchObject({
      error: { code: 'over-limit', data: { maximum: CALLS_IN_FLIGHT } },
    })
    client.send({ t: 'cancel', id: 'w0' })
    expect(await client.call('agent.list')).toMatchObject({ t: 'done' })
  })

  test('whose calls are refused again and again is closed', async () => {
    const kernel = await startKernel(list)
    const client = await TestClient.open(kernel)
    for (let count = 0; count < REFUSALS_PER_SESSION; count++) {
      client.send({ t: 'call', id: `r${count}`, name: 'nope', args: {} })
    }
    expect(await client.heard((frame) => frame.t === 'fail' && frame.id === 'hello')).toMatchObject({
      error: { code: 'over-limit', data: { maximum: REFUSALS_PER_SESSION } },
    })
    await expectDeaf(client, kernel)
  })

  test('that repeats an id in flight has one call, settled once', async () => {
    let ran = 0
    let finish = (): void => {}
    const kernel = await startKernel({
      'agent.list': () => (ran++, new Promise((resolve) => (finish = () => resolve({ agents: [] })))),
    })
    const client = await TestClient.open(kernel)
    for (let count = 0; count < 3; count++) client.send({ t: 'call', id: 'c', name: 'agent.list', args: {} })
    await settle(kernel)
    finish()
    await client.settled('c')
    await settle(kernel)
    expect(client.settlements('c')).toHaveLength(1)
    expect(ran).toBe(1)
  })

  test('that opens port after port is refused beyond the limit', async () => {
    const kernel = await startKernel(list)
    const clients = Array.from({ length: SESSIONS_OPEN }, () => new TestClient(kernel))
    const late = new TestClient(kernel)
    expect(await late.heard((frame) => frame.t === 'fail')).toMatchObject({ error: { code: 'over-limit' } })
    kernel.clock.advance(HELLO_TIMEOUT_MS)
    await settle(kernel)
    await TestClient.open(kernel)
    expect(clients).toHaveLength(SESSIONS_OPEN)
  })

  test('that sends any frame at all never stops the kernel from answering another', async () => {
    const kernel = await startKernel(list)
    const bystander = await TestClient.open(kernel)
    const name = fc.oneof(fc.constantFrom('hello', 'call', 'cancel', 'lend'), fc.string())
    const frame = fc.oneof(
      fc.anything({ withDate: true, withMap: true, withSet: true, withTypedArray: true, withBigInt: true }),
      fc.record(
        { t: name, id: fc.anything(), name: fc.anything(), args: fc.anything(), lease: fc.anything() },
        { requiredKeys: ['t'] },
      ),
      fc.record({
        t: fc.constant('call'),
        id: fc.uuid(),
        name: fc.constantFrom('agent.list', 'agent.create', 'llm.chat'),
        args: fc.anything(),
      }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 10 }), async (frames) => {
        const client = await TestClient.open(kernel)
        for (const each of frames) client.send(each)
        expect(await bystander.call('agent.list')).toMatchObject({ t: 'done' })
        client.die()
        await settle(kernel)
        expect(kernel.sessions.list()).toHaveLength(1)
      }),
      { numRuns: 100 },
    )
  })
})

describe('a session that is over', () => {
  test('leaves nothing behind: no session, no call, no timer', async () => {
    const kernel = await startKernel({ 'kernel.watch': never })
    const client = await TestClient.open(kernel)
    client.send({ t: 'call', id: 'w', name: 'kernel.watch', args: {} })
    await settle(kernel)
    client.die()
    await settle(kernel)
    expect(kernel.sessions.list()).toEqual([])
    expect(kernel.clock.sleepers).toBe(0)
    expect(kernel.events.filter(({ type }) => type === 'sessions')).toHaveLength(2)
  })

  test('sends events in order, and none after the settlement', async () => {
    const kernel = await startKernel({
      'model.load': async ({ emit, args }) => {
        const progress = { phase: 'load', totalBytes: 2, bytesPerSecond: 0, secondsLeft: 0 } as const
        for (let doneBytes = 0; doneBytes < 3; doneBytes++) emit({ ...progress, doneBytes })
        queueMicrotask(() => setTimeout(() => emit({ ...progress, doneBytes: 99 }), 0))
        return { id: args.id } as never
      },
    })
    const client = await TestClient.open(kernel)
    await client.call('model.load', { id: 'm' }, 'c')
    await new Promise((resolve) => setTimeout(resolve, 0))
    await settle(kernel)
    const events = client.frames.filter((frame) => frame.t === 'event')
    expect(events.map(({ seq }) => seq)).toEqual([0, 1, 2])
  })
})

test('bytes that were read for a call move to the page instead of being copied', async () => {
  const bytes = new Uint8Array([1, 2, 3])
  const kernel = await startKernel({ 'files.read': () => ({ bytes, from: 0, to: 3, more: false }) as never })
  const client = await TestClient.open(kernel)
  const answer = await client.call('files.read', { space: 'a', path: 'b' })
  expect(answer).toMatchObject({ t: 'done', result: { bytes: new Uint8Array([1, 2, 3]) } })
  expect(bytes.byteLength).toBe(0)
})

/** Nothing the client says is answered any more. */
async function expectDeaf(client: TestClient, kernel: Parameters<typeof settle>[0]): Promise<void> {
  const before = client.frames.length
  client.send({ t: 'hello', protocol: PROTOCOL, lock: client.lock, name: '', role: 'app', lends: [], isolated: false })
  client.send({ t: 'call', id: 'deaf', name: 'agent.list', args: {} })
  await settle(kernel)
  expect(client.frames.slice(before)).toEqual([])
}

function cycle(): object {
  const loop: Record<string, unknown> = {}
  loop['self'] = loop
  return loop
}
