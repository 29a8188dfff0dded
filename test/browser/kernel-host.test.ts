/** The kernel's real host: the SharedWorker that pages connect to, over real ports, locks and IndexedDB. */
import { afterEach, expect, test } from 'vitest'
import { PROTOCOL } from '../../kernel/abi/index.ts'
import type { KernelFrame } from '../../kernel/abi/index.ts'
import { VERSION } from '../../kernel/hosts/version.ts'

const aString: unknown = expect.any(String)
const aBoolean: unknown = expect.any(Boolean)
const aNumber: unknown = expect.any(Number)

type Hello = Extract<KernelFrame, { t: 'hello' }>

const kernelWorker = (): SharedWorker =>
  new SharedWorker(new URL('../../kernel/hosts/shared-worker.ts', import.meta.url), { type: 'module', name: 'hearth' })

/** As a new version of the app would start it: another worker with the same code. */
const secondKernelWorker = (): SharedWorker =>
  new SharedWorker(new URL('../../kernel/hosts/shared-worker.ts', import.meta.url), { type: 'module', name: 'second' })

/** A page's end of a port, with the lock that says that the page lives. */
class Client {
  readonly port: MessagePort
  readonly lock = `test:${crypto.randomUUID()}`
  release = (): void => {}
  readonly frames: KernelFrame[] = []
  readonly #waiting = new Set<() => void>()

  constructor(worker = kernelWorker()) {
    this.port = worker.port
    this.port.onmessage = ({ data }: MessageEvent<KernelFrame>) => {
      this.frames.push(data)
      for (const look of [...this.#waiting]) look()
    }
  }

  async hello(): Promise<Hello> {
    await new Promise<void>((held) => {
      void navigator.locks.request(this.lock, () => {
        held()
        return new Promise<void>((release) => (this.release = release))
      })
    })
    const { lock } = this
    this.port.postMessage({
      t: 'hello',
      protocol: PROTOCOL,
      lock,
      name: 'test',
      role: 'panel',
      lends: [],
      isolated: true,
    })
    return (await this.heard(({ t }) => t === 'hello')) as Hello
  }

  heard(fits: (frame: KernelFrame) => boolean): Promise<KernelFrame> {
    return new Promise((resolve) => {
      const look = (): void => {
        const frame = this.frames.find(fits)
        if (frame === undefined) return
        this.#waiting.delete(look)
        resolve(frame)
      }
      this.#waiting.add(look)
      look()
    })
  }

  async call(name: string, args: unknown = {}, id: string = crypto.randomUUID()): Promise<KernelFrame> {
    this.port.postMessage({ t: 'call', id, name, args })
    return this.heard((frame) => (frame.t === 'done' || frame.t === 'fail') && frame.id === id)
  }
}

const clients: Client[] = []
function connect(worker?: SharedWorker): Client {
  const client = new Client(worker)
  clients.push(client)
  return client
}
afterEach(() => {
  for (const client of clients.splice(0)) {
    client.release()
    client.port.close()
  }
})

test('the SharedWorker boots a kernel, which two clients share', async () => {
  const [a, b] = [connect(), connect()]
  const [helloA, helloB] = await Promise.all([a.hello(), b.hello()])
  expect(helloA.epoch).toBeGreaterThan(0)
  expect(helloB.epoch).toBe(helloA.epoch)
  expect(helloB.session).not.toBe(helloA.session)
  // Polled: the pages of the tests before this one may not be forgotten yet.
  await expect
    .poll(() => a.call('kernel.info'))
    .toMatchObject({
      t: 'done',
      epoch: helloA.epoch,
      result: { version: VERSION, host: 'shared-worker', sessions: [{ name: 'test' }, { name: 'test' }] },
    })
})

test('the kernel holds its lock and that of its epoch, by which clients learn of its death', async () => {
  const { epoch } = await connect().hello()
  const names = (await navigator.locks.query()).held?.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['hearth:kernel', `hearth:kernel:${epoch}`]))
})

test('what one client stores, another reads, and a repeated call is not stored twice', async () => {
  const [a, b] = [connect(), connect()]
  await Promise.all([a.hello(), b.hello()])
  const id = crypto.randomUUID()
  const text = `fact ${id}`
  const added = await a.call('memory.add', { text }, id)
  expect(await b.call('memory.add', { text }, id)).toEqual(added)
  const listed = (await b.call('memory.list')) as Extract<KernelFrame, { t: 'done' }>
  const { memories } = listed.result as { memories: { text: string }[] }
  expect(memories.filter((memory) => memory.text === text)).toHaveLength(1)
})

test('a client whose lock is released is forgotten', async () => {
  const [a, b] = [connect(), connect()]
  await a.hello()
  const { session } = await b.hello()
  a.port.postMessage({ t: 'call', id: 'watch', name: 'kernel.watch', args: {} })
  b.release()
  await a.heard((frame) => frame.t === 'event' && (frame.data as { type: string }).type === 'sessions')
  const info = (await a.call('kernel.info')) as Extract<KernelFrame, { t: 'done' }>
  expect((info.result as { sessions: { id: string }[] }).sessions.map(({ id }) => id)).not.toContain(session)
})

test('this device and its storage are reported from inside the SharedWorker', async () => {
  const client = connect()
  await client.hello()
  expect(await client.call('model.list')).toMatchObject({
    result: {
      device: { gpu: { name: aString, shaderF16: aBoolean }, threads: aNumber },
    },
  })
  expect(await client.call('kernel.storage')).toMatchObject({
    result: { usageBytes: aNumber, quotaBytes: aNumber, persistent: aBoolean },
  })
})

test('a second kernel of this origin does not start beside the first, and says so', async () => {
  const first = connect()
  await first.hello()
  const second = connect(secondKernelWorker())
  expect(await second.heard((frame) => frame.t === 'fail' && frame.id === 'hello')).toMatchObject({
    epoch: 0,
    error: { code: 'conflict', message: /Another version of Hearth/ },
  })
  expect(await first.call('kernel.info')).toMatchObject({ t: 'done' })
})

test('a kernel whose tabs are all gone makes way for that of an updated app', async () => {
  const first = connect()
  const { epoch } = await first.hello()
  const second = connect(secondKernelWorker())
  first.release()
  expect((await second.hello()).epoch).toBeGreaterThan(epoch)
  expect(await second.call('kernel.info')).toMatchObject({ t: 'done' })
})

test('a port that floods is closed, and another is answered meanwhile', async () => {
  const [hostile, bystander] = [connect(), connect()]
  await Promise.all([hostile.hello(), bystander.hello()])
  for (let count = 0; count < 200_000; count++) {
    hostile.port.postMessage({ t: 'call', id: `f${count}`, name: 'kernel.watch', args: {} })
  }
  expect(await bystander.call('kernel.info')).toMatchObject({ t: 'done' })
  expect(await hostile.heard((frame) => frame.t === 'fail' && frame.id === 'hello')).toMatchObject({
    error: { code: 'over-limit' },
  })
})
