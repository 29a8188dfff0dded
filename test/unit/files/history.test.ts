/** Versions: history, bringing back, purging, and what is told of it all. */
import { expect, test } from 'vitest'
import type { SyscallEvent } from '../../../kernel/abi/index.ts'
import { FILE_VERSIONS_KEPT } from '../../../kernel/core/files/param.ts'
import { createHarness, user } from './harness.ts'

const space = 'a1'

async function withVersions(...contents: string[]) {
  const harness = createHarness()
  for (const text of contents) await harness.call('files.write', { space, path: 'a', contents: text })
  return harness
}

test('a file goes back by a count, to a version, and forward again', async () => {
  const { call, text } = await withVersions('one', 'two', 'three')
  expect(await call('files.rollback', { space, path: 'a', to: { versionsAgo: 2 } })).toEqual({
    restored: 1,
    deleted: 0,
  })
  expect(await text('a')).toBe('one')
  await call('files.rollback', { space, path: 'a', to: { version: 2 } })
  expect(await text('a')).toBe('two')
  await call('files.rollback', { space, path: 'a', to: { versionsAgo: 1 } })
  expect(await text('a')).toBe('one')
  const { versions } = await call('files.history', { space, path: 'a' })
  expect(versions.map(({ change, version, from }) => [change, version, from?.version])).toEqual([
    ['restored', 6, 4],
    ['restored', 5, 2],
    ['restored', 4, 1],
    ['written', 3, undefined],
    ['written', 2, undefined],
    ['written', 1, undefined],
  ])
  await expect(call('files.rollback', { space, path: 'a', to: { version: 9 } })).rejects.toMatchObject({
    code: 'not-found',
  })
  const tooFar = call('files.rollback', { space, path: 'a', to: { versionsAgo: 6 } })
  await expect(tooFar).rejects.toMatchObject({ code: 'not-found' })
})

test('a deleted file comes back as it was, by whom it was written', async () => {
  const { call, text, paths } = await withVersions('one')
  const before = await call('files.stat', { space, path: 'a' })
  await call('files.delete', { space, path: 'a' })
  expect(await paths()).toEqual([])
  await expect(text('a')).rejects.toMatchObject({ code: 'not-found' })
  expect(await call('files.spaces', {})).toMatchObject({ spaces: [{ files: 0, deleted: 1, bytes: 0, storedBytes: 3 }] })
  await call('files.rollback', { space, path: 'a', to: { versionsAgo: 1 } })
  expect(await text('a')).toBe('one')
  const after = await call('files.stat', { space, path: 'a' })
  if (before.kind !== 'file' || after.kind !== 'file') throw new Error('no file')
  expect(after.file).toMatchObject({ createdAt: before.file.createdAt, provenance: { source: 'user' }, version: 3 })
})

test('an earlier version is read without bringing it back', async () => {
  const { call, text } = await withVersions('one', 'two')
  const { version, text: earlier } = await call('files.read', { space, path: 'a', version: 1, as: 'text' })
  expect([version.version, earlier, await text('a')]).toEqual([1, 'one', 'two'])
})

test('the history of a file that was moved goes on where it came from', async () => {
  const { call, text } = await withVersions('one', 'two')
  await call('files.move', { space, path: 'a', to: 'b' })
  await call('files.write', { space, path: 'b', contents: 'three' })
  const { versions } = await call('files.history', { space, path: 'b' })
  expect(versions.map(({ path, version, change }) => [path, version, change])).toEqual([
    ['b', 2, 'written'],
    ['b', 1, 'moved'],
    ['a', 2, 'written'],
    ['a', 1, 'written'],
  ])
  // The move and what was moved are the same contents, so they count as one.
  await call('files.rollback', { space, path: 'b', to: { versionsAgo: 2 } })
  expect(await text('b')).toBe('one')
})

