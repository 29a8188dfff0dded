/** Export, import and erasing through the whole kernel on the in-memory drivers, which starts anew where a browser's would. */
import { expect, test } from 'vitest'
import type { SyscallArgs, SyscallName, SyscallResult } from '../../../kernel/abi/index.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createMemoryFileBlobs } from '../../../kernel/drivers/memory/file-blobs.ts'
import { createMemoryLiveness } from '../../../kernel/drivers/memory/liveness.ts'
import { createClock } from '../../../kernel/drivers/web/clock.ts'
import { bootNode } from '../../../kernel/hosts/node.ts'
import { TestClient } from '../kernel/fixture.ts'

interface Machine {
  call<N extends SyscallName>(name: N, args: Partial<SyscallArgs<N>>): Promise<SyscallResult<N>>
  /** Waits until the kernel wants another in its place, and boots that. */
  replaced(): Promise<void>
  readonly epoch: number
  readonly told: string[]
}

async function start(quotaBytes?: number): Promise<Machine> {
  const parts = { database: createMemoryDatabase(), fileBlobs: createMemoryFileBlobs(quotaBytes) }
  const told: string[] = []
  async function boot() {
    const liveness = createMemoryLiveness()
    const kernel = await bootNode({ ...parts, liveness })
    const client = await TestClient.open({ liveness, sessions: { connect: kernel.connect } })
    client.send({ t: 'call', id: 'watch', name: 'kernel.watch', args: {} })
    return { kernel, client }
  }
  let now = await boot()
  return {
    told,
    get epoch() {
      return now.kernel.epoch
    },
    async call(name, args) {
      const settled = await now.client.call(name, args)
      if (settled.t === 'fail') throw Object.assign(new Error(settled.error.message), settled.error)
      return settled.result as never
    },
    async replaced() {
      await now.kernel.replaced
      for (const frame of now.client.frames) {
        const event = frame.t === 'event' ? (frame.data as { type: string; code?: string }) : undefined
        if (event?.type === 'notice') told.push(event.code ?? '')
      }
      now = await boot()
    },
  }
}

async function exported(machine: Machine): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  for (let id: string | undefined; ;) {
    const next = await machine.call('archive.export', id === undefined ? {} : { export: id })
    if (next.done) return new Blob(parts)
    parts.push(next.part)
    id = next.export
  }
}

async function furnish(machine: Machine): Promise<string> {
  const { id } = await machine.call('agent.create', { name: 'Buddy' })
  const memory = await machine.call('memory.add', { text: 'Ann likes tea.' })
  await machine.call('memory.update', { id: memory.id, text: 'Ann likes green tea.' })
  await machine.call('shared.set', { namespace: 'team', key: 'db', value: 1 })
  await machine.call('memory.configure', { consolidation: false })
  await machine.call('files.write', { space: id, path: 'a/plan.md', contents: 'Apples.' })
  await machine.call('files.write', { space: id, path: 'a/plan.md', contents: 'Pears.' })
  return id
}

test('what was exported is searched, read and rolled back in another kernel, and it all goes on from there', async () => {
  const [here, there] = [await start(), await start()]
  const agent = await furnish(here)
  const file = await exported(here)
  const { sha256, agents } = await there.call('archive.inspect', { file })
  expect(agents).toMatchObject([{ name: 'Buddy', files: 1 }])
  const { epoch } = there
  const report = await there.call('archive.import', { file, sha256 })
  expect(report.kinds.every(({ replaced, kept }) => replaced + kept === 0)).toBe(true)
  await there.replaced()
  expect(there.epoch).toBeGreaterThan(epoch)
  expect(there.told).toContain('imported')
  const found = await there.call('memory.search', { query: 'Ann tea' })
  expect(found.hits.map(({ memory }) => memory.text)).toEqual(['Ann likes green tea.'])
  const [hit] = found.hits
  const { versions } = await there.call('memory.history', { id: hit?.memory.id ?? '' })
  expect(versions.map(({ text }) => text)).toContain('Ann likes tea.')
  expect(await there.call('shared.get', { namespace: 'team', key: 'db' })).toMatchObject({ version: 1 })
  await there.call('files.rollback', { space: agent, path: 'a/plan.md', to: { versionsAgo: 1 } })
  expect(await there.call('files.read', { space: agent, path: 'a/plan.md', as: 'text' })).toMatchObject({
    text: 'Apples.',
  })
  expect(await there.call('memory.consolidation', {})).toMatchObject({ enabled: false })
  await there.call('memory.add', { text: 'Bob likes coffee.' })
  expect((await there.call('memory.list', {})).memories).toHaveLength(2)
})

