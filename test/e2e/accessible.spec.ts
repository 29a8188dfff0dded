import type { Page } from '@playwright/test'
import { connected, conversation, expect, say, start, test } from './app.ts'
import { serious, sideways } from './axe.ts'

const rooms = ['Talk', 'Agents', 'Memory', 'Models', 'Settings']

async function enter(page: Page, room: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: room }).click()
  await expect(page.getByRole('main')).toBeVisible()
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious in any room, ${colorScheme}`, async ({ app }) => {
    const page = await app.open()
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const found: Record<string, string[]> = { 'first visit': await serious(page) }
    await start(page)
    await say(page, 'What is 12 * 34?')
    await expect(conversation(page)).toContainText('12 * 34 = 408')
    for (const room of rooms) {
      await enter(page, room)
      found[room] = await serious(page)
    }
    expect(Object.fromEntries(Object.entries(found).filter(([, lines]) => lines.length > 0))).toEqual({})
  })
}

for (const width of [360, 2560]) {
  test(`no room scrolls sideways at ${width} px`, async ({ app }) => {
    const page = await app.open()
    await page.setViewportSize({ width, height: 740 })
    expect(await sideways(page), 'first visit').toBeLessThanOrEqual(0)
    await start(page)
    await say(page, 'What is 12 * 34?')
    await expect(conversation(page)).toContainText('12 * 34 = 408')
    for (const room of rooms) {
      await enter(page, room)
      expect(await sideways(page), room).toBeLessThanOrEqual(0)
    }
  })
}

test('the first visit, a question and the palette need no mouse', async ({ app }) => {
  const page = await app.open()
  await reach(page, 'Start now')
  await page.keyboard.press('Enter')
  const message = page.getByRole('textbox', { name: 'Message' })
  await expect(message).toBeFocused()
  await page.keyboard.type('What is 12 * 34?')
  await page.keyboard.press('Enter')
  await expect(conversation(page)).toContainText('12 * 34 = 408')

  await expect(message).toBeFocused()
  await page.keyboard.press('ControlOrMeta+k')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(message).toBeFocused()
})

/** Tabs until the element with that name has the focus. */
async function reach(page: Page, name: string): Promise<void> {
  const target = page.getByRole('button', { name })
  await target.waitFor()
  for (let presses = 0; presses < 40; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`"${name}" cannot be reached with the Tab key`)
}

test('a room has an address: reloading or sharing it comes back to it', async ({ app }) => {
  const page = await app.open()
  await start(page)
  await enter(page, 'Models')
  const address = page.url()
  await page.goto('about:blank')
  await page.goto(address)
  await connected(page)
  await expect(page.getByRole('heading', { name: 'Models' }).first()).toBeVisible()
})
