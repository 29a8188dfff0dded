import type { Page } from '@playwright/test'
import { connected, expect, test } from './app.ts'
import { serious, sideways } from './axe.ts'

async function write(page: Page, key: string, value: unknown): Promise<void> {
  await page.evaluate(
    ([name, what]) =>
      globalThis.hearth.call('shared.set', { namespace: 'shop', key: name, value: JSON.parse(what) as string }),
    [key, JSON.stringify(value)] as const,
  )
}

const entry = (page: Page, key: string) =>
  page.getByRole('region', { name: 'Entries of shop' }).getByRole('listitem', { name: key, exact: true })

test('what one tab writes on the whiteboard another sees at once, marked as changed', async ({ app }) => {
  const page = await app.open()
  const other = await app.open()
  await page.goto(`${app.url}#/whiteboard`)
  await page.getByRole('button', { name: 'Write the first entry' }).click()
  await page.getByRole('textbox', { name: 'Namespace' }).fill('shop')
  await page.getByRole('textbox', { name: 'Key' }).fill('keys/db')
  await page.getByRole('textbox', { name: 'Value' }).fill('{"valid": false}')
  await page.getByRole('button', { name: 'Write', exact: true }).click()
  await expect(entry(page, 'keys/db')).toContainText('{ "valid": false }')

  await other.goto(`${app.url}#/whiteboard/shop`)
  await expect(entry(other, 'keys/db')).toContainText('version 1')
  await expect(entry(other, 'keys/db')).not.toContainText('changed')
  await page.getByRole('button', { name: 'Edit keys/db' }).click()
  await page.getByRole('textbox', { name: 'Value of keys/db' }).fill('{"valid": true}')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(entry(other, 'keys/db')).toContainText('{ "valid": true }')
  await expect(entry(other, 'keys/db')).toContainText('changed')
  await expect(other.getByRole('status').filter({ hasText: 'keys/db changed' })).toBeAttached()
})

test('who writes on a value that has changed meanwhile sees both values and decides', async ({ app }) => {
  const page = await app.open()
  const other = await app.open()
  await write(page, 'stock', 3)
  await page.goto(`${app.url}#/whiteboard/shop`)
  await page.getByRole('button', { name: 'Edit stock' }).click()
  const value = page.getByRole('textbox', { name: 'Value of stock' })
  await value.fill('not json')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('This is not JSON.')).toBeVisible()
  await value.fill('2')
  await write(other, 'stock', 7)

  const conflict = page.getByRole('alert').filter({ hasText: 'Somebody changed this' })
  await expect(conflict.getByRole('group', { name: 'As it is now' })).toHaveText('7')
  await expect(conflict.getByRole('group', { name: 'As you wrote it' })).toHaveText('2')
  await conflict.getByRole('button', { name: 'Save mine over it' }).click()
  await expect(entry(page, 'stock')).toContainText('version 3')
  await expect(entry(page, 'stock').locator('pre')).toHaveText('2')
})

test('an entry has a history to go back to, an address that survives a reload, and its deletion can be undone', async ({
  app,
}) => {
  const page = await app.open()
  await write(page, 'release/date', '2026-12-01')
  await write(page, 'release/date', '2026-12-08')
  await page.goto(`${app.url}#/whiteboard/shop`)
  await page.getByRole('button', { name: 'More for release/date' }).click()
  await page.getByRole('menuitem', { name: 'What it was before' }).click()
  await expect(page.getByRole('region', { name: 'History of release/date' })).toContainText('"2026-12-01"')
  await page.reload()
  await connected(page)
  await page.getByRole('button', { name: 'Restore version 1 of release/date' }).click()
  await expect(entry(page, 'release/date')).toContainText('version 3')
  expect([...(await serious(page)), await sideways(page)].filter((one) => one !== 0)).toEqual([])

  await page.getByRole('button', { name: 'More for release/date' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await expect(page.getByText('Nothing is in “shop” now.')).toBeVisible()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(entry(page, 'release/date')).toContainText('"2026-12-01"')
})