test('erasing needs its words, tells everybody, and leaves an empty kernel of a higher epoch', async () => {
  const machine = await start()
  await furnish(machine)
  await expect(machine.call('kernel.erase', { confirm: 'yes' as never })).rejects.toMatchObject({ code: 'bad-request' })
  const { epoch } = machine
  await machine.call('kernel.erase', { confirm: 'erase everything' })
  await machine.replaced()
  expect(machine.told).toContain('erased')
  expect(machine.epoch).toBeGreaterThan(epoch)
  expect((await machine.call('agent.list', {})).agents).toEqual([])
  expect((await machine.call('memory.list', {})).memories).toEqual([])
  expect((await machine.call('files.spaces', {})).spaces).toEqual([])
  const { kinds } = await machine.call('kernel.storage', {})
  expect(
    kinds.filter(({ kind }) => kind === 'files' || kind === 'memories').map(({ count, bytes }) => count ?? bytes),
  ).toEqual([0, 0])
})

test('an import that does not fit says so, and what was here is as it was', async () => {
  const here = await start()
  const { id } = await here.call('agent.create', { name: 'Buddy' })
  await here.call('files.write', { space: id, path: 'big', contents: new Uint8Array(200_000).fill(7) })
  const file = await exported(here)
  const there = await start(100_000)
  await there.call('memory.add', { text: 'Ann likes tea.' })
  const { sha256 } = await there.call('archive.inspect', { file })
  await expect(there.call('archive.import', { file, sha256 })).rejects.toMatchObject({ code: 'storage-full' })
  expect((await there.call('agent.list', {})).agents).toEqual([])
  expect((await there.call('memory.list', {})).memories).toHaveLength(1)
  // And nothing of it is in the way of another.
  const small = await exported(there)
  await there.call('archive.import', {
    file: small,
    sha256: (await there.call('archive.inspect', { file: small })).sha256,
  })
})

test('storage is told by kind, with what is measured and what is estimated', async () => {
  const machine = await start()
  await furnish(machine)
  const { kinds } = await machine.call('kernel.storage', {})
  const of = (kind: string) => kinds.find((row) => row.kind === kind)
  expect(of('files')).toMatchObject({ count: 1, how: 'measured' })
  expect(of('files')?.bytes).toBeGreaterThan('Apples.Pears.'.length)
  expect(of('memories')).toMatchObject({ count: 1, how: 'estimated' })
  expect(of('whiteboard')).toMatchObject({ count: 1 })
})

test('an export under way is dropped when its part is asked for twice at once, or by a name that is none', async () => {
  const machine = await start()
  await expect(machine.call('archive.export', { export: 'export-none' })).rejects.toMatchObject({ code: 'not-found' })
  await furnish(machine)
  expect((await exported(machine)).size).toBeGreaterThan(0)
})

test('of exports that begin at once no more go on than may be under way', async () => {
  const machine = await start()
  await furnish(machine)
  const begun = await Promise.allSettled([1, 2, 3, 4].map(() => machine.call('archive.export', {})))
  expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
  for (const one of begun) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'over-limit' })
})

test('while much is exported and imported, nobody waits longer than a slice', async () => {
  const { archiveOf, bring, emptyOrigin, fill } = await import('./world.ts')
  const origin = emptyOrigin()
  const turns = Array.from({ length: 6_000 }, (_, index) => `turn ${index} `.repeat(20))
  await fill(origin, { agents: [{ name: 'buddy', turns }], memories: [], entries: [], files: [] })
  // Turns of the event loop that others get while it works: how long one takes depends on the machine.
  const clock = createClock()
  let others = 0
  const life = new AbortController()
  const other = (async () => {
    for (; !life.signal.aborted; others += 1) await clock.sleep(0)
  })()
  const file = await archiveOf(origin)
  const whileExporting = others
  await bring(emptyOrigin(), file)
  life.abort()
  await other
  expect(whileExporting).toBeGreaterThan(5)
  expect(others - whileExporting).toBeGreaterThan(5)
})
