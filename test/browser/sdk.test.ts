/** The client in a real page, on the real kernel: SharedWorker, Web Locks, IndexedDB, lent workers. */
import { afterAll, expect, test } from 'vitest'
import { deferred } from '../../sdk/deferred.ts'
import { connect, HearthError } from '../../sdk/index.ts'
import type { Hearth, RunEvent } from '../../sdk/index.ts'

const open: Hearth[] = []
async function join(name: string): Promise<Hearth> {
  const hearth = await connect({ name })
  open.push(hearth)
  return hearth
}

afterAll(async () => {
  await Promise.all(open.map((hearth) => hearth.close()))
})

test('a page starts the kernel, and a second connection joins it', async () => {
  const one = await join('One')
  const two = await join('Two')
  expect(one.state).toBe('connected')
  expect(two.epoch).toBe(one.epoch)
  const { sessions, host } = await two.kernel.info()
  expect(host).toBe('shared-worker')
  expect(sessions.map(({ name }) => name)).toEqual(expect.arrayContaining(['One', 'Two']))
})

test('an error of the kernel arrives typed', async () => {
  const hearth = await join('Errors')
  const error: unknown = await hearth.agents.get('nobody').catch((reason: unknown) => reason)
  expect(HearthError.is(error, 'not-found') && error.data).toEqual({ kind: 'agent', id: 'nobody' })
})

test('an aborted call settles as cancelled', async () => {
  const hearth = await join('Cancel')
  const controller = new AbortController()
  const watching = hearth.call('kernel.watch', {}, { signal: controller.signal })
  await hearth.kernel.stats()
  controller.abort()
  await expect(watching).rejects.toMatchObject({ code: 'cancelled' })
})

test("a page's function is called through the kernel, and goes when the connection closes", async () => {
  const shop = await connect({ name: 'Shop' })
  const caller = await join('Caller')
  const offered = deferred()
  caller.on('tools', () => offered.resolve())
  await caller.kernel.info()
  shop.tools.register<{ order: string }>({
    ...{ name: 'shop_refund', description: 'Refund an order.', effects: 'write' },
    parameters: { type: 'object', properties: { order: { type: 'string' } }, required: ['order'] },
    execute: ({ order }) => ({ refunded: order }),
  })
  await offered.promise
  const outcome = await caller.tools.call('shop_refund', { order: '7' })
  expect(outcome).toMatchObject({ ok: true, value: { refunded: '7' } })
  const withdrawn = deferred()
  caller.on('tools', () => withdrawn.resolve())
  await shop.close()
  await withdrawn.promise
  expect((await caller.tools.list()).map(({ name }) => name)).not.toContain('shop_refund')
})

test('the starter model answers with a tool, streamed to the page', async () => {
  const hearth = await join('Agent')
  await hearth.models.load('starter')
  const agent = await hearth.agents.create({ name: 'Test', tools: ['calculate'] })
  const events: RunEvent[] = []
  const run = agent.run('What is 12 * 34?')
  for await (const event of run) events.push(event)
  expect(await run.text()).toContain('408')
  expect(events.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['started', 'tool-call', 'tool-result', 'done']),
  )
  await agent.delete()
})

test("chat completions stream in OpenAI's shape", async () => {
  const hearth = await join('Chat')
  await hearth.models.load('starter')
  const messages = [{ role: 'user' as const, content: 'Count from 1 to 12' }]
  let text = ''
  const stream = await hearth.llm.chat.completions.create({ messages, stream: true, max_tokens: 32, temperature: 0 })
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
  expect(text).toContain('1, 2, 3')
  const whole = await hearth.llm.chat.completions.create({ messages, max_tokens: 32, temperature: 0 })
  expect(whole.choices[0]?.message.content).toBe(text)
})

test('without a SharedWorker connecting says plainly what to use instead', async () => {
  const { SharedWorker } = globalThis
  Reflect.deleteProperty(globalThis, 'SharedWorker')
  try {
    const error: unknown = await connect().catch((reason: unknown) => reason)
    expect(HearthError.is(error, 'unsupported') && error.data.feature).toBe('shared-worker')
    expect(String(error)).toContain('Chrome')
  } finally {
    Object.assign(globalThis, { SharedWorker })
  }
})

test('when the page comes back from the back/forward cache it reconnects and goes on', async () => {
  const hearth = await join('Aside')
  const connected = deferred()
  const states: string[] = []
  hearth.on('connection', ({ state }) => {
    states.push(state)
    if (state === 'connected') connected.resolve()
  })
  dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))
  const added = hearth.memory.add('said while away')
  dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
  await connected.promise
  const { id } = await added
  await hearth.memory.delete(id)
  expect(states).toEqual(['connecting', 'connected'])
})
