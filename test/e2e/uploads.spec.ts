import type { Page } from '@playwright/test'
import { expect, test } from './app.ts'

interface Dropped {
  readonly name: string
  readonly text: string
}

/** Drops files on what is at `selector`, as a file manager would. */
function drop(page: Page, selector: string, files: readonly Dropped[]): Promise<void> {
  return page.locator(selector).evaluate((target, list) => {
    const transfer = new DataTransfer()
    for (const { name, text } of list) transfer.items.add(new File([text], name))
    for (const event of ['dragover', 'drop'])
      target.dispatchEvent(new DragEvent(event, { dataTransfer: transfer, bubbles: true, cancelable: true }))
  }, files)
}

const FOLDER = 'section[aria-label="Folder"]'

/** An agent with one file, its space open. */
async function openSpace(page: Page, url: string): Promise<string> {
  const agent = await page.evaluate(async () => {
    const { id } = await globalThis.hearth.agents.create({ name: 'Buddy' })
    await globalThis.hearth.call('files.write', { space: id, path: 'plan.md', contents: 'Buy apples.' })
    return id
  })
  await page.goto(`${url}#/files/${agent}`)
  await expect(page.getByRole('link', { name: /^plan\.md/ })).toBeVisible()
  return agent
}

function textOf(page: Page, space: string, path: string): Promise<string | null> {
  return page.evaluate(
    async ([at, name]) =>
      (await globalThis.hearth.call('files.read', { space: at, path: name, as: 'text' })).text ?? null,
    [space, path] as const,
  )
}

test('files dropped over others replace them with an undo, and names of other systems are made fit', async ({
  app,
}) => {
  const page = await app.open()
  const agent = await openSpace(page, app.url)
  await drop(page, FOLDER, [
    { name: 'plan.md', text: 'Buy pears.' },
    { name: '\u200eback\\slash.txt', text: 'From elsewhere.' },
  ])
  const notice = page.getByRole('status', { name: 'Notices' }).getByText('plan.md was replaced').locator('..')
  await notice.getByRole('button', { name: 'Undo' }).click()
  const changes = (): Promise<string[]> =>
    page.evaluate(async (space) => {
      const { versions } = await globalThis.hearth.call('files.history', { space, path: 'plan.md' })
      return versions.map(({ change }) => change)
    }, agent)
  await expect.poll(changes).toEqual(['restored', 'written', 'written'])
  expect(await textOf(page, agent, 'plan.md')).toBe('Buy apples.')
  await expect(page.getByRole('link', { name: /^back_slash\.txt/ })).toBeVisible()
})

test('a file that is deleted elsewhere while it is open can be brought back, and what is being written is kept', async ({
  app,
}) => {
  const page = await app.open()
  const agent = await openSpace(page, app.url)
  const remove = (): Promise<unknown> =>
    page.evaluate((space) => globalThis.hearth.call('files.delete', { space, path: 'plan.md' }), agent)
  await page.getByRole('link', { name: /^plan\.md/ }).click()
  await expect(page.getByRole('region', { name: 'Contents' })).toHaveText('Buy apples.')
  await remove()
  await page.getByRole('button', { name: 'Bring it back' }).click()
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  await page.getByRole('textbox', { name: 'Text of plan.md' }).fill('Buy nothing.')
  await remove()
  await expect(page.getByRole('alert')).toContainText('saving makes the file anew')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('region', { name: 'Contents' })).toHaveText('Buy nothing.')
})

test('a file dropped while one talks goes to the agent’s files', async ({ app }) => {
  const page = await app.open()
  const agent = await openSpace(page, app.url)
  await page.goto(`${app.url}#/talk/${agent}`)
  await expect(page.getByRole('textbox', { name: 'Message' })).toBeVisible()
  await drop(page, 'main', [{ name: 'letter.txt', text: 'Dear Ada,' }])
  await page.getByRole('status', { name: 'Notices' }).getByRole('button', { name: 'Open' }).click()
  await expect(page.getByRole('link', { name: /^letter\.txt/ })).toBeVisible()
})
