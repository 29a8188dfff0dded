/** What the page may load: what its rooms need, and nothing that a text of somebody else's could name. */
import type { Page } from '@playwright/test'
import { connected, expect, test } from './app.ts'

/** What the page's policy refuses while `act` runs in it, as the directive that refused it. */
async function refusedBy(page: Page, kind: string, address: string): Promise<string> {
  return page.evaluate(
    ([tag, url]) =>
      new Promise<string>((resolve) => {
        addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective), { once: true })
        if (tag === 'fetch') return void fetch(url).catch(() => {})
        const element = document.createElement(tag)
        element.setAttribute(tag === 'a' ? 'href' : tag === 'object' ? 'data' : 'src', url)
        document.body.append(element)
        element.click()
      }),
    [kind, address] as const,
  )
}

test('nothing that a text could name is fetched, framed or run', async ({ app }) => {
  const page = await app.open()
  expect(await refusedBy(page, 'img', 'https://example.com/?what=was-said')).toBe('img-src')
  expect(await refusedBy(page, 'img', 'data:image/svg+xml,<svg/>')).toBe('img-src')
  expect(await refusedBy(page, 'iframe', 'https://example.com/')).toBe('frame-src')
  expect(await refusedBy(page, 'object', 'https://example.com/x.pdf')).toBe('object-src')
  expect(await refusedBy(page, 'video', 'https://example.com/x.webm')).toBe('media-src')
  expect(await refusedBy(page, 'script', 'https://example.com/x.js')).toBe('script-src-elem')
  expect(await refusedBy(page, 'a', 'javascript:document.title="owned"')).toBe('script-src-elem')
  expect(await refusedBy(page, 'fetch', 'http://example.com/')).toBe('connect-src')
  expect(await page.title()).not.toBe('owned')
})

test('no room of the panel asks for what its policy refuses', async ({ app, context }) => {
  const refused: string[] = []
  await context.exposeFunction('refused', (what: string) => void refused.push(what))
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
      void (globalThis as typeof globalThis & { refused(what: string): void }).refused(
        `${effectiveDirective} ${blockedURI}`,
      )
    })
  })
  const page = await app.open()
  for (const room of ['agents', 'agents/activity', 'memory', 'whiteboard', 'files', 'models', 'settings', 'talk']) {
    await page.evaluate((hash) => (location.hash = `#/${hash}`), room)
    await expect(page.getByRole('main').getByRole('heading').first()).toBeVisible()
  }
  expect(refused).toEqual([])
})

test('a link that anybody wrote opens the panel all the same', async ({ app, context }) => {
  const page = await context.newPage()
  await page.goto(`${app.url}#/talk/%`)
  await connected(page)
  await expect(page.getByRole('button', { name: 'Start now' })).toBeVisible()
})
