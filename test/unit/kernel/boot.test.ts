/** The whole core on the in-memory drivers, in Node: what is in the box is the kernel that browsers run. */
import { expect, test } from 'vitest'
import pkg from '../../../package.json' with { type: 'json' }
import { syscalls } from '../../../kernel/abi/syscalls/index.ts'
import { HearthError, PROTOCOL } from '../../../kernel/abi/index.ts'
import { bootOrClose } from '../../../kernel/core/boot.ts'
import type { Kernel } from '../../../kernel/core/boot.ts'
import type { Platform } from '../../../kernel/core/platform.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createMemoryLiveness } from '../../../kernel/drivers/memory/liveness.ts'
import { bootNode, createNodePlatform } from '../../../kernel/hosts/node.ts'
import { VERSION } from '../../../kernel/hosts/version.ts'
import { TestClient } from './fixture.ts'

async function bootWith(parts: Partial<Platform> = {}) {
  const liveness = createMemoryLiveness()
  const kernel = await bootNode({ liveness, ...parts })
  const open = () => TestClient.open(reachable(kernel, liveness))
  return { kernel, open }
}

/** The kernel as the test client reaches it. */
function reachable(kernel: Kernel, liveness: ReturnType<typeof createMemoryLiveness>) {
  return { liveness, sessions: { connect: kernel.connect } }
}

test('boots, and answers what it is', async () => {
  const { kernel, open } = await bootWith()
  const client = await open()
  expect(await client.call('kernel.info')).toMatchObject({
    result: {
      version: VERSION,
      protocol: PROTOCOL,
      epoch: 1,
      host: 'node',
      sessions: [{ name: 'Test', role: 'panel' }],
    },
  })
  expect(await client.call('kernel.stats')).toMatchObject({ result: { running: 0, waiting: 0, outbound: [] } })
  expect(await client.call('kernel.storage')).toMatchObject({ result: { modelBytes: 0 } })
  await kernel[Symbol.asyncDispose]()
})

test('has a handler for every syscall: wrong arguments are refused as such, not as a defect', async () => {
  const { kernel, open } = await bootWith()
  const client = await open()
  for (const name of Object.keys(syscalls)) {
    expect(await client.call(name, { wrong: true }), name).toMatchObject({ error: { code: 'bad-request' } })
  }
  await kernel[Symbol.asyncDispose]()
})

test('takes a new epoch with every boot, and keeps what was stored', async () => {
  const database = createMemoryDatabase()
  const first = await bootWith({ database })
  const added = await (await first.open()).call('memory.add', { text: 'The office closes at six.' })
  // Not disposed: it dies in the middle of things.
  const second = await bootWith({ database })
  expect(second.kernel.epoch).toBe(first.kernel.epoch + 1)
  const listed = await (await second.open()).call('memory.list')
  expect(listed).toMatchObject({ result: { memories: [(added as { result: object }).result] } })
})

test('tells watchers of changes that other clients make, until they stop watching', async () => {
  const { kernel, open } = await bootWith()
  const watcher = await open()
  const actor = await open()
  watcher.send({ t: 'call', id: 'w', name: 'kernel.watch', args: {} })
  await watcher.call('kernel.info')
  await actor.call('memory.add', { text: 'x' })
  const memories = (data: unknown): boolean => (data as { type: string }).type === 'memories'
  await watcher.heard((frame) => frame.t === 'event' && frame.id === 'w' && memories(frame.data))
  watcher.send({ t: 'cancel', id: 'w' })
  expect(await watcher.settled('w')).toMatchObject({ error: { code: 'cancelled' } })
  await kernel[Symbol.asyncDispose]()
})

test('says the version that package.json has', () => {
  expect(VERSION).toBe(pkg.version)
})

test('a boot that fails half way leaves nothing that could still write', async () => {
  const database = createMemoryDatabase()
  const broken = new HearthError('storage-failed', 'Unreadable, says the test.', { reason: 'test' })
  // Budgets come late: by then there are services that write of their own accord.
  const list: typeof database.list = (store, range) =>
    store === 'spending' ? Promise.reject(broken) : database.list(store, range)
  await expect(bootOrClose(createNodePlatform({ database: { ...database, list } }))).rejects.toBe(broken)
  await expect(database.commit([{ op: 'delete', store: 'meta', key: 'epoch' }], 'strict')).rejects.toMatchObject({
    data: { reason: 'closed' },
  })
})
