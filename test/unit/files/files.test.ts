/** Writing, reading, listing, moving and deleting, with what is kept of it all. */
import { expect, test } from 'vitest'
import { FILE_CHUNK_BYTES, FILE_VERSIONS_KEPT } from '../../../kernel/core/files/param.ts'
import { agent, createHarness, pattern, user } from './harness.ts'

const space = 'a1'

test('a text is written, read back and described', async () => {
  const { call, text, events } = createHarness()
  const file = await call('files.write', { space, path: 'notes/plan.md', contents: 'Grüße, 世界' })
  expect(file).toMatchObject({ space, path: 'notes/plan.md', version: 1, bytes: 15, type: 'text/markdown', text: true })
  expect(file).toMatchObject({
    by: user,
    provenance: { source: 'user', trust: 'trusted' },
    deletedAt: null,
    versions: 1,
  })
  expect(await text('notes/plan.md')).toBe('Grüße, 世界')
  expect(events).toEqual([{ type: 'files', space }])
})

test('bytes of several chunks come back whole and in ranges', async () => {
  const { call } = createHarness()
  const contents = pattern(2 * FILE_CHUNK_BYTES + 17)
  const file = await call('files.write', { space, path: 'data.bin', contents })
  expect(file).toMatchObject({ bytes: contents.byteLength, text: false, type: 'application/octet-stream' })
  const whole = await call('files.read', { space, path: 'data.bin' })
  expect(whole.more).toBe(false)
  expect(Buffer.compare(whole.bytes ?? new Uint8Array(), contents)).toBe(0)
  const from = FILE_CHUNK_BYTES - 5
  const part = await call('files.read', { space, path: 'data.bin', from, length: 10 })
  expect(part).toMatchObject({ from, to: from + 10, more: true })
  expect([...(part.bytes ?? [])]).toEqual([...contents.subarray(from, from + 10)])
  const past = await call('files.read', { space, path: 'data.bin', from: 10 * FILE_CHUNK_BYTES })
  expect(past).toMatchObject({ to: contents.byteLength, more: false })
  expect(past.bytes?.byteLength).toBe(0)
})

test('equal contents are stored once, for all spaces, and counted once in each', async () => {
  const { call, blobs } = createHarness()
  const contents = pattern(1_000)
  await call('files.write', { space, path: 'one', contents })
  await call('files.write', { space, path: 'two', contents })
  await call('files.write', { space: 'a2', path: 'three', contents })
  expect(blobs.stored.size).toBe(1)
  const { spaces } = await call('files.spaces', {})
  expect(spaces).toMatchObject([
    { space: 'a1', files: 2, deleted: 0, bytes: 2_000, storedBytes: 1_000 },
    { space: 'a2', files: 1, bytes: 1_000, storedBytes: 1_000 },
  ])
})

test('an empty file is a file', async () => {
  const { call, text, blobs } = createHarness()
  expect(await call('files.write', { space, path: 'empty', contents: '' })).toMatchObject({ bytes: 0, text: true })
  expect(await text('empty')).toBe('')
  expect(blobs.stored.size).toBe(0)
})

test('writing what is there already changes nothing, unless whose words they are changes', async () => {
  const { call, events } = createHarness()
  await call('files.write', { space, path: 'a', contents: 'same' })
  expect(await call('files.write', { space, path: 'a', contents: 'same' })).toMatchObject({ version: 1 })
  expect(events).toHaveLength(1)
  const own = await call('files.write', { space, path: 'a', contents: 'same' }, { principal: agent })
  expect(own).toMatchObject({ version: 2, provenance: { source: 'model', trust: 'untrusted' } })
})

test('only a file at the expected version is overwritten', async () => {
  const { call, text } = createHarness()
  const write = (contents: string, ifVersion: number) => call('files.write', { space, path: 'a', contents, ifVersion })
  await expect(write('x', 1)).rejects.toMatchObject({ code: 'conflict', data: { version: 0 } })
  await write('one', 0)
  await expect(write('two', 0)).rejects.toMatchObject({ code: 'conflict', data: { version: 1 } })
  await write('two', 1)
  expect(await text('a')).toBe('two')
  await call('files.delete', { space, path: 'a', ifVersion: 2 })
  expect(await write('again', 0)).toMatchObject({ version: 4 })
})

