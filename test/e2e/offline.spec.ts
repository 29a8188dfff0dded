import type { Page } from '@playwright/test'
import { connected, conversation, expect, say, start, test } from './app.ts'

/** Waits until everything the app needs is on the device. */
async function kept(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready
  })
}

test('after the first visit the app starts, loads its model and answers without a server', async ({ app, context }) => {
  const first = await app.open()
  await kept(first)
  await first.close()
  await app.stop()
  await context.setOffline(true)

  const page = await context.newPage()
  await page.goto(app.url)
  await connected(page)
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
  await start(page)
  await say(page, 'What is 12 * 34?')

  await expect(conversation(page)).toContainText('12 * 34 = 408')
})

test('the app can be installed: a manifest with a name, icons and a start page', async ({ app, page, context }) => {
  await page.goto(app.url)
  const devtools = await context.newCDPSession(page)
  const { errors, url } = await devtools.send('Page.getAppManifest')
  expect(errors).toEqual([])
  expect(url).toContain(app.url)
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors')
  // A private window cannot install anything; that is this test's window, not the app.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([])
})
