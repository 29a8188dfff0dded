/** What happens to files when the kernel is killed, at every step of every change: all of it or nothing, and no bytes too many. */
import { describe, expect, test } from 'vitest'
import type { FileBlobs } from '../../kernel/core/files/file-blobs.ts'
import { FILE_CHUNK_BYTES } from '../../kernel/core/files/param.ts'
import type { Database } from '../../kernel/core/storage/database.ts'
import { dyingAfter } from '../fixtures/dying-files.ts'
import { expectInvariants, expectNoOrphans } from '../fixtures/file-invariants.ts'
import { createFiles, pattern, type FilesHarness } from '../fixtures/files.ts'

export interface FileStorage {
  readonly database: Database
  readonly blobs: FileBlobs
  /** Another database and other contents, with nothing in them. */
  readonly dispose: () => Promise<void>
}

const space = 'a1'
const big = pattern(FILE_CHUNK_BYTES + 10)

async function prepare({ call }: FilesHarness): Promise<number> {
  await call('files.write', { space, path: 'a', contents: 'one' })
  await call('files.write', { space, path: 'f/x', contents: 'x' })
  await call('files.write', { space: 'a2', path: 'same', contents: 'x' })
  const { updatedAt } = await call('files.write', { space, path: 'f/y', contents: 'y' })
  await call('files.write', { space, path: 'a', contents: 'two' })
  await call('files.delete', { space, path: 'f/y' })
  return updatedAt
}

/** By name; each is one change. @param moment before the last two changes */
const CHANGES: Readonly<Record<string, (harness: FilesHarness, moment: number) => Promise<unknown>>> = {
  'writing a new file': ({ call }) => call('files.write', { space, path: 'new/file', contents: big }),
  'overwriting a file': ({ call }) => call('files.write', { space, path: 'a', contents: big }),
  'appending to a file': ({ call }) => call('files.write', { space, path: 'a', contents: ' more', append: true }),
  async 'uploading a file'({ call }) {
    const { upload } = await call('files.upload', { space, path: 'up', bytes: big.byteLength })
    await call('files.part', { upload, at: 0, contents: big.slice(0, 1_000) })
    await call('files.part', { upload, at: 1_000, contents: big.slice(1_000) })
    await call('files.finish', { upload })
  },
  'moving a folder': ({ call }) => call('files.move', { space, path: 'f', to: 'g/h' }),
  'deleting a folder': ({ call }) => call('files.delete', { space, path: 'f' }),
  'rolling a file back': ({ call }) => call('files.rollback', { space, path: 'a', to: { versionsAgo: 1 } }),
  'rolling a space back': ({ call }, moment) => call('files.rollback', { space, to: { moment } }),
  'purging history': ({ call }) => call('files.purge', { space, what: 'history' }),
  'purging a space': ({ call }) => call('files.purge', { space, what: 'all' }),
  async 'deleting an agent'({ service, database, agents }) {
    const forgetting = await service.forget(space, new AbortController().signal)
    try {
      await database.commit(forgetting.writes, 'strict')
    } catch (error) {
      forgetting.failed()
      throw error
    }
    agents.delete(space)
    forgetting.after()
  },
}

/** All that can be seen of a space, without times. */
async function stateOf({ call }: FilesHarness): Promise<string> {
  const { files } = await call('files.list', { space, recursive: true })
  const { files: deleted } = await call('files.list', { space, recursive: true, deleted: true })
  const lines: string[] = []
  for (const { path, version, hash, bytes } of files) {
    const read = await call('files.read', { space, path })
    const { versions } = await call('files.history', { space, path })
    lines.push(`${path} ${version} ${hash} ${bytes === read.bytes?.byteLength} ${versions.length}`)
  }
  return [...lines, ...deleted.map(({ path, version }) => `deleted ${path} ${version}`)].join('\n')
}

export function fileFaults(name: string, open: () => Promise<FileStorage>, changes = Object.keys(CHANGES)): void {
  describe(`files on ${name}, when the kernel is killed`, () => {
    test.each(changes)('%s is done whole or not at all, and leaves no bytes behind', async (change) => {
      const make = CHANGES[change]
      if (!make) throw new Error(`There is no change “${change}”.`)
      const { before, after, steps } = await undisturbed(open, make)
      expect(after).not.toBe(before)
      const seen = new Set<string>()
      for (let last = 0; last <= steps; last += 1) {
        for (const silent of last < steps ? [false, true] : [false]) {
          const state = await killed(open, make, last, silent)
          expect([before, after]).toContain(state)
          seen.add(state)
        }
      }
      expect(seen).toEqual(new Set([before, after]))
    })
  })
}

type Make = (harness: FilesHarness, moment: number) => Promise<unknown>

/** The states before and after a change that nobody kills, and how many steps it and the sweep after it have. */
async function undisturbed(open: () => Promise<FileStorage>, make: Make) {
  const storage = await open()
  const moment = await prepare(createFiles(storage))
  const before = await stateOf(createFiles(storage))
  const dying = dyingAfter(storage.database, storage.blobs, Infinity, false)
  const harness = createFiles(dying)
  harness.now += 1_000
  await make(harness, moment)
  await harness.swept()
  const after = await stateOf(createFiles(storage))
  await expectInvariants(storage.database, storage.blobs)
  await expectNoOrphans(storage.database, storage.blobs)
  await storage.dispose()
  return { before, after, steps: dying.steps }
}

/** What the next kernel finds. */
async function killed(open: () => Promise<FileStorage>, make: Make, last: number, silent: boolean): Promise<string> {
  const storage = await open()
  const moment = await prepare(createFiles(storage))
  const dying = createFiles(dyingAfter(storage.database, storage.blobs, last, silent))
  dying.now += 1_000
  await make(dying, moment).catch(() => {})
  await dying.swept()
  dying.service[Symbol.dispose]()

  const next = createFiles(storage)
  const state = await stateOf(next)
  await expectInvariants(storage.database, storage.blobs)
  await next.service.sweep()
  await expectInvariants(storage.database, storage.blobs)
  await expectNoOrphans(storage.database, storage.blobs)
  // And it goes on as if nothing had been.
  await next.call('files.write', { space, path: 'next', contents: big })
  await expectInvariants(storage.database, storage.blobs)
  await storage.dispose()
  return state
}
