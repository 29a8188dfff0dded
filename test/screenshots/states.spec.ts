/** Takes pictures, asserts nothing but that each state was reached. */
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { conversation, expect, say, start, test } from '../e2e/app.ts'

const folder = fileURLToPath(new URL('../../ui/screenshots/', import.meta.url))
const rooms = ['Agents', 'Memory', 'Models', 'Settings']
const sizes = { wide: { width: 1280, height: 800 }, phone: { width: 360, height: 740 } }

async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${folder}${name}.png`, animations: 'disabled', caret: 'hide' })
}

async function enter(page: Page, room: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: room }).click()
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the panel's main states, ${colorScheme}`, async ({ app }) => {
    const page = await app.open()
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const notices = page.getByRole('status', { name: 'Notices' })
    await expect(notices).toContainText('works without a network')
    await notices.getByRole('button', { name: 'Dismiss' }).click()
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport)
      await picture(page, `first-visit-${colorScheme}${size === 'wide' ? '' : `-${size}`}`)
    }
    await page.setViewportSize(sizes.wide)
    await start(page)
    await say(page, 'Remember that my dog is Rosa.')
    await expect(conversation(page)).toContainText('I will remember that my dog is Rosa.')
    await say(page, 'What is 12 * 34?')
    await expect(conversation(page)).toContainText('12 * 34 = 408')
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport)
      await enter(page, 'Talk')
      await expect(conversation(page)).toContainText('12 * 34 = 408')
      await picture(page, `talk-${colorScheme}${size === 'wide' ? '' : `-${size}`}`)
      for (const room of rooms) {
        await enter(page, room)
        await expect(page.getByRole('heading', { name: room }).first()).toBeVisible()
        await picture(page, `${room.toLowerCase()}-${colorScheme}${size === 'wide' ? '' : `-${size}`}`)
      }
    }
  })
}
