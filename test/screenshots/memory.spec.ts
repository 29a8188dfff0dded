/** Pictures of what is known and how it is kept: memories, blocks, upkeep, the whiteboard. Asserts nothing but that each was reached. */
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { conversation, expect, say, start, test } from '../e2e/app.ts'

const folder = fileURLToPath(new URL('../../ui/screenshots/', import.meta.url))
const sizes = { '': { width: 1280, height: 800 }, '-phone': { width: 360, height: 740 } }

const facts = [
  'Parental leave was agreed from May to August with Teresa, the team lead.',
  'The flat is in Lisbon, near the river.',
  'I am allergic to peanuts.',
  'My sister Ines lives in Porto and has two children.',
  'The automobile is due for inspection every March.',
  'I prefer short answers without lists.',
  'Order 1042 was refunded in full on Tuesday.',
  'The house insurance costs 312 euros a year and renews by itself every January unless it is ended in writing by the end of November, which was forgotten twice.',
]

const entries: Record<string, unknown> = {
  'keys/db': { valid: false, checkedBy: 'Support' },
  'keys/mail': { valid: true },
  'orders/1042': { state: 'refunded', amount: 62, currency: 'USD', customer: { name: 'J. Doe', since: 2019 } },
  'release/date': '2026-12-01',
  'release/steps': ['freeze', 'test payments', 'ship'],
}

async function pictures(page: Page, name: string): Promise<void> {
  for (const [suffix, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport)
    await page.screenshot({ path: `${folder}${name}${suffix}.png`, animations: 'disabled', caret: 'hide' })
  }
  await page.setViewportSize(sizes[''])
}

async function fill(page: Page): Promise<void> {
  await page.evaluate(
    async ([known, board]) => {
      const { call, agents } = globalThis.hearth
      const [agent] = await agents.list()
      const owner = agent?.id ?? null
      for (const text of known) await call('memory.add', { text, scope: text.includes('insurance') ? 'house' : '' })
      const lesson = 'Use the CSV link under Documents; the button needs a second login.'
      await call('memory.add', {
        ...{ kind: 'experience', owner },
        experience: { task: 'Export the bank statement', tried: 'The download button', outcome: 'failed', lesson },
      })
      const { id } = await call('memory.add', { text: 'The dentist is in Garden Street.' })
      await call('memory.update', { id, text: 'The dentist is in Harbour Street, on the second floor.' })
      const me = 'My name is Ada. I work from Lisbon, Monday to Thursday.'
      await call('memory.add', { kind: 'block', text: me, block: { name: 'About me' } })
      const work = 'The move of the shop to the new server. Next: test payments.'
      await call('memory.add', { kind: 'block', text: work, owner, block: { name: 'Current work', limit: 80 } })
      for (const [key, value] of Object.entries(board)) await call('shared.set', { namespace: 'shop', key, value })
      await call('shared.set', { namespace: 'research', key: 'sources', value: 3 })
    },
    [facts, entries] as const,
  )
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`what is known, ${colorScheme}`, async ({ app }) => {
    const page = await app.open()
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const notices = page.getByRole('status', { name: 'Notices' })
    await expect(notices).toContainText('works without a network')
    await notices.getByRole('button', { name: 'Dismiss' }).click()
    await page.goto(`${app.url}#/memory`)
    await expect(page.getByText('Nothing is known yet')).toBeVisible()
    await pictures(page, `memory-empty-${colorScheme}`)
    await page.goto(`${app.url}#/talk`)
    await start(page)
    await say(page, 'Remember that my dog is Rosa.')
    await expect(conversation(page)).toContainText('I will remember')
    await fill(page)

    await page.goto(`${app.url}#/memory`)
    const rows = page.getByRole('list', { name: 'Memories' }).getByRole('listitem')
    await page.getByRole('searchbox', { name: 'Search memory' }).fill('when is the car due')
    await expect(rows.first()).toContainText('automobile')
    await pictures(page, `memory-search-${colorScheme}`)
    await rows.first().getByRole('link').click()
    await expect(page.getByRole('region', { name: 'Why it was found' })).toBeVisible()
    await pictures(page, `memory-found-${colorScheme}`)

    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByRole('textbox', { name: 'What is known' }).fill('The automobile is due for inspection every April.')
    await page.evaluate(async () => {
      const { hits } = await globalThis.hearth.call('memory.search', { query: 'automobile inspection', k: 1 })
      const text = 'The automobile is due for inspection every second March.'
      await globalThis.hearth.call('memory.update', { id: hits[0]?.memory.id ?? '', text })
    })
    await expect(page.getByText('Somebody changed this')).toBeVisible()
    await pictures(page, `memory-conflict-${colorScheme}`)

    await page.goto(`${app.url}#/memory`)
    await page.getByRole('searchbox', { name: 'Search memory' }).fill('my dog')
    await rows.filter({ hasText: 'Rosa' }).getByRole('link').click()
    await expect(page.getByRole('list', { name: 'What was said' })).toBeVisible()
    await pictures(page, `memory-why-${colorScheme}`)

    await page.goto(`${app.url}#/memory/blocks`)
    await expect(page.getByRole('article', { name: 'About me' })).toBeVisible()
    await pictures(page, `blocks-${colorScheme}`)
    await page.goto(`${app.url}#/memory/upkeep`)
    await page.getByRole('button', { name: 'Tidy up now' }).click()
    await expect(page.getByText('looked at')).toBeVisible()
    await pictures(page, `upkeep-${colorScheme}`)

    await page.goto(`${app.url}#/whiteboard/shop`)
    await page.getByRole('button', { name: 'Edit keys/mail' }).click()
    await page.evaluate(async () => {
      const { call } = globalThis.hearth
      await call('shared.set', { namespace: 'shop', key: 'keys/mail', value: { valid: false } })
    })
    await expect(page.getByText('Somebody changed this')).toBeVisible()
    await pictures(page, `whiteboard-${colorScheme}`)
  })
}
