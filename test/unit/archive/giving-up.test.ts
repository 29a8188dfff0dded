/** An import that was staged and then does not happen leaves nothing behind, and another one can be made at once. */
import { expect, test } from 'vitest'
import type { AtomicOutcome, Call } from '../../../kernel/core/call.ts'
import { createArchiveHandlers } from '../../../kernel/core/archive/service.ts'
import { createKernelEvents } from '../../../kernel/core/events.ts'
import type { Platform } from '../../../kernel/core/platform.ts'
import { createClock } from '../../../kernel/drivers/web/clock.ts'
import { archiveOf, emptyOrigin, fill, look } from './world.ts'

test('an import whose mark could not be stored lets go of the chunks and records it staged', async () => {
  const there = emptyOrigin()
  const files = [{ agent: 0, path: 'a/b.txt', versions: [new Uint8Array(3_000).fill(7)] }]
  await fill(there, { agents: [{ name: 'buddy', turns: ['q', 'a'] }], memories: [], entries: [], files })
  const file = await archiveOf(there)
  const { sha256 } = await look(there, file)

  const here = emptyOrigin()
  const pinned = new Set<object>()
  const pins = () => {
    const held = {
      put: (bytes: Uint8Array<ArrayBuffer>) => here.fileBlobs.hash(bytes),
      [Symbol.dispose]: () => void pinned.delete(held),
    }
    pinned.add(held)
    return held
  }
  // Of a platform an import takes these three.
  const platform = { ...here, clock: createClock() } as unknown as Platform
  const deps = { platform, events: createKernelEvents(), pins, replace: () => {} }
  const handlers = createArchiveHandlers(deps)
  const asked = { args: { file, sha256, existing: 'keep' }, signal: new AbortController().signal, emit: () => {} }
  const staged = (): Promise<AtomicOutcome<unknown>> =>
    handlers['archive.import'](asked as unknown as Call<'archive.import'>) as never

  for (let attempt = 0; attempt < 2; attempt += 1) {
    const outcome = await staged()
    expect(pinned.size).toBe(1)
    expect(await here.database.count('staging')).toBeGreaterThan(0)
    await expect(staged()).rejects.toMatchObject({ code: 'conflict' })
    outcome.failed?.()
    // What was asked of the database before has been done when this is.
    expect([pinned.size, await here.database.count('staging')]).toEqual([0, 0])
  }
})
