import { conversation, ended, expect, newestRun, pressOnceWritten, say } from './app.ts'
import { start, test, undisturbed, written } from './app.ts'

/** Long enough to be cut in the middle: it goes on to the limit of tokens. */
const LONG = 'Count from 1 to 40.'

/** Text after which the answer is under way and far from its end. */
const MIDDLE = 30

test('two tabs share one kernel and one loaded model', async ({ app }) => {
  const first = await app.open()
  await start(first)
  const second = await app.open()

  const epochs = await Promise.all([first, second].map((page) => page.evaluate(() => globalThis.hearth.epoch)))
  expect(epochs[0]).toBe(epochs[1])
  const states = await second.evaluate(async () => {
    const { models } = await globalThis.hearth.models.list()
    return models.filter(({ state }) => state.kind === 'ready').map(({ id }) => id)
  })
  expect(states).toHaveLength(1)

  await say(second, 'Hello')
  await expect(conversation(second)).toContainText('I am a very small model')
  await expect(conversation(first)).toContainText('I am a very small model')
  // The answer came from the worker that the first tab lent: the second has none.
  expect(second.workers()).toHaveLength(0)
})

test('when the tab that hosts the model closes in the middle of an answer, another tab goes on with it', async ({
  app,
}) => {
  const host = await app.open()
  await start(host)
  const expected = await undisturbed(host, LONG)
  const other = await app.open()
  await say(other, LONG)
  const run = await written(other, MIDDLE)

  await host.close()

  const { state, text, paused } = await ended(other, run)
  expect(state).toBe('done')
  expect(paused).toBeGreaterThan(0)
  expect(text.slice(0, expected.length)).toBe(expected)
  await expect(conversation(other)).toContainText(expected.trim())
})

test('when the last tab closes in the middle of an answer, the next tab to open goes on with it', async ({ app }) => {
  const only = await app.open()
  await start(only)
  const expected = await undisturbed(only, LONG)
  await say(only, LONG)
  const run = await written(only, MIDDLE)
  await only.close()

  const next = await app.open()

  const { state, text } = await ended(next, run)
  expect(state).toBe('done')
  expect(text.slice(0, expected.length)).toBe(expected)
  await expect(conversation(next)).toContainText(expected.trim())
})

test('a kernel killed in the middle of an answer is replaced, and the answer goes on', async ({ app }) => {
  const page = await app.open()
  await start(page)
  const expected = await undisturbed(page, LONG)
  const epoch = await page.evaluate(() => globalThis.hearth.epoch)
  await say(page, LONG)
  const run = await written(page, MIDDLE)

  await app.killKernel()
  await page.waitForFunction((old) => globalThis.hearth.epoch > old && globalThis.hearth.state === 'connected', epoch)

  const { state, text } = await ended(page, run)
  expect(state).toBe('done')
  expect(text.slice(0, expected.length)).toBe(expected)
  await expect(conversation(page)).toContainText(expected.trim())
})

test('an answer that one tab asked for can be stopped from another', async ({ app }) => {
  const first = await app.open()
  await start(first)
  const second = await app.open()
  await say(first, LONG)

  const run = await pressOnceWritten(second, MIDDLE, 'Stop')

  expect((await ended(first, run)).state).toBe('cancelled')
  expect((await newestRun(first)).id).toBe(run)
})
