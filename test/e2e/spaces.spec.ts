import type { Page } from '@playwright/test'
import { serious, sideways } from './axe.ts'
import { expect, test } from './app.ts'

/** An agent with some files, without a model. */
async function withFiles(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const { id } = await globalThis.hearth.agents.create({ name: 'Buddy' })
    const write = (path: string, contents: string) =>
      globalThis.hearth.call('files.write', { space: id, path, contents })
    await write('notes/plan.md', 'Buy apples.')
    await write('notes/plan.md', 'Buy apples and pears.')
    await write('notes/money.md', 'The refund for the broken kettle was paid back in March.')
    await write('page.html', '<img src=x onerror="document.title=1"><script>document.title = "owned"</script>')
    return id
  })
}

function drop(page: Page, name: string, type: string, base64: string): Promise<void> {
  return page.getByRole('region', { name: 'Folder' }).evaluate(
    (region, [title, kind, encoded]) => {
      const transfer = new DataTransfer()
      const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0))
      transfer.items.add(new File([bytes], title, { type: kind }))
      for (const event of ['dragover', 'drop'])
        region.dispatchEvent(new DragEvent(event, { dataTransfer: transfer, bubbles: true, cancelable: true }))
    },
    [name, type, base64] as const,
  )
}

const DOT = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

test('files are found, looked at, edited, brought back to a version, and deleted with an undo', async ({ app }) => {
  const page = await app.open()
  // What is half faded in has less contrast than it will have.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const agent = await withFiles(page)
  await page.goto(`${app.url}#/files`)
  await page.getByRole('link', { name: /Buddy 3 files/ }).click()
  await page.getByRole('link', { name: /^notes/ }).click()
  await expect(page).toHaveURL(new RegExp(`#/files/${agent}/notes$`))
  await page.getByRole('link', { name: /^plan\.md/ }).click()
  await expect(page).toHaveURL(new RegExp(`#/files/${agent}/notes/plan\\.md$`))
  const contents = page.getByRole('region', { name: 'Contents' })
  await expect(contents).toHaveText('Buy apples and pears.')
  expect(await serious(page)).toEqual([])

  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.getByRole('textbox', { name: 'Text of plan.md' }).fill('Buy nothing.')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(contents).toHaveText('Buy nothing.')
  await page.getByRole('button', { name: 'Restore version 1' }).click()
  await expect(contents).toHaveText('Buy apples.')
  await page.getByRole('status', { name: 'Notices' }).getByRole('button', { name: 'Undo' }).click()
  await expect(contents).toHaveText('Buy nothing.')

  await page.keyboard.press('Escape')
  const row = page.getByRole('link', { name: /^plan\.md/ })
  await expect(row).toBeFocused()
  await page.keyboard.press('Delete')
  await expect(row).toHaveCount(0)
  await page.getByRole('status', { name: 'Notices' }).getByRole('button', { name: 'Undo' }).click()
  await expect(row).toBeVisible()
})

test('files are dropped in, drawn when they are pictures, never run, renamed, downloaded and found by what they are about', async ({
  app,
}) => {
  const page = await app.open()
  // What is half faded in has less contrast than it will have.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const agent = await withFiles(page)
  await page.goto(`${app.url}#/files/${agent}`)
  await drop(page, 'dot.png', 'image/png', DOT)
  await page.getByRole('link', { name: /^dot\.png/ }).click()
  await expect(page.getByRole('img', { name: 'dot.png' })).toHaveJSProperty('naturalWidth', 1)

  await page.getByRole('link', { name: /^page\.html/ }).click()
  await expect(page.getByRole('region', { name: 'Contents' })).toContainText('<script>')
  await expect(page).toHaveTitle('Files · Hearth')

  await page.getByRole('region', { name: 'File' }).getByRole('button', { name: 'More about page.html' }).click()
  await page.getByRole('menuitem', { name: 'Rename or move…' }).click()
  await page.getByRole('textbox', { name: 'Path' }).fill('../outside.html')
  await expect(page.getByRole('button', { name: 'Move', exact: true })).toBeEnabled()
  await page.getByRole('button', { name: 'Move', exact: true }).click()
  await expect(page.getByText('none of them is empty')).toBeVisible()
  await page.getByRole('textbox', { name: 'Path' }).fill('web/first.html')
  await page.getByRole('button', { name: 'Move', exact: true }).click()
  await expect(page).toHaveURL(/\/web\/first\.html$/)
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download' }).click()
  expect((await downloading).suggestedFilename()).toBe('first.html')

  await page.goto(`${app.url}#/files/${agent}`)
  await page.getByRole('searchbox', { name: 'Search files' }).fill('money I was given back')
  await expect(page.getByRole('list', { name: 'Found' }).getByRole('link').first()).toContainText('money.md')
})

test('a space goes back to a moment, and its folders work on a phone by keyboard', async ({ app }) => {
  const page = await app.open()
  // What is half faded in has less contrast than it will have.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const agent = await withFiles(page)
  await page.setViewportSize({ width: 360, height: 740 })
  await page.goto(`${app.url}#/files/${agent}`)
  await expect(page.getByRole('link', { name: /^notes/ })).toBeVisible()
  expect(await serious(page)).toEqual([])
  await page.getByRole('link', { name: /^notes/ }).focus()
  await page.keyboard.press('Delete')
  await expect(page.getByRole('link', { name: /^notes/ })).toHaveCount(0)
  await page.getByRole('button', { name: 'Show 2 deleted files' }).click()
  await page.getByRole('button', { name: 'Bring back notes/plan.md' }).click()
  await page.getByRole('link', { name: /^notes 1 file/ }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: /^plan\.md/ }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('region', { name: 'Contents' })).toHaveText('Buy apples and pears.')
  expect(await sideways(page)).toBeLessThanOrEqual(0)
})
