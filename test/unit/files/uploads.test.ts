/** Files that come in parts. */
import { expect, test } from 'vitest'
import { FILE_CHUNK_BYTES, UPLOADS_OPEN, UPLOAD_IDLE_MS } from '../../../kernel/core/files/param.ts'
import { createHarness, pattern } from './harness.ts'

const space = 'a1'

test('a file comes in parts of any size, and is the same as one written at once', async () => {
  const { call, paths } = createHarness()
  const contents = pattern(2 * FILE_CHUNK_BYTES + 100)
  const { upload } = await call('files.upload', { space, path: 'big', bytes: contents.byteLength })
  for (let at = 0; at < contents.byteLength;) {
    const part = contents.slice(at, at + 700_001)
    at += part.byteLength
    const sent = { upload, at: at - part.byteLength, contents: part }
    expect(await call('files.part', sent)).toEqual({ received: at })
    // Sent twice, it counts once.
    expect(await call('files.part', sent)).toEqual({ received: at })
  }
  expect(await paths()).toEqual([])
  const file = await call('files.finish', { upload })
  const whole = await call('files.write', { space, path: 'whole', contents })
  expect([file.hash, file.bytes]).toEqual([whole.hash, contents.byteLength])
  const read = await call('files.read', { space, path: 'big' })
  expect(Buffer.compare(read.bytes ?? new Uint8Array(), contents)).toBe(0)
  await expect(call('files.finish', { upload })).rejects.toMatchObject({ code: 'not-found' })
})

test('bytes that are missing, out of place or too many are refused, and nothing shows', async () => {
  const { call, paths } = createHarness()
  const { upload } = await call('files.upload', { space, path: 'a', bytes: 10 })
  const part = (at: number, bytes: number) => call('files.part', { upload, at, contents: pattern(bytes) })
  await expect(part(5, 5)).rejects.toMatchObject({ code: 'bad-request' })
  await expect(part(0, 11)).rejects.toMatchObject({ code: 'bad-request' })
  await part(0, 4)
  await expect(part(2, 4)).rejects.toMatchObject({ code: 'bad-request' })
  await expect(call('files.finish', { upload })).rejects.toMatchObject({ code: 'bad-request' })
  await part(4, 6)
  expect(await paths()).toEqual([])
  await call('files.finish', { upload })
  expect(await paths()).toEqual(['a'])
})

test('what was uploaded and abandoned leaves nothing, and an upload that stands still is abandoned', async () => {
  const harness = createHarness()
  const { call, blobs, swept } = harness
  const contents = pattern(FILE_CHUNK_BYTES)
  const begin = (path: string) => call('files.upload', { space, path, bytes: contents.byteLength })
  const first = await begin('a')
  await call('files.part', { upload: first.upload, at: 0, contents })
  expect(blobs.stored.size).toBe(1)
  await call('files.abandon', first)
  await swept()
  expect(blobs.stored.size).toBe(0)
  const open = []
  for (let index = 0; index < UPLOADS_OPEN; index += 1) open.push(await begin(`f${index}`))
  await expect(begin('one more')).rejects.toMatchObject({ code: 'over-limit' })
  harness.now += UPLOAD_IDLE_MS
  await begin('one more')
  const late = call('files.part', { upload: open[0]?.upload ?? '', at: 0, contents })
  await expect(late).rejects.toMatchObject({ code: 'not-found' })
})

test('what a tab sent that closed in the middle of an upload is deleted by itself', async () => {
  const { call, blobs, passed, swept } = createHarness()
  const contents = pattern(FILE_CHUNK_BYTES)
  const { upload } = await call('files.upload', { space, path: 'a', bytes: 2 * contents.byteLength })
  await call('files.part', { upload, at: 0, contents })
  await passed(UPLOAD_IDLE_MS)
  await passed(UPLOAD_IDLE_MS)
  await swept()
  expect(blobs.stored.size).toBe(0)
})

test('an upload whose place was taken meanwhile is kept until it is given up', async () => {
  const { call, text } = createHarness()
  const { upload } = await call('files.upload', { space, path: 'a', bytes: 0, ifVersion: 0 })
  await call('files.write', { space, path: 'a', contents: 'mine' })
  await expect(call('files.finish', { upload })).rejects.toMatchObject({ code: 'conflict' })
  await call('files.delete', { space, path: 'a' })
  await call('files.finish', { upload })
  expect(await text('a')).toBe('')
})

test('contents that were kept for a record that never came are deleted', async () => {
  const { service, blobs, call, swept } = createHarness()
  await call('files.write', { space, path: 'a', contents: pattern(10) })
  const pins = service.pins()
  await pins.put(pattern(10))
  await pins.put(pattern(20))
  expect(blobs.stored.size).toBe(2)
  pins[Symbol.dispose]()
  await swept()
  expect(blobs.stored.size).toBe(1)
  expect((await call('files.read', { space, path: 'a' })).bytes).toEqual(pattern(10))
})
