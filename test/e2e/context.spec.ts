import { conversation, expect, say, start, test } from './app.ts'
import { serious, sideways } from './axe.ts'

test('what an agent has in mind is drawn, and pages are pinned, put out and brought back', async ({ app }) => {
  const page = await app.open()
  await start(page)
  await say(page, 'What is 12 * 34?')
  await expect(conversation(page)).toContainText('12 * 34 = 408')
  await say(page, 'What is 7 * 6?')
  await expect(conversation(page)).toContainText('7 * 6 = 42')
  await page.getByRole('link', { name: 'What Hearth has in mind' }).click()

  await expect(page.getByRole('heading', { name: /of 1,024 tokens/ })).toBeVisible()
  await expect(page.getByText(/from cache/)).toBeVisible()
  const first = page.getByRole('listitem').filter({ hasText: 'What is 12 * 34?' })
  await expect(first).toContainText('In ·')

  await first.getByRole('button', { name: 'Put out' }).click()
  await expect(first).toContainText('Out ·')
  await first.getByRole('button', { name: 'Bring back' }).click()
  await expect(first).toContainText('In ·')
  await first.getByRole('button', { name: 'Pin' }).click()
  await expect(first).toContainText('it never leaves')
  await expect(first.getByRole('button', { name: 'Put out' })).toBeDisabled()
  await expect(first.getByRole('button', { name: 'Unpin' })).toHaveAttribute('aria-pressed', 'true')
  await page.reload()
  await expect(first).toContainText('it never leaves')
  await first.getByRole('button', { name: 'Unpin' }).click()
  await expect(first).not.toContainText('it never leaves')
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious in an agent's window, and it fits a phone, ${colorScheme}`, async ({ app }) => {
    const page = await app.open()
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await start(page)
    await page.getByRole('link', { name: 'What Hearth has in mind' }).click()
    await expect(page.getByText('Nothing was said yet.')).toBeVisible()
    expect(await serious(page), 'empty').toEqual([])
    await page.getByRole('link', { name: 'Talk', exact: true }).first().click()
    await say(page, 'What is 12 * 34?')
    await expect(conversation(page)).toContainText('12 * 34 = 408')
    await page.getByRole('link', { name: 'What Hearth has in mind' }).click()
    await expect(page.getByRole('button', { name: /^Pin/ })).toBeVisible()
    expect(await serious(page), 'a page').toEqual([])
    await page.setViewportSize({ width: 360, height: 740 })
    expect(await sideways(page)).toBeLessThanOrEqual(0)
  })
}
