import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { conversation, expect, say, start, test } from './app.ts'

const starter = fileURLToPath(new URL('../../wasm/starter/starter.gguf', import.meta.url))

test('a full disk refuses a new model with the reason, and what was there goes on working', async ({ app }) => {
  const page = await app.open()
  await start(page)
  // Until then the app is still being put into the cache, which takes room too.
  await page.evaluate(() => navigator.serviceWorker.ready)
  // The browser itself counts the bytes: a real quota, a megabyte above what the app uses now.
  const devtools = await page.context().newCDPSession(page)
  const { usage } = await devtools.send('Storage.getUsageAndQuota', { origin: new URL(app.url).origin })
  await devtools.send('Storage.overrideQuotaForOrigin', {
    origin: new URL(app.url).origin,
    quotaSize: usage + 1024 * 1024,
  })

  const code = await page.evaluate(
    async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      try {
        await globalThis.hearth.models.addFile(new File([bytes], 'too much.gguf'))
        return 'added'
      } catch (error) {
        return (error as { code?: string }).code
      }
    },
    (await readFile(starter)).toString('base64'),
  )
  expect(code).toBe('storage-full')
  const names = await page.evaluate(async () => (await globalThis.hearth.models.list()).models.map(({ name }) => name))
  expect(names).not.toContain('too much')

  await say(page, 'What is 12 * 34?')
  await expect(conversation(page)).toContainText('12 * 34 = 408')
})