test('files that were moved back and forth have a history that ends', async () => {
  const { call } = await withVersions('one')
  for (const [path, to] of [
    ['a', 'b'],
    ['b', 'a'],
    ['a', 'b'],
  ] as const) {
    await call('files.move', { space, path, to })
  }
  const { versions } = await call('files.history', { space, path: 'b' })
  expect(versions.map(({ path, version }) => `${path}${version}`)).toEqual(['b3', 'b2', 'b1', 'a1'])
})

test('a folder and a whole space go back to a moment: what came since goes, what went comes back', async () => {
  const harness = createHarness()
  const { call, text, paths } = harness
  const write = (path: string, contents: string) => call('files.write', { space, path, contents })
  await write('f/kept', '1')
  await write('f/changed', 'before')
  await write('f/gone', 'here')
  await write('f/moved', 'm')
  await write('other', 'x')
  const moment = (await call('files.stat', { space, path: '' })) as { folder: { updatedAt: number } }
  await write('f/changed', 'after')
  await call('files.delete', { space, path: 'f/gone' })
  await call('files.move', { space, path: 'f/moved', to: 'elsewhere' })
  await write('f/new', 'n')
  await write('other', 'y')
  const to = { moment: moment.folder.updatedAt }
  expect(await call('files.rollback', { space, path: 'f', to })).toEqual({ restored: 3, deleted: 1 })
  expect(await paths()).toEqual(['elsewhere', 'f/changed', 'f/gone', 'f/kept', 'f/moved', 'other'])
  expect([await text('f/changed'), await text('other')]).toEqual(['before', 'y'])
  const undo = harness.now
  expect(await call('files.rollback', { space, to })).toEqual({ restored: 1, deleted: 1 })
  expect(await paths()).toEqual(['f/changed', 'f/gone', 'f/kept', 'f/moved', 'other'])
  expect(await text('other')).toBe('x')
  // And the rollback itself can be rolled back.
  await call('files.rollback', { space, to: { moment: undo } })
  expect(await paths()).toEqual(['elsewhere', 'f/changed', 'f/gone', 'f/kept', 'f/moved', 'other'])
})

test('every moment between two changes is a state of its own, also within one millisecond', async () => {
  const harness = createHarness()
  const { call, text } = harness
  const moments: number[] = []
  for (const contents of ['one', 'two', 'three']) {
    harness.now = 1_000_000
    moments.push((await call('files.write', { space, path: 'a', contents })).updatedAt)
  }
  expect(new Set(moments).size).toBe(3)
  await call('files.rollback', { space, path: 'a', to: { moment: moments[1] ?? 0 } })
  expect(await text('a')).toBe('two')
})

test('a moment whose version is no longer kept is refused whole, with the time from when on it is not', async () => {
  const harness = createHarness()
  const { call, text } = harness
  await call('files.write', { space, path: 'f/b', contents: 'first' })
  const moment = (await call('files.write', { space, path: 'f/a', contents: '0' })).updatedAt
  for (let index = 1; index <= FILE_VERSIONS_KEPT; index += 1) {
    await call('files.write', { space, path: 'f/a', contents: String(index) })
  }
  await call('files.write', { space, path: 'f/b', contents: 'second' })
  const back = call('files.rollback', { space, path: 'f', to: { moment } })
  await expect(back).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringContaining('kept since') as string,
  })
  expect(await text('f/b')).toBe('second')
})

test('a space goes back only to a moment', async () => {
  const { call } = await withVersions('one', 'two')
  await expect(call('files.rollback', { space, to: { versionsAgo: 1 } })).rejects.toMatchObject({ code: 'bad-request' })
})

test('a file does not come back into a folder that is a file now', async () => {
  const { call } = createHarness()
  await call('files.write', { space, path: 'a/b', contents: 'x' })
  await call('files.delete', { space, path: 'a/b' })
  await call('files.write', { space, path: 'a', contents: 'now a file' })
  const back = call('files.rollback', { space, path: 'a/b', to: { versionsAgo: 1 } })
  await expect(back).rejects.toMatchObject({ code: 'conflict' })
})

