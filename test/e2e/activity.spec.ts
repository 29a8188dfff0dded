import { expect, start, test, written } from './app.ts'
import { serious, sideways } from './axe.ts'
import { busy, enterActivity, quiet } from './busy.ts'

const names = [
  'Mail',
  'News',
  'Notes',
  'Calendar',
  'Shopping',
  'A name that is so long that no row of a list can show the whole of it',
]

test('Activity shows who writes and who waits, finds and sorts them, and keeps the keyboard where it was', async ({
  app,
}) => {
  const page = await app.open()
  await start(page)
  await busy(page, names)
  await enterActivity(page)
  const rows = page.getByRole('grid', { name: 'Runs now' }).getByRole('row')

  await expect(rows).toHaveCount(names.length + 1)
  await expect(rows.filter({ hasText: 'writing' })).toHaveCount(4)
  await expect(rows.filter({ hasText: 'waits for its turn' })).toHaveCount(2)

  // Held, so that none ends meanwhile.
  await page.evaluate(() => globalThis.hearth.kernel.pause())
  const news = rows.filter({ hasText: 'News' })
  await news.focus()
  for (const column of ['Who', 'Class', 'Tokens']) {
    await page.keyboard.press('s')
    await expect(page.getByRole('columnheader', { name: column })).toHaveAttribute('aria-sort', 'ascending')
    await expect(news).toBeFocused()
  }
  await page.evaluate(async () => {
    const runs = await globalThis.hearth.runs.list({ active: true })
    for (const { id, agentName } of runs) if (agentName === 'News') await globalThis.hearth.runs.cancel(id)
  })
  await expect(news).toHaveCount(0)
  await expect(page.locator('[data-row]:focus')).toHaveCount(1)

  await page.getByRole('searchbox', { name: 'Find runs' }).fill('mail background')
  await expect(rows).toHaveCount(2)
  await page.getByRole('searchbox', { name: 'Find runs' }).fill('')

  await page.getByRole('button', { name: 'Who', exact: true }).click()
  await expect(page.getByRole('columnheader', { name: 'Who' })).toHaveAttribute('aria-sort', 'ascending')
  await expect(rows.nth(1)).toContainText('A name that is so long')
  await quiet(page)
  await expect(page.getByRole('grid')).toContainText('Nobody wants the model just now')
})

test('a run is paused, resumed, given another class and stopped without a mouse', async ({ app }) => {
  const page = await app.open()
  await start(page)
  await busy(page, ['Mail'])
  // Held until somebody watches, and held again below: it would be over before the last key.
  const run = await written(page, 1)
  await page.evaluate(async (id) => globalThis.hearth.runs.pause(id), run)
  await enterActivity(page)
  const row = page.getByRole('row').filter({ hasText: 'Mail' })
  await expect(row).toContainText('paused')

  await row.focus()
  await page.keyboard.press('p')
  await expect(row).toContainText('writing')
  await page.keyboard.press('p')
  await expect(row).toContainText('paused')

  await page.keyboard.press('c')
  await page.getByRole('dialog').getByRole('radio', { name: 'Normal' }).check()
  await page.keyboard.press('Enter')
  await expect(row).toContainText('Normal')
  await page.getByRole('status', { name: 'Notices' }).getByRole('button', { name: 'Undo' }).click()
  await expect(row).toContainText('Background')

  await row.focus()
  await page.keyboard.press('x')
  await expect(page.getByRole('alertdialog')).toContainText('What was written so far stays')
  await page.getByRole('button', { name: 'Stop it' }).press('Enter')
  await expect(row).toBeHidden()
})

test('the timeline says in words what it draws, and leads to the conversation', async ({ app }) => {
  const page = await app.open()
  await start(page)
  await busy(page, ['Mail', 'News'])
  await enterActivity(page)
  const timeline = page.getByRole('application', { name: 'Timeline' })

  await expect(page.getByText(/of 4 slots in use/)).toBeVisible()
  await page.getByRole('button', { name: 'As a list' }).click()
  const list = page.getByRole('region', { name: 'Slices of the timeline' })
  await expect(list).toContainText('Mail')
  await expect(list).toContainText('News')

  await timeline.focus()
  await page.keyboard.press('ArrowLeft')
  await expect(page.getByText('held still')).toBeVisible()
  await page.keyboard.press('0')
  await expect(page.getByText('last 1 min')).toBeVisible()
  await page.keyboard.press('+')
  await expect(page.getByText('last 42 s')).toBeVisible()
  await page.keyboard.press('Shift+ArrowLeft')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#\/talk\/agent-/)
  await quiet(page)
})

test('who goes next is chosen, and stays chosen after a reload', async ({ app }) => {
  const page = await app.open()
  await start(page)
  await enterActivity(page)
  const policy = page.getByRole('combobox', { name: 'Who goes next' })
  await policy.selectOption('Order of arrival')
  await expect.poll(() => page.evaluate(async () => (await globalThis.hearth.kernel.stats()).policy)).toBe('fifo')

  await page.reload()

  await expect(policy).toHaveValue('fifo')
})

test('everything in Activity can be done from the palette', async ({ app }) => {
  const page = await app.open()
  await start(page)
  // Beside others, so that its answer lasts longer than a person needs for all of this.
  await busy(page, names)
  const run = async (words: string): Promise<void> => {
    await page.keyboard.press('ControlOrMeta+k')
    await page.getByPlaceholder('What do you want to do?').fill(words)
    await page.keyboard.press('Enter')
    await expect(page.getByPlaceholder('What do you want to do?')).toBeHidden()
  }
  await run('timeline')
  await expect(page.getByRole('heading', { name: 'Activity' })).toBeVisible()
  const row = page.getByRole('row').filter({ hasText: 'Mail' })
  await expect(row).toContainText('writing')
  await run('pause mail count')
  await expect(row).toContainText('paused')
  await run('make interactive mail')
  await expect(row).toContainText('Interactive')
  await run('stop mail count')
  await page.getByRole('button', { name: 'Stop it' }).click()
  await expect(row).toBeHidden()
  await quiet(page)
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious in a busy Activity, ${colorScheme}`, async ({ app }) => {
    const page = await app.open()
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await start(page)
    await busy(page, names)
    await enterActivity(page)
    await page.getByRole('button', { name: 'As a list' }).click()
    await expect(page.getByRole('row').filter({ hasText: 'writing' }).first()).toBeVisible()
    expect(await serious(page)).toEqual([])
    for (const width of [360, 2560]) {
      await page.setViewportSize({ width, height: 740 })
      expect(await sideways(page), `${width} px`).toBeLessThanOrEqual(0)
    }
    await quiet(page)
  })
}
