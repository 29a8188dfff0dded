import type { Page } from '@playwright/test'
import { expect, test } from './app.ts'

const EACH = 150

/** Adds to one entry of the whiteboard, again and again, as the tab's own scripts would. */
const addIn = (page: Page, count: number): Promise<void> =>
  page.evaluate(async (times) => {
    for (let done = 0; done < times; done += 1) {
      await globalThis.hearth.shared.update('count', (value) => (typeof value === 'number' ? value : 0) + 1)
    }
  }, count)

const countIn = (page: Page): Promise<unknown> =>
  page.evaluate(async () => (await globalThis.hearth.shared.get('count')).entry?.value)

test('two tabs that write one entry at the same time lose no update, though the kernel is killed', async ({ app }) => {
  const [one, two, watcher] = [await app.open(), await app.open(), await app.open()]
  const heard = watcher.evaluate(async (last) => {
    const versions: number[] = []
    for await (const event of globalThis.hearth.shared.watch()) {
      if (event.type === 'set') versions.push(event.entry.version)
      // Also what it finds when it begins again after the restart.
      if (event.type === 'entries') versions.push(...event.entries.map(({ version }) => version))
      if (versions.at(-1) === last) return versions
    }
    return versions
  }, 2 * EACH)
  const writing = Promise.all([addIn(one, EACH), addIn(two, EACH)])
  // Not waitForFunction: that takes the promise of an async function for a yes.
  const versionNow = () => watcher.evaluate(async () => (await globalThis.hearth.shared.list()).at(0)?.version ?? 0)
  await expect.poll(versionNow, { intervals: [1] }).toBeGreaterThan(EACH / 2)
  await app.killKernel()
  await writing
  expect(await countIn(one)).toBe(2 * EACH)
  const versions = await heard
  // In order; what was written while the watcher had no kernel may be missing, nothing else.
  expect(versions).toEqual([...versions].sort((a, b) => a - b))
  expect(versions.at(-1)).toBe(2 * EACH)
})
