import { expect, test } from 'vitest'
import { deferred } from '../../../sdk/deferred.ts'
import { HearthError } from '../../../sdk/index.ts'
import type { ConnectionEvent, RunEvent } from '../../../sdk/index.ts'
import { addModel, MemoryBrowser } from './fixture.ts'

/** Writes until it is stopped, and lets messages arrive in between. */
const talkative = {
  script: () => Array.from({ length: 5000 }, () => 'word '),
  pace: () => new Promise<void>((resolve) => setImmediate(resolve)),
}

test('a page connects, calls and gets typed answers', async () => {
  await using browser = new MemoryBrowser()
  const hearth = await browser.open('Orders')
  expect(hearth).toMatchObject({ state: 'connected', epoch: 1 })
  const info = await hearth.kernel.info()
  expect(info.sessions.map(({ name }) => name)).toEqual(['Orders'])
})

test('an agent answers, and the stream, the text and the result tell the same', async () => {
  await using browser = new MemoryBrowser()
  const hearth = await browser.open()
  await addModel(hearth)
  const agent = await hearth.agents.create({ name: 'Greeter' })
  const run = agent.run('Hi')
  const events: RunEvent[] = []
  for await (const event of run) events.push(event)
  expect(await run.text()).toBe('Hello there')
  expect(await run.id).toBe((await run.result).id)
  expect(textOf(events)).toBe('Hello there')
  expect(events.at(-1)).toMatchObject({ type: 'done', run: { state: 'done' } })
  const { turns } = await agent.history()
  expect(turns.map(({ text }) => text)).toEqual(['Hi', 'Hello there'])
})

test('a refused call rejects with its typed error', async () => {
  await using browser = new MemoryBrowser()
  const hearth = await browser.open()
  const error: unknown = await hearth.agents.get('nobody').catch((reason: unknown) => reason)
  expect(HearthError.is(error, 'not-found') && error.data.id).toBe('nobody')
  const bad: unknown = await hearth.call('memory.add', { text: 7 } as never).catch((reason: unknown) => reason)
  expect(HearthError.is(bad, 'bad-request')).toBe(true)
})

test('what cannot be cloned is refused before anything leaves the page', async () => {
  await using browser = new MemoryBrowser()
  const hearth = await browser.open()
  const error: unknown = await hearth.tools.call('x', (() => 1) as never).catch((reason: unknown) => reason)
  expect(HearthError.is(error, 'bad-request')).toBe(true)
  expect(await hearth.memory.list()).toEqual([])
})

test('more calls than the kernel takes at once wait their turn', async () => {
  await using browser = new MemoryBrowser()
  const hearth = await browser.open()
  const added = await Promise.all(Array.from({ length: 1000 }, (_, index) => hearth.memory.add(`fact ${index}`)))
  expect(new Set(added.map(({ id }) => id)).size).toBe(1000)
})

test('a page whose calls all wait for a tool can still settle that tool', async () => {
  await using browser = new MemoryBrowser()
  const hearth = await browser.open()
  const open = deferred()
  hearth.tools.register({
    ...{ name: 'wait', description: 'Waits.', parameters: { type: 'object' } },
    execute: () => open.promise,
  })
  const calls = Array.from({ length: 400 }, () => hearth.tools.call('wait', {}))
  open.resolve()
  const outcomes = await Promise.all(calls)
  expect(outcomes.every(({ ok }) => ok)).toBe(true)
})

test('aborting settles a call as cancelled, before it is sent, while it runs, and never after it is done', async () => {
  await using browser = new MemoryBrowser()
  const hearth = await browser.open()
  const aborted = hearth.call('kernel.info', {}, { signal: AbortSignal.abort() })
  await expect(aborted).rejects.toMatchObject({ code: 'cancelled', data: { by: 'caller' } })

  const controller = new AbortController()
  const watch = hearth.call('kernel.watch', {}, { signal: controller.signal })
  await hearth.kernel.info()
  controller.abort()
  await expect(watch).rejects.toMatchObject({ code: 'cancelled' })

  const late = new AbortController()
  const info = await hearth.call('kernel.info', {}, { signal: late.signal })
  late.abort()
  expect(info.epoch).toBe(1)
})

test('leaving the loop over a run stops the run', async () => {
  await using browser = new MemoryBrowser(talkative)
  const hearth = await browser.open()
  await addModel(hearth)
  const agent = await hearth.agents.create({ name: 'Talker' })
  const run = agent.run('Talk')
  for await (const event of run) if (event.type === 'text') break
  await expect(run.result).rejects.toMatchObject({ code: 'cancelled' })
  const watched = hearth.runs.watch(await run.id)
  expect(await watched.result).toMatchObject({ state: 'cancelled' })
})

test('cancelling a run keeps its stream going to the end that the kernel gives it', async () => {
  await using browser = new MemoryBrowser(talkative)
  const hearth = await browser.open()
  await addModel(hearth)
  const agent = await hearth.agents.create({ name: 'Talker' })
  const run = agent.run('Talk', { onEvent: (event) => void (event.type === 'text' && run.cancel()) })
  let last: RunEvent | undefined
  for await (const event of run) last = event
  expect(last).toMatchObject({ type: 'done', run: { state: 'cancelled' } })
  expect(await run.result).toMatchObject({ state: 'cancelled' })
})

test('a listener hears the events of its type until it is disposed of', async () => {
  await using browser = new MemoryBrowser()
  const hearth = await browser.open()
  let heard = 0
  const first = deferred()
  const stop = hearth.on('memories', () => {
    heard++
    first.resolve()
  })
  await hearth.memory.add('one')
  await first.promise
  stop()
  await hearth.memory.add('two')
  expect(heard).toBe(1)
})

test('closing settles what is under way and refuses what comes after', async () => {
  await using browser = new MemoryBrowser()
  const hearth = await browser.open()
  const watch = hearth.call('kernel.watch', {})
  const states: ConnectionEvent[] = []
  hearth.on('connection', (event) => states.push(event))
  await hearth.close()
  await expect(watch).rejects.toMatchObject({ code: 'cancelled', data: { by: 'tab' } })
  await expect(hearth.kernel.info()).rejects.toMatchObject({ code: 'cancelled' })
  expect(states.map(({ state }) => state)).toEqual(['closed'])
})

test('two pages share one kernel: what one adds the other sees', async () => {
  await using browser = new MemoryBrowser()
  const [one, two] = [await browser.open('one'), await browser.open('two')]
  await one.memory.add('The key is under the mat.')
  expect((await two.memory.search('key')).map(({ memory }) => memory.text)).toEqual(['The key is under the mat.'])
  expect(browser.boots).toBe(1)
})

function textOf(events: readonly RunEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('')
}