test('appending adds to what is there, also across chunks, and is no more trusted than its parts', async () => {
  const { call, text, blobs } = createHarness()
  const line = 'a line of text\n'
  await call('files.write', { space, path: 'log', contents: line, append: true })
  const second = await call('files.write', { space, path: 'log', contents: line, append: true }, { principal: agent })
  expect(second).toMatchObject({ version: 2, bytes: 30, text: true, provenance: { trust: 'untrusted' } })
  const third = await call('files.write', { space, path: 'log', contents: line, append: true })
  expect(third.provenance).toMatchObject({ source: 'user', trust: 'untrusted' })
  expect(await text('log')).toBe(line.repeat(3))

  const contents = pattern(FILE_CHUNK_BYTES - 10)
  await call('files.write', { space, path: 'bin', contents })
  const appended = await call('files.write', { space, path: 'bin', contents: pattern(25, 2), append: true })
  expect(appended.bytes).toBe(FILE_CHUNK_BYTES + 15)
  const read = await call('files.read', { space, path: 'bin' })
  expect(Buffer.compare(read.bytes ?? new Uint8Array(), Buffer.concat([contents, pattern(25, 2)]))).toBe(0)
  // A whole chunk is not stored anew with each line behind it.
  const before = new Set(blobs.stored.keys())
  await call('files.write', { space, path: 'bin', contents: pattern(3, 3), append: true })
  expect([...blobs.stored.keys()].filter((hash) => !before.has(hash))).toHaveLength(1)
})

test('a character cut in two by appending is text again when it is whole', async () => {
  const { call, text } = createHarness()
  const [first, second] = [...new TextEncoder().encode('é')]
  await call('files.write', { space, path: 'cut', contents: new Uint8Array([first ?? 0]) })
  await expect(text('cut')).rejects.toMatchObject({ code: 'bad-request' })
  const whole = await call('files.write', { space, path: 'cut', contents: new Uint8Array([second ?? 0]), append: true })
  expect(whole.text).toBe(true)
  expect(await text('cut')).toBe('é')
})

test('text is read in pieces that never cut a character', async () => {
  const { call } = createHarness()
  const contents = 'aé世😀'.repeat(50)
  await call('files.write', { space, path: 'a', contents })
  for (const length of [1, 2, 3, 5, 7]) {
    let read = ''
    for (let from = 0, more = true; more;) {
      const piece = await call('files.read', { space, path: 'a', as: 'text', from, length })
      expect(piece.to).toBeGreaterThan(from)
      read += piece.text ?? ''
      ;({ to: from, more } = piece)
    }
    expect(read).toBe(contents)
  }
  const inside = await call('files.read', { space, path: 'a', as: 'text', from: 2, length: 4 })
  expect(inside).toMatchObject({ from: 3, text: '世' })
})

test('no file stands where a folder is, and none is in a file', async () => {
  const { call } = createHarness()
  const write = (path: string) => call('files.write', { space, path, contents: 'x' })
  await write('a/b')
  await expect(write('a')).rejects.toMatchObject({ code: 'conflict' })
  await expect(write('a/b/c')).rejects.toMatchObject({ code: 'conflict' })
  await call('files.delete', { space, path: 'a' })
  await write('a')
  await expect(write('a/b')).rejects.toMatchObject({ code: 'conflict' })
})

test('a folder is listed page by page, with folders as one entry each', async () => {
  const { call } = createHarness()
  for (const path of ['b.txt', 'a/1', 'a/2', 'a/deep/3', 'a.txt', 'c/1', 'z']) {
    await call('files.write', { space, path, contents: path })
  }
  await call('files.delete', { space, path: 'z' })
  const top = await call('files.list', { space })
  expect(top.files.map(({ path }) => path)).toEqual(['a.txt', 'b.txt'])
  expect(top.folders).toMatchObject([
    { path: 'a', files: 3, bytes: 14 },
    { path: 'c', files: 1 },
  ])
  expect(top.next).toBeNull()
  const seen: string[] = []
  let after: string | undefined
  do {
    const page = await call('files.list', { space, limit: 1, ...(after !== undefined && { after }) })
    seen.push(...page.files.map(({ path }) => path), ...page.folders.map(({ path }) => `${path}/`))
    after = page.next ?? undefined
  } while (after !== undefined)
  expect(seen).toEqual(['a.txt', 'a/', 'b.txt', 'c/'])
  const below = await call('files.list', { space, path: 'a', recursive: true, limit: 2 })
  expect(below).toMatchObject({ files: [{ path: 'a/1' }, { path: 'a/2' }], next: 'a/2' })
  expect((await call('files.list', { space, deleted: true })).files).toMatchObject([{ path: 'z', versions: 2 }])
  expect(await call('files.list', { space, path: 'nowhere' })).toEqual({ files: [], folders: [], next: null })
})

