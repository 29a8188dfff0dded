/** Pictures of work under way: Activity, an agent's window, a pause, a decision. Asserts nothing but that each was reached. */
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { conversation, expect, say, start, test } from '../e2e/app.ts'
import { busy, quiet } from '../e2e/busy.ts'

const folder = fileURLToPath(new URL('../../ui/screenshots/', import.meta.url))
const sizes = { '': { width: 1280, height: 800 }, '-phone': { width: 360, height: 740 } }
const names = ['Mail', 'Researcher', 'Calendar', 'News', 'Translator', 'Notes', 'Shopping', 'Budget keeper']

async function pictures(page: Page, name: string): Promise<void> {
  for (const [suffix, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport)
    await page.screenshot({ path: `${folder}${name}${suffix}.png`, animations: 'disabled', caret: 'hide' })
  }
  await page.setViewportSize(sizes[''])
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`work under way, ${colorScheme}`, async ({ app }) => {
    const page = await app.open()
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await start(page)
    const notices = page.getByRole('status', { name: 'Notices' })
    await expect(notices).toContainText('works without a network')
    await notices.getByRole('button', { name: 'Dismiss' }).click()
    for (const question of [
      'Remember that my dog is Rosa.',
      'What is 12 * 34?',
      'Repeat tea 9 times.',
      'What is 7 * 6?',
    ]) {
      await say(page, question)
      await expect(page.getByRole('button', { name: 'Stop', exact: true })).toBeHidden()
    }
    await page.getByRole('link', { name: 'What Hearth has in mind' }).click()
    await page.getByRole('button', { name: /^Pin: Remember/ }).click()
    await expect(page.getByText('it never leaves')).toBeVisible()
    await pictures(page, `window-${colorScheme}`)

    const { agents } = await busy(page, names)
    // An interactive question meanwhile, and two classes more, so that every colour and a preemption are there.
    await page.evaluate(async (ids) => {
      for (const [place, id] of ids.entries()) {
        const agent = await globalThis.hearth.agents.get(id)
        const options = { class: place % 2 === 0 ? ('interactive' as const) : ('normal' as const) }
        for (const text of ['Repeat tea 9 times.', 'Count from 1 to 20.'])
          agent.run(text, options).result.catch(() => undefined)
      }
      const [first] = await globalThis.hearth.agents.list()
      first?.run('Count from 1 to 40.', { class: 'interactive' }).result.catch(() => undefined)
    }, agents)
    await page.goto(`${app.url}#/agents/activity`)
    await expect
      .poll(() => page.evaluate(async () => (await globalThis.hearth.kernel.timeline()).length))
      .toBeGreaterThan(16)
    await pictures(page, `activity-${colorScheme}`)

    await page.getByRole('button', { name: 'Pause all' }).click()
    await page.goto(`${app.url}#/talk/${agents[0] ?? ''}`)
    await expect(conversation(page)).toContainText('paused')
    await pictures(page, `paused-${colorScheme}`)
    await quiet(page)
  })
}
