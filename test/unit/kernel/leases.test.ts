import { expect, test } from 'vitest'
import type { KernelFrame } from '../../../kernel/abi/index.ts'
import { LEND_TIMEOUT_MS } from '../../../kernel/core/param.ts'
import { TestClient, settle, startKernel } from './fixture.ts'
import type { HelloOptions, TestKernel } from './fixture.ts'

const live = new AbortController().signal
type LendFrame = Extract<KernelFrame, { t: 'lend' }>

const tab = (kernel: TestKernel, name: string, more: HelloOptions = {}): Promise<TestClient> =>
  TestClient.open(kernel, { name, role: 'app', lends: ['llamacpp'], ...more })

async function asked(client: TestClient): Promise<LendFrame> {
  return (await client.heard(({ t }) => t === 'lend')) as LendFrame
}

/** Answers as a page does: with one end of a channel, keeping the other. */
async function lend(client: TestClient): Promise<MessagePort> {
  const { lease } = await asked(client)
  const { port1, port2 } = new MessageChannel()
  client.send({ t: 'lend', lease, port: port2 }, [port2])
  port1.unref?.()
  return port1
}

declare global {
  interface MessagePort {
    /** Node's: does not keep the process alive. */
    unref?(): void
  }
}

test('a worker is borrowed from a tab, and its port talks to that worker', async () => {
  const kernel = await startKernel({})
  const client = await tab(kernel, 'Shop', { isolated: true })
  const borrowing = kernel.leases.borrow('llamacpp', live)
  const worker = await lend(client)
  const lease = await borrowing
  expect(lease).toMatchObject({ kind: 'llamacpp', lender: 'Shop', isolated: true })
  const heard = new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)))
  ;(lease.port as MessagePort).postMessage('hello worker')
  expect(await heard).toBe('hello worker')
  lease.kill()
  worker.close()
})

test('the panel is asked before apps, an isolated page before others, then the newest; and only those that offer the kind', async () => {
  const kernel = await startKernel({})
  const tabs = {
    app: await tab(kernel, 'app'),
    newer: await tab(kernel, 'newer'),
    isolated: await tab(kernel, 'isolated', { isolated: true }),
    panel: await tab(kernel, 'panel', { role: 'panel' }),
    other: await tab(kernel, 'other', { role: 'panel', isolated: true, lends: ['quickjs'] }),
  }
  void kernel.leases.borrow('llamacpp', live).catch(() => {})
  const order: string[] = []
  for (const name of ['panel', 'isolated', 'newer', 'app'] as const) {
    await asked(tabs[name])
    order.push(name)
    tabs[name].die()
  }
  expect(order).toEqual(['panel', 'isolated', 'newer', 'app'])
  expect(tabs.other.frames.some(({ t }) => t === 'lend')).toBe(false)
})

test('when the asked tab closes before it answers, another is asked', async () => {
  const kernel = await startKernel({})
  const other = await tab(kernel, 'other')
  const first = await tab(kernel, 'first')
  const borrowing = kernel.leases.borrow('llamacpp', live)
  await asked(first)
  first.die()
  await lend(other)
  expect((await borrowing).lender).toBe('other')
})

test('when the asked tab does not answer in time, another is asked, and a late answer is sent back', async () => {
  const kernel = await startKernel({})
  const other = await tab(kernel, 'other')
  const frozen = await tab(kernel, 'frozen')
  const borrowing = kernel.leases.borrow('llamacpp', live)
  const { lease } = await asked(frozen)
  kernel.clock.advance(LEND_TIMEOUT_MS)
  await lend(other)
  expect((await borrowing).lender).toBe('other')
  await lend(frozen)
  await settle(kernel)
  expect(frozen.frames.filter(({ t }) => t === 'reclaim')).toEqual([
    { t: 'reclaim', lease },
    { t: 'reclaim', lease },
  ])
})

test('the only tab, asleep when it was asked, is asked again once it answers', async () => {
  const kernel = await startKernel({})
  const asleep = await tab(kernel, 'asleep')
  const borrowing = kernel.leases.borrow('llamacpp', live)
  const { lease } = await asked(asleep)
  kernel.clock.advance(LEND_TIMEOUT_MS)
  await asleep.heard(({ t }) => t === 'reclaim')
  await lend(asleep)
  const again = (await asleep.heard((frame) => frame.t === 'lend' && frame.lease !== lease)) as LendFrame
  const { port1, port2 } = new MessageChannel()
  asleep.send({ t: 'lend', lease: again.lease, port: port2 }, [port2])
  expect((await borrowing).lender).toBe('asleep')
  port1.close()
})