test('a file, a folder and the space itself are described; nothing else is', async () => {
  const { call } = createHarness()
  await call('files.write', { space, path: 'a/b', contents: '123' })
  expect(await call('files.stat', { space, path: 'a/b' })).toMatchObject({ kind: 'file', file: { bytes: 3 } })
  expect(await call('files.stat', { space, path: 'a' })).toMatchObject({
    kind: 'folder',
    folder: { files: 1, bytes: 3 },
  })
  expect(await call('files.stat', { space, path: '' })).toMatchObject({ kind: 'folder', folder: { files: 1 } })
  await expect(call('files.stat', { space, path: 'b' })).rejects.toMatchObject({ code: 'not-found' })
})

test('a file and a folder are moved as a whole, and nothing is moved over what is there', async () => {
  const { call, paths, text } = createHarness()
  const write = (path: string) => call('files.write', { space, path, contents: path })
  await write('a/1')
  await write('a/b/2')
  await write('c')
  await expect(call('files.move', { space, path: 'a', to: 'c' })).rejects.toMatchObject({ code: 'conflict' })
  await expect(call('files.move', { space, path: 'a', to: 'c/d' })).rejects.toMatchObject({ code: 'conflict' })
  await expect(call('files.move', { space, path: 'c', to: 'a' })).rejects.toMatchObject({ code: 'conflict' })
  await expect(call('files.move', { space, path: 'a', to: 'a/x' })).rejects.toMatchObject({ code: 'conflict' })
  await expect(call('files.move', { space, path: 'x', to: 'y' })).rejects.toMatchObject({ code: 'not-found' })
  expect(await call('files.move', { space, path: 'a', to: 'new/place' })).toEqual({ files: 2 })
  expect(await paths()).toEqual(['c', 'new/place/1', 'new/place/b/2'])
  expect(await text('new/place/b/2')).toBe('a/b/2')
  await write('a')
  expect(await paths()).toEqual(['a', 'c', 'new/place/1', 'new/place/b/2'])
})

test('a move that would make a path too long moves nothing', async () => {
  const { call, paths } = createHarness()
  const deep = Array.from({ length: 20 }, (_, index) => `d${index}`).join('/')
  await call('files.write', { space, path: `a/${deep}`, contents: 'x' })
  const to = Array.from({ length: 15 }, (_, index) => `e${index}`).join('/')
  await expect(call('files.move', { space, path: 'a', to })).rejects.toMatchObject({ code: 'bad-request' })
  expect(await paths()).toEqual([`a/${deep}`])
})

test('of one path only so many versions are kept, and their contents go with them', async () => {
  const { call, blobs, swept } = createHarness()
  for (let index = 0; index < FILE_VERSIONS_KEPT + 5; index += 1) {
    await call('files.write', { space, path: 'a', contents: `version ${index}` })
  }
  const { versions } = await call('files.history', { space, path: 'a' })
  expect(versions).toHaveLength(FILE_VERSIONS_KEPT)
  expect(versions.at(-1)?.version).toBe(6)
  await swept()
  expect(blobs.stored.size).toBe(FILE_VERSIONS_KEPT)
})

test('only agents that exist have a space', async () => {
  const { call } = createHarness()
  const writing = call('files.write', { space: 'nobody', path: 'a', contents: 'x' })
  await expect(writing).rejects.toMatchObject({ code: 'not-found', data: { kind: 'agent' } })
})

test('what was written from outside is labelled so, whoever wrote it', async () => {
  const { call } = createHarness()
  const file = await call('files.write', { space, path: 'page.html', contents: '<p>', outside: true })
  expect(file.provenance).toMatchObject({ source: 'outside', trust: 'untrusted' })
})
