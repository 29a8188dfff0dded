/** Files under faults, in Node: killed kernels, a full disk, flipped bits, calls that are cancelled, changes at the same time. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createMemoryFileBlobs } from '../../../kernel/drivers/memory/file-blobs.ts'
import { fileFaults } from '../../contract/file-faults.ts'
import { fillable } from '../../fixtures/failing-database.ts'
import { expectInvariants, expectNoOrphans } from '../../fixtures/file-invariants.ts'
import { createFiles } from '../../fixtures/files.ts'
import { createHarness, pattern } from './harness.ts'

const space = 'a1'

fileFaults('the in-memory twins', async () => ({
  database: createMemoryDatabase(),
  blobs: createMemoryFileBlobs(),
  dispose: () => Promise.resolve(),
}))

test('when the disk is full nothing is written, what was there stays, and there is room again after a purge', async () => {
  const { call, text, blobs, database, swept } = createHarness(2_000)
  await call('files.write', { space, path: 'a', contents: 'kept' })
  await call('files.write', { space, path: 'b', contents: pattern(1_500) })
  const more = () => call('files.write', { space, path: 'c', contents: pattern(1_500, 2) })
  await expect(more()).rejects.toMatchObject({ code: 'storage-full' })
  await expect(call('files.stat', { space, path: 'c' })).rejects.toMatchObject({ code: 'not-found' })
  expect(await text('a')).toBe('kept')
  await call('files.purge', { space, path: 'b', what: 'all' })
  await swept()
  await more()
  await expectInvariants(database, blobs)
})

test('when the database is full the contents that no record names are swept, and the next change begins', async () => {
  const base = createMemoryDatabase()
  let full = false
  const database = { ...base, ...fillable(base, () => full) }
  const blobs = createMemoryFileBlobs()
  const { call, swept } = createFiles({ database, blobs })
  full = true
  const writing = call('files.write', { space, path: 'a', contents: 'x' })
  await expect(writing).rejects.toMatchObject({ code: 'storage-full' })
  await swept()
  expect(blobs.stored.size).toBe(0)
  full = false
  await call('files.write', { space, path: 'a', contents: 'x' })
  await expectNoOrphans(database, blobs)
})

test('a flipped bit is told by name, with the last version that is whole, which comes back', async () => {
  const { call, blobs, text } = createHarness()
  for (const contents of ['one', 'two', 'three']) await call('files.write', { space, path: 'a', contents })
  const flip = (hash: string): void => {
    const bytes = blobs.stored.get(hash)
    if (bytes) bytes[0] = (bytes[0] ?? 0) ^ 1
  }
  const { versions } = await call('files.history', { space, path: 'a' })
  flip(versions[0]?.hash ?? '')
  const damage = { code: 'file-damaged', data: { space, path: 'a', version: 3, intact: 2 } }
  await expect(text('a')).rejects.toMatchObject(damage)
  flip(versions[1]?.hash ?? '')
  await expect(text('a')).rejects.toMatchObject({ code: 'file-damaged', data: { intact: 1 } })
  await expect(text('a')).rejects.toThrow('“a” (version 3)')
  await call('files.rollback', { space, path: 'a', to: { version: 1 } })
  expect(await text('a')).toBe('one')
  // The same contents once more make the damaged ones whole.
  await call('files.write', { space, path: 'b', contents: 'three' })
  const mended = await call('files.read', { space, path: 'a', version: 3, as: 'text' })
  expect(mended.text).toBe('three')
})

test('contents that are gone or cut short are damage too, and no earlier version is offered when none is whole', async () => {
  const { call, blobs, text } = createHarness()
  await call('files.write', { space, path: 'a', contents: 'one' })
  blobs.stored.clear()
  await expect(text('a')).rejects.toMatchObject({ code: 'file-damaged', data: { intact: null } })
  await expect(call('files.write', { space, path: 'a', contents: 'x', append: true })).rejects.toMatchObject({
    code: 'file-damaged',
  })
  await call('files.write', { space, path: 'a', contents: 'anew' })
  expect(await text('a')).toBe('anew')
})

test('a call that is cancelled at any time changes nothing and holds up nobody', async () => {
  for (let turns = 0; turns < 12; turns += 1) {
    const { call, service, database, blobs, swept } = createHarness()
    await call('files.write', { space, path: 'a', contents: 'one' })
    const cancel = new AbortController()
    const args = { space, path: 'a', contents: new TextEncoder().encode('two'), append: false, outside: false }
    const caller = { principal: { kind: 'user' }, session: null, name: 'Test' } as const
    // As the gate does it: a handler that returns after its call was cancelled is never committed, and never told so.
    const handled = Promise.resolve(
      service.handlers['files.write']({
        ...{ id: 'call', name: 'files.write', args, caller, signal: cancel.signal, emit: () => {} },
      }),
    ).catch(() => {})
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    cancel.abort(new Error('cancelled'))
    await handled
    await call('files.write', { space, path: 'b', contents: 'next' })
    expect(await call('files.stat', { space, path: 'a' })).toMatchObject({ file: { version: 1 } })
    await swept()
    await expectInvariants(database, blobs)
    await expectNoOrphans(database, blobs)
  }
})

test('of writers at the same time each sees the version it expects or is refused: no update is lost', async () => {
  const { call, text } = createHarness()
  await call('files.write', { space, path: 'count', contents: '0' })
  const increment = async (): Promise<void> => {
    for (;;) {
      const { text: value, version } = await call('files.read', { space, path: 'count', as: 'text' })
      const contents = String(Number(value) + 1)
      const written = await call('files.write', { space, path: 'count', contents, ifVersion: version.version }).then(
        () => true,
        () => false,
      )
      if (written) return
    }
  }
  await Promise.all(Array.from({ length: 20 }, increment))
  expect(await text('count')).toBe('20')
})

const path = fc.constantFrom('a', 'b', 'f', 'f/a', 'f/b', 'f/g/a', 'h/a')
const contents = fc.constantFrom('', 'one', 'two', 'three')
const change = fc.oneof(
  fc.record({ name: fc.constant('files.write' as const), path, contents, append: fc.boolean() }),
  fc.record({ name: fc.constant('files.move' as const), path, to: path }),
  fc.record({ name: fc.constant('files.delete' as const), path }),
  fc.record({
    name: fc.constant('files.rollback' as const),
    path,
    to: fc.record({ versionsAgo: fc.integer({ min: 1, max: 3 }) }),
  }),
  fc.record({
    name: fc.constant('files.rollback' as const),
    path,
    to: fc.record({ moment: fc.integer({ min: 1_000_000, max: 1_000_200 }) }),
  }),
  fc.record({ name: fc.constant('files.purge' as const), path, what: fc.constantFrom('all', 'deleted', 'history') }),
)

test('whatever is done, in whatever order and at the same time: counts and references are right, and no bytes are too many', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(change, fc.boolean()), { maxLength: 30 }), async (changes) => {
      const { call, database, blobs, swept } = createHarness()
      let under: Promise<unknown>[] = []
      for (const [{ name, ...args }, wait] of changes) {
        // What is refused changes nothing; which that is, other tests say.
        under.push(call(name, { space, ...args }).catch(() => {}))
        if (wait) under = [await Promise.all(under)].map(() => Promise.resolve())
      }
      await Promise.all(under)
      await swept()
      await expectInvariants(database, blobs)
      await expectNoOrphans(database, blobs)
    }),
    { numRuns: 60 },
  )
})

test('going back to any moment gives exactly what was there', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 15 }), fc.nat(), async (changes, pick) => {
      const { call, paths, text } = createHarness()
      const states: { moment: number; state: string[] }[] = []
      const state = async (): Promise<string[]> =>
        Promise.all((await paths()).map(async (each) => `${each} ${await text(each)}`))
      for (const { name, ...args } of changes) {
        if (name === 'files.purge') continue
        await call(name, { space, ...args }).catch(() => {})
        const { spaces } = await call('files.spaces', {})
        states.push({ moment: spaces[0]?.updatedAt ?? 0, state: await state() })
      }
      const then = states[pick % Math.max(1, states.length)]
      if (!then) return
      await call('files.rollback', { space, to: { moment: then.moment } })
      expect(await state()).toEqual(then.state)
    }),
    { numRuns: 60 },
  )
})