test('while no tab can lend it waits, says so once, and takes the first that comes', async () => {
  const kernel = await startKernel({})
  let waits = 0
  const borrowing = kernel.leases.borrow('llamacpp', live, () => waits++)
  await settle(kernel)
  await tab(kernel, 'cannot', { lends: [] })
  await settle(kernel)
  const client = await tab(kernel, 'can')
  await lend(client)
  expect((await borrowing).lender).toBe('can')
  expect(waits).toBe(1)
})

test('waiting and asking end when the borrower gives up, and nothing stays behind', async () => {
  const kernel = await startKernel({})
  const stop = new AbortController()
  const waiting = kernel.leases.borrow('llamacpp', stop.signal)
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')

  const client = await tab(kernel, 'slow')
  const again = new AbortController()
  const asking = kernel.leases.borrow('llamacpp', again.signal)
  await asked(client)
  again.abort(new Error('enough'))
  await expect(asking).rejects.toThrow('enough')
  await lend(client)
  await client.heard(({ t }) => t === 'reclaim')
  expect(kernel.clock.sleepers).toBe(0)
})

test('a borrower that gives up on hearing that it has to wait does not wait', async () => {
  const kernel = await startKernel({})
  const stop = new AbortController()
  const waiting = kernel.leases.borrow('llamacpp', stop.signal, () => stop.abort(new Error('enough')))
  await expect(waiting).rejects.toThrow('enough')
})

test('when every tab refuses, the borrower hears why', async () => {
  const kernel = await startKernel({})
  const client = await tab(kernel, 'Shop')
  const borrowing = kernel.leases.borrow('llamacpp', live)
  const { lease } = await asked(client)
  client.send({ t: 'lend', lease, reason: 'workers are blocked' })
  await expect(borrowing).rejects.toMatchObject({ code: 'no-lender', message: /workers are blocked/ })
})

test('a port that was not transferred is no port', async () => {
  const kernel = await startKernel({})
  const client = await tab(kernel, 'Shop')
  const borrowing = kernel.leases.borrow('llamacpp', live)
  const { lease } = await asked(client)
  client.send({ t: 'lend', lease, port: { postMessage: 'fake' } })
  await expect(borrowing).rejects.toMatchObject({ code: 'no-lender' })
})

test('when the lending tab dies the lease is lost, with the reason', async () => {
  const kernel = await startKernel({})
  const client = await tab(kernel, 'Shop')
  const borrowing = kernel.leases.borrow('llamacpp', live)
  await lend(client)
  const lease = await borrowing
  expect(lease.lost.aborted).toBe(false)
  client.die()
  await settle(kernel)
  expect(lease.lost.reason).toMatchObject({ code: 'engine-lost', data: { engine: 'llamacpp' } })
})

test('when the page says that its worker failed, the lease is lost though the tab lives', async () => {
  const kernel = await startKernel({})
  const client = await tab(kernel, 'Shop')
  const borrowing = kernel.leases.borrow('llamacpp', live)
  await lend(client)
  const lease = await borrowing
  client.send({ t: 'lend', lease: lease.id, reason: 'out of memory' })
  await settle(kernel)
  expect(lease.lost.reason).toMatchObject({ code: 'engine-lost', data: { reason: /out of memory/ } })
})

test('killing a lease has the tab take the worker away, once, and is no loss', async () => {
  const kernel = await startKernel({})
  const client = await tab(kernel, 'Shop')
  const borrowing = kernel.leases.borrow('llamacpp', live)
  await lend(client)
  const lease = await borrowing
  lease.kill()
  await lease[Symbol.asyncDispose]()
  await settle(kernel)
  expect(client.frames.filter(({ t }) => t === 'reclaim')).toEqual([{ t: 'reclaim', lease: lease.id }])
  expect(lease.lost.aborted).toBe(false)
})

test('one tab cannot answer for another', async () => {
  const kernel = await startKernel({})
  const thief = await tab(kernel, 'thief')
  const owner = await tab(kernel, 'owner')
  const borrowing = kernel.leases.borrow('llamacpp', live)
  const { lease } = await asked(owner)
  const { port2 } = new MessageChannel()
  thief.send({ t: 'lend', lease, port: port2 }, [port2])
  await settle(kernel)
  await lend(owner)
  expect((await borrowing).lender).toBe('owner')
})
