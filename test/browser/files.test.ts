/** Files on the real drivers, OPFS and IndexedDB, and through a real kernel in its SharedWorker. */
import { expect, test } from 'vitest'
import { FILE_CALL_BYTES } from '../../kernel/abi/index.ts'
import { FILE_CHUNK_BYTES } from '../../kernel/core/files/param.ts'
import { openIdbDatabase } from '../../kernel/drivers/idb/database.ts'
import { createOpfsFileBlobs } from '../../kernel/drivers/opfs/file-blobs.ts'
import { connect } from '../../sdk/index.ts'
import { fileBlobsContract } from '../contract/file-blobs.ts'
import { fileFaults } from '../contract/file-faults.ts'
import { pattern } from '../fixtures/files.ts'

fileBlobsContract('OPFS', () => createOpfsFileBlobs('contract-files'))

fileFaults(
  'OPFS and IndexedDB',
  async () => {
    const name = `files-${crypto.randomUUID()}`
    const database = await openIdbDatabase(name)
    const blobs = createOpfsFileBlobs(name)
    const dispose = async (): Promise<void> => {
      database.close()
      await blobs.clear()
      indexedDB.deleteDatabase(name)
    }
    return { database, blobs, dispose }
  },
  ['overwriting a file', 'moving a folder', 'rolling a space back', 'purging a space'],
)

test('a file of many chunks goes through a kernel in parts, survives being read in ranges, and its damage is told', async () => {
  await using hearth = await connect()
  const agent = await hearth.agents.create({ name: 'Files', model: 'starter' })
  const space = agent.id
  const contents = pattern(9 * FILE_CHUNK_BYTES + 5)
  const { upload } = await hearth.call('files.upload', { space, path: 'big.bin', bytes: contents.byteLength })
  for (let at = 0; at < contents.byteLength; at += 4 * FILE_CHUNK_BYTES) {
    await hearth.call('files.part', { upload, at, contents: contents.slice(at, at + 4 * FILE_CHUNK_BYTES) })
  }
  const file = await hearth.call('files.finish', { upload })
  expect(file).toMatchObject({ bytes: contents.byteLength, version: 1 })
  const read = await hearth.call('files.read', { space, path: 'big.bin', from: FILE_CHUNK_BYTES - 3, length: 10 })
  expect(read.bytes).toEqual(contents.slice(FILE_CHUNK_BYTES - 3, FILE_CHUNK_BYTES + 7))

  // A disk that lost a bit: the file is one chunk, named by its hash.
  const { hash } = await hearth.call('files.write', { space, path: 'small.txt', contents: 'as it was written' })
  await hearth.call('files.write', { space, path: 'small.txt', contents: 'a later version' })
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('files')
  const stream = await (await folder.getFileHandle(hash)).createWritable({ keepExistingData: true })
  await stream.write({ type: 'write', position: 0, data: 'A' })
  await stream.close()
  const reading = hearth.call('files.read', { space, path: 'small.txt', version: 1 })
  await expect(reading).rejects.toMatchObject({
    code: 'file-damaged',
    data: { space, path: 'small.txt', version: 1, intact: null },
  })
  expect((await hearth.call('files.read', { space, path: 'small.txt', as: 'text' })).text).toBe('a later version')
  await hearth.call('agent.delete', { agent: space })
  await expect(hearth.call('files.stat', { space, path: 'big.bin' })).rejects.toMatchObject({ code: 'not-found' })
})

test('a page imports a file of any size, watches it come, and exports the very same', async () => {
  await using hearth = await connect()
  const agent = await hearth.agents.create({ name: 'Importer', model: 'starter' })
  const files = hearth.files.space(agent.id)
  const leave = new AbortController()
  const events = files.watch('', { signal: leave.signal })[Symbol.asyncIterator]()
  const first = events.next()
  // Whoever answers this has begun to watch.
  expect(await hearth.files.spaces()).not.toContainEqual(expect.objectContaining({ space: agent.id }))
  // More than an export asks for at once, and not a whole number of them.
  const contents = pattern(3 * FILE_CALL_BYTES + 12_345)
  const imported = await files.import(new File([contents], 'big.bin', { type: 'application/x-test' }))
  expect(imported).toMatchObject({ path: 'big.bin', bytes: contents.byteLength, type: 'application/x-test' })
  expect((await first).value).toMatchObject({ type: 'put', file: { path: 'big.bin', version: 1 } })
  leave.abort()
  const exported = await files.export('big.bin')
  expect([exported.size, exported.type]).toEqual([contents.byteLength, 'application/x-test'])
  const bytes = new Uint8Array(await exported.arrayBuffer())
  expect(bytes.every((byte, at) => byte === contents[at])).toBe(true)
  await files.create('notes/a.md', 'first')
  await expect(files.create('notes/a.md', 'second')).rejects.toMatchObject({ code: 'conflict' })
  await files.write('notes/a.md', 'second')
  await files.rollback('notes/a.md', { versionsAgo: 1 })
  expect(await files.text('notes/a.md')).toBe('first')
  expect((await files.search('first'))[0]?.file.path).toBe('notes/a.md')
  await hearth.call('agent.delete', { agent: agent.id })
})