test('purging deletes history, deleted files or all, and the bytes that nothing else has', async () => {
  const { call, blobs, paths, swept, text } = await withVersions('one', 'two')
  await call('files.write', { space, path: 'b', contents: 'one' })
  await call('files.write', { space, path: 'gone', contents: 'gone' })
  await call('files.delete', { space, path: 'gone' })
  expect(await call('files.purge', { space, what: 'history' })).toEqual({ files: 1, versions: 1 })
  await swept()
  expect(blobs.stored.size).toBe(3)
  expect(await call('files.purge', { space, what: 'deleted' })).toEqual({ files: 1, versions: 2 })
  await swept()
  expect(blobs.stored.size).toBe(2)
  expect([await paths(), await text('a'), await text('b')]).toEqual([['a', 'b'], 'two', 'one'])
  await call('files.purge', { space, what: 'all' })
  await swept()
  expect(blobs.stored.size).toBe(0)
  const { spaces } = await call('files.spaces', {})
  expect(spaces).toMatchObject([{ files: 0, deleted: 0, bytes: 0, storedBytes: 0 }])
})

test('contents that another space has stay when one space goes with its agent', async () => {
  const { call, blobs, service, database, swept, paths, agents } = createHarness()
  await call('files.write', { space: 'a1', path: 'mine', contents: 'only mine' })
  await call('files.write', { space: 'a1', path: 'ours', contents: 'ours' })
  await call('files.write', { space: 'a2', path: 'ours', contents: 'ours' })
  const forgetting = await service.forget('a1', new AbortController().signal)
  await database.commit(forgetting.writes, 'strict')
  agents.delete('a1')
  forgetting.after()
  await swept()
  expect(blobs.stored.size).toBe(1)
  expect([await paths('a1'), await paths('a2')]).toEqual([[], ['ours']])
  for (const store of ['files', 'fileVersions', 'fileBlobs', 'fileSpaces'] as const) {
    expect((await database.list(store)).map((record) => record.space)).toEqual(['a2'])
  }
})

test('a watcher is told of changes in its folder and no others, until it stops', async () => {
  const { call } = createHarness()
  const seen: string[] = []
  const stop = new AbortController()
  const emit = (event: SyscallEvent<'files.watch'>): void => {
    seen.push(`${event.type} ${event.type === 'purged' ? event.path : event.file.path}`)
  }
  const watching = call('files.watch', { space, path: 'f' }, { signal: stop.signal, emit })
  // The first call has the module imported; whoever comes next finds the watcher there.
  await call('files.spaces', {})
  await call('files.write', { space, path: 'f/a', contents: 'x' })
  await call('files.write', { space, path: 'other', contents: 'x' })
  await call('files.write', { space: 'a2', path: 'f/a', contents: 'x' })
  await call('files.move', { space, path: 'f/a', to: 'f/b' })
  await call('files.purge', { space, path: 'f/b', what: 'all' })
  stop.abort(new Error('enough'))
  await expect(watching).rejects.toThrow('enough')
  await call('files.write', { space, path: 'f/c', contents: 'x' })
  expect(seen).toEqual(['put f/a', 'deleted f/a', 'put f/b', 'purged f/b'])
})

test('changes made by whom is on record with each version', async () => {
  const { call } = await withVersions('one')
  const agent = { kind: 'agent', id: 'a1', run: 'r' } as const
  await call('files.delete', { space, path: 'a' }, { principal: agent })
  const { versions } = await call('files.history', { space, path: 'a' })
  expect(versions.map(({ by, provenance }) => [by, provenance.principal])).toEqual([
    [agent, user],
    [user, user],
  ])
})

test('a cursor from elsewhere lists nothing that it should not', async () => {
  const { call } = createHarness()
  await call('files.write', { space, path: 'a/1', contents: 'x' })
  for (const after of ['b', 'zzz/', '\uffff', '']) {
    const { files } = await call('files.list', { space, path: 'a', after })
    expect(files).toHaveLength(after === '' ? 1 : 0)
  }
})
