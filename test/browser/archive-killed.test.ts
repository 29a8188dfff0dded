/** An import and an erasure on a real IndexedDB, by a worker that is terminated at every commit: the next kernel does the rest. */
import { expect, test } from 'vitest'
import { finishArchive } from '../../kernel/core/archive/at-boot.ts'
import { readMark, setMark, type Mark } from '../../kernel/core/archive/mark.ts'
import { Staging } from '../../kernel/core/archive/staging.ts'
import type { MemoryRecord } from '../../kernel/core/storage/records.ts'
import type { Database } from '../../kernel/core/storage/database.ts'
import { openIdbDatabase } from '../../kernel/drivers/idb/database.ts'
import { createMemoryFileBlobs } from '../../kernel/drivers/memory/file-blobs.ts'
import type { Dying, Told } from '../fixtures/dying-origin.worker.ts'

const memory = (id: string, number: number): MemoryRecord => ({
  ...{ id, number, kind: 'fact', text: `text of ${id}`, owner: null, scope: '', links: [], version: 1, uses: 0 },
  ...{ validFrom: 1, validUntil: null, createdAt: 1, updatedAt: 1, usedAt: null },
  provenance: { source: 'user', principal: { kind: 'user' }, trust: 'trusted' },
})

/** An origin with one memory and what a kernel left for the next one: two staged batches of 100 memories, or an erasure. */
async function leave(database: Database, mark: Mark): Promise<void> {
  await database.commit([{ op: 'put', store: 'memories', value: memory('here', 1) }], 'strict')
  if (mark === 'import') {
    const staging = new Staging(database)
    for (let batch = 0; batch < 2; batch += 1) {
      const ids = Array.from({ length: 100 }, (_, at) => `new-${batch}-${at}`)
      await staging.add(
        ids.map((id) => ({ op: 'put', store: 'memories', value: memory(id, 0) })),
        0,
      )
      await staging.flush()
    }
  }
  await database.commit([setMark(mark)], 'strict')
}

/** Resolves once the worker is dead, or has done everything. */
async function untilDead(dying: Dying): Promise<Told> {
  const worker = new Worker(new URL('../fixtures/dying-origin.worker.ts', import.meta.url), { type: 'module' })
  try {
    return await new Promise<Told>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Told>) => resolve(data)
      worker.onerror = ({ message }) => reject(new Error(message))
      worker.postMessage(dying)
    })
  } finally {
    worker.terminate()
  }
}

const finish = (database: Database): Promise<void> =>
  finishArchive({ database, fileBlobs: createMemoryFileBlobs(), erase: () => Promise.resolve() })

test.each(['import', 'erase'] as const)('an %s that dies at any commit is whole after the next boot', async (mark) => {
  const commits = mark === 'erase' ? 1 : 3
  for (let at = 0, told: Told = 'dying'; told === 'dying'; at += 1) {
    for (const when of ['during', 'after'] as const) {
      const name = `test-${crypto.randomUUID()}`
      const before = await openIdbDatabase(name)
      await leave(before, mark)
      before.close()
      told = await untilDead({ name, at, when })
      const after = await openIdbDatabase(name)
      // Until the last commit the mark stands, so nobody ever looks at what is half there.
      if (at < commits - 1) expect(await readMark(after)).toBe(mark)
      await finish(after)
      expect(await readMark(after)).toBeNull()
      expect(await after.count('staging')).toBe(0)
      const memories = await after.list('memories')
      expect(memories.length).toBe(mark === 'erase' ? 0 : 201)
      expect(new Set(memories.map(({ number }) => number)).size).toBe(memories.length)
      after.close()
      indexedDB.deleteDatabase(name)
    }
    if (told === 'done') expect(at).toBe(commits)
  }
})
