import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { startRangeServer } from '../fixtures/range-server.ts'
import { connected, conversation, expect, say, test } from './app.ts'

const starter = fileURLToPath(new URL('../../wasm/starter/starter.gguf', import.meta.url))

test('a download shows its amounts, is paused, survives a reload, and goes on where it stopped', async ({ app }) => {
  await using hub = await startRangeServer()
  hub.files.set('/models/mine.gguf', { bytes: await readFile(starter), etag: '"1"', holdAfter: 2_000_000 })
  const page = await app.open()
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Models' }).click()
  await page.getByRole('button', { name: 'Add a model' }).first().click()
  await page.getByRole('tab', { name: /address|url/i }).click()
  await page.getByLabel('Address of a GGUF file').fill(`${hub.url}/models/mine.gguf`)
  await page.getByRole('button', { name: /^Add/ }).last().click()

  await hub.held()
  await expect(page.getByText(/Downloading 2(\.0)? MB of 3\.8 MB/)).toBeVisible()
  await page.getByRole('button', { name: 'Pause', exact: true }).click()
  await expect(page.getByText(/Paused at/)).toBeVisible()

  hub.release()
  await page.reload()
  await connected(page)
  await page.getByRole('button', { name: 'Resume' }).click()
  await expect(page.getByText(/ready on CPU/)).toBeVisible()
  expect(hub.ranges).toEqual([null, 'bytes=2000000-'])

  await page.evaluate(() => globalThis.hearth.agents.create({ name: 'Tester', tools: ['calculate'] }))
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Talk' }).click()
  await say(page, 'What is 12 * 34?')
  await expect(conversation(page)).toContainText('12 * 34 = 408')
})

test('a download from a server that is gone says so, and what to do', async ({ app }) => {
  const hub = await startRangeServer()
  await hub[Symbol.asyncDispose]()
  const page = await app.open()
  const error = await page.evaluate(async (url) => {
    try {
      const added = await globalThis.hearth.models.add({ url })
      await globalThis.hearth.models.load(added.id)
      return null
    } catch (thrown) {
      const { code, message } = thrown as { code: string; message: string }
      return { code, message }
    }
  }, `${hub.url}/models/mine.gguf`)
  expect(error).toMatchObject({ code: 'download-failed' })
})
