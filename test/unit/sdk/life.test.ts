/** The connection's own life: what it does when the kernel refuses, is silent, keeps dying, or the page is put aside. */
import { afterEach, expect, test, vi } from 'vitest'
import { deferred } from '../../../sdk/deferred.ts'
import type { ConnectionEvent, Hearth } from '../../../sdk/index.ts'
import { addModel, MemoryBrowser } from './fixture.ts'

afterEach(() => {
  vi.useRealTimers()
})

/** Resolves when the connection is in a state. */
function when(hearth: Hearth, wanted: ConnectionEvent['state']): Promise<ConnectionEvent> {
  return new Promise((resolve) => hearth.on('connection', (event) => event.state === wanted && resolve(event)))
}

test('a kernel that does not answer gives a clear error in time', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await using browser = new MemoryBrowser()
  const connecting = browser.open('Silent', { openKernel: () => new MessageChannel().port1 })
  const outcome = expect(connecting).rejects.toMatchObject({ code: 'timeout', data: { afterMs: 15_000 } })
  await vi.advanceTimersByTimeAsync(15_000)
  await outcome
})

test('a kernel whose script cannot run gives its reason', async () => {
  await using browser = new MemoryBrowser()
  const connecting = browser.open('Broken', {
    openKernel: (onError) => {
      onError('its script could not be loaded')
      return new MessageChannel().port1
    },
  })
  await expect(connecting).rejects.toMatchObject({
    code: 'internal',
    data: { reason: 'its script could not be loaded' },
  })
})

test("a refused hello rejects connecting with the kernel's own error", async () => {
  await using browser = new MemoryBrowser()
  const connecting = browser.open('Old', {
    openKernel: () => {
      const { port1, port2 } = new MessageChannel()
      const error = { code: 'protocol-mismatch', message: 'Reload every tab.', data: { kernel: 2, client: 1 } }
      port2.postMessage({ t: 'fail', id: 'hello', epoch: 1, error })
      return port1
    },
  })
  await expect(connecting).rejects.toMatchObject({ code: 'protocol-mismatch', data: { kernel: 2 } })
})

test('connecting can be aborted', async () => {
  await using browser = new MemoryBrowser()
  const controller = new AbortController()
  const { connectThrough } = await import('../../../sdk/connect.ts')
  const environment = { ...browser.environment(), openKernel: () => new MessageChannel().port1 }
  const connecting = connectThrough(environment, 'Aborted', 'app', controller.signal)
  controller.abort(new Error('enough'))
  await expect(connecting).rejects.toThrow('enough')
})

test('after a restart listeners go on, page tools are offered again, and the new epoch is told', async () => {
  await using browser = new MemoryBrowser()
  const hearth = await browser.open()
  hearth.tools.register({
    ...{ name: 'greet', description: 'Greets.', parameters: { type: 'object' } },
    execute: () => 'hello',
  })
  const heard = deferred()
  hearth.on('memories', () => heard.resolve())
  await hearth.kernel.info()
  const connected = when(hearth, 'connected')
  browser.kill()
  expect(await connected).toEqual({ type: 'connection', state: 'connected', epoch: 2 })
  expect((await hearth.tools.list()).map(({ name }) => name)).toContain('greet')
  expect(await hearth.tools.call('greet', {})).toMatchObject({ ok: true, value: 'hello' })
  await hearth.memory.add('after')
  await heard.promise
})

test('calls made while the kernel is being replaced wait for the next one', async () => {
  await using browser = new MemoryBrowser()
  const hearth = await browser.open()
  const gone = when(hearth, 'connecting')
  browser.kill()
  await gone
  expect(hearth.state).toBe('connecting')
  expect((await hearth.memory.add('patient')).text).toBe('patient')
  expect(hearth.epoch).toBe(2)
})

test('a function that runs when its kernel is replaced is told to stop', async () => {
  await using browser = new MemoryBrowser()
  const hearth = await browser.open()
  const stopped = deferred<unknown>()
  hearth.tools.register({
    ...{ name: 'slow', description: 'Takes long.', parameters: { type: 'object' } },
    execute: (_args, { signal }) =>
      new Promise(() => {
        signal.addEventListener('abort', () => stopped.resolve(signal.reason))
        browser.kill()
      }),
  })
  const call = hearth.tools.call('slow', {})
  await expect(call).rejects.toMatchObject({ code: 'unknown', data: { syscall: 'tool.call' } })
  expect(await stopped.promise).toMatchObject({ code: 'cancelled' })
})

test('a streamed answer that a dying kernel cut short says so; a whole one is simply asked for again', async () => {
  let kill = true
  await using browser = new MemoryBrowser({
    script: () => ['one ', 'two'],
    pace: (_request, delta) =>
      new Promise((resolve) =>
        setTimeout(() => {
          if (kill && delta === 1) browser.kill()
          resolve()
        }, 50),
      ),
  })
  const hearth = await browser.open()
  await addModel(hearth)
  const messages = [{ role: 'user' as const, content: 'Count' }]
  const stream = await hearth.llm.chat.completions.create({ messages, stream: true })
  const read = (async () => {
    let text = ''
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
    return text
  })()
  await expect(read).rejects.toMatchObject({ code: 'kernel-restarted' })
  const whole = hearth.llm.chat.completions.create({ messages })
  await when(hearth, 'connected')
  kill = false
  expect((await whole).choices[0]?.message.content).toBe('one two')
})

test('a kernel that keeps ending is given up, and everything waiting is told', async () => {
  await using browser = new MemoryBrowser()
  const hearth = await browser.open()
  hearth.on('connection', ({ state }) => state === 'connected' && browser.kill())
  const watch = hearth.call('kernel.watch', {})
  const outcome = expect(watch).rejects.toMatchObject({ code: 'internal' })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  browser.kill()
  // The pauses between attempts pass at once; the messages in between need real turns of the event loop.
  while (hearth.state !== 'closed') {
    await vi.advanceTimersByTimeAsync(1_000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await outcome
  expect(browser.boots).toBe(6)
  expect(hearth.state).toBe('closed')
  await expect(hearth.kernel.info()).rejects.toMatchObject({ code: 'internal' })
})

test('a page that is put aside lets go, and comes back with its calls', async () => {
  await using browser = new MemoryBrowser()
  let freeze = (): void => undefined
  let thaw = (): void => undefined
  const hearth = await browser.open('Aside', {
    onFreeze(onFreeze, onThaw) {
      freeze = onFreeze
      thaw = onThaw
      return () => undefined
    },
  })
  const other = await browser.open('Other')
  const heard = deferred<string>()
  hearth.on('run', () => undefined)
  hearth.on('memories', () => heard.resolve('heard'))
  await hearth.kernel.info()
  const left = new Promise<void>((resolve) => other.on('sessions', () => resolve()))
  await other.kernel.info()
  freeze()
  await left
  expect((await other.kernel.info()).sessions.map(({ name }) => name)).toEqual(['Other'])
  const added = hearth.memory.add('from the cache')
  thaw()
  expect((await added).text).toBe('from the cache')
  expect(await heard.promise).toBe('heard')
  expect(hearth.epoch).toBe(1)
})
