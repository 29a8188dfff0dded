import type { Page } from '@playwright/test'
import { connected, conversation, expect, say, start, test } from './app.ts'
import { serious, sideways } from './axe.ts'

type Facts = readonly (string | Parameters<typeof globalThis.hearth.call<'memory.add'>>[1])[]

/** Puts memories there without the panel, oldest first. */
async function remember(page: Page, facts: Facts): Promise<string[]> {
  return page.evaluate(async (all) => {
    const ids: string[] = []
    for (const fact of all) {
      const { id } = await globalThis.hearth.call('memory.add', typeof fact === 'string' ? { text: fact } : fact)
      ids.push(id)
    }
    return ids
  }, facts)
}

async function enter(page: Page, url: string, address = 'memory'): Promise<void> {
  await page.goto(`${url}#/${address}`)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
}

const rows = (page: Page) => page.getByRole('list', { name: 'Memories' }).getByRole('listitem')
const opened = (page: Page) => page.getByRole('region', { name: 'Memory', exact: true })

test('what is written is found as one types, by its words and by what it means, and each hit says why', async ({
  app,
}) => {
  const page = await app.open()
  await enter(page, app.url)
  await page.getByRole('link', { name: 'Write the first one' }).click()
  await page.getByRole('textbox', { name: 'What is known' }).fill('The automobile is due for inspection in March.')
  await page.getByRole('button', { name: 'Remember' }).click()
  await expect(rows(page)).toHaveCount(1)
  await remember(page, ['My sister lives in Porto.', 'The dentist is in Garden Street.'])
  await expect(rows(page)).toHaveCount(3)

  const search = page.getByRole('searchbox', { name: 'Search memory' })
  await search.pressSequentially('the car')
  await expect(page.getByText('found by words and meaning')).toBeVisible()
  await expect(rows(page).first()).toContainText('The automobile is due')
  await rows(page).first().getByRole('link').click()
  const why = opened(page).getByRole('region', { name: 'Why it was found' })
  await expect(why).toContainText('Meaning')

  await search.fill('xylophone zzz')
  await expect(page.getByText('Nothing known fits')).toBeVisible()
  await page.getByRole('button', { name: 'Show everything' }).click()
  await expect(rows(page)).toHaveCount(3)
})

test('a memory is changed where it stands, made again what it was, ended, and its address survives a reload', async ({
  app,
}) => {
  const page = await app.open()
  await remember(page, ['My flat is in Lisbon.'])
  await enter(page, app.url)
  await rows(page).first().getByRole('link').click()
  await page.getByRole('button', { name: 'Edit' }).click()
  await page.getByRole('textbox', { name: 'What is known' }).fill('My flat is in Porto.')
  await page.keyboard.press('ControlOrMeta+Enter')
  await expect(opened(page)).toContainText('1 version')
  await expect(rows(page).first()).toContainText('My flat is in Porto.')

  await page.reload()
  await connected(page)
  await expect(opened(page)).toContainText('My flat is in Porto.')
  await page.getByRole('button', { name: 'Restore version 1' }).click()
  await expect(rows(page).first()).toContainText('My flat is in Lisbon.')
  await expect(opened(page)).toContainText('2 versions')

  await page.getByRole('button', { name: 'More for this memory' }).click()
  await page.getByRole('menuitem', { name: 'No longer true' }).click()
  await expect(opened(page)).toContainText(/no longer true since/i)
  await expect(page.getByText('Nothing is known yet')).toBeVisible()
  await page.getByRole('checkbox', { name: 'Also what is no longer true' }).check()
  await expect(rows(page)).toHaveCount(1)
})

test('forgetting can be undone for a moment, and is for good once the page is left', async ({ app }) => {
  const page = await app.open()
  const other = await app.open()
  const [id] = await remember(page, ['The code of the bicycle lock is 4711.'])
  await enter(page, app.url)
  await rows(page).first().getByRole('link').click()
  await page.getByRole('button', { name: 'Forget this' }).click()
  await expect(page.getByText('Nothing is known yet')).toBeVisible()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(rows(page)).toHaveCount(1)

  await rows(page).first().getByRole('link').focus()
  await page.keyboard.press('Delete')
  await expect(rows(page)).toHaveCount(0)
  await page.goto('about:blank')
  const known = (): Promise<string> =>
    other.evaluate(
      (memory) =>
        globalThis.hearth.call('memory.get', { id: memory ?? '' }).then(
          () => 'known',
          (error: unknown) => (error as { code?: string }).code ?? '',
        ),
      id,
    )
  await expect.poll(known).toBe('not-found')
})

test('who edits what another tab has changed meanwhile sees both, and loses neither', async ({ app }) => {
  const page = await app.open()
  const other = await app.open()
  const [id = ''] = await remember(page, ['The meeting is on Monday.'])
  await enter(page, app.url, `memory/${id}`)
  await page.getByRole('button', { name: 'Edit' }).click()
  await page.getByRole('textbox', { name: 'What is known' }).fill('The meeting is on Friday.')
  await other.evaluate(
    (memory) => globalThis.hearth.call('memory.update', { id: memory, text: 'The meeting is on Tuesday.' }),
    id,
  )

  const conflict = page.getByRole('alert').filter({ hasText: 'Somebody changed this' })
  await expect(conflict.getByRole('group', { name: 'As it is now' })).toContainText('on Tuesday')
  await expect(conflict.getByRole('group', { name: 'As you wrote it' })).toContainText('on Friday')
  await conflict.getByRole('button', { name: 'Save mine over it' }).click()
  await expect(opened(page)).toContainText('2 versions')
  await expect(rows(page).first()).toContainText('on Friday')
})

test('a fact from a conversation says who said what, and leads back to it', async ({ app }) => {
  const page = await app.open()
  await start(page)
  await say(page, 'Remember that my dog is Rosa.')
  await expect(conversation(page)).toContainText('I will remember')
  await enter(page, app.url)
  await rows(page).first().getByRole('link').click()
  const why = page.getByRole('region', { name: 'Why do I know this?' })
  await expect(why.getByRole('list', { name: 'What was said' })).toContainText('Remember that my dog is Rosa.')
  await why.getByRole('link', { name: 'Open the conversation' }).click()
  await expect(conversation(page)).toContainText('Remember that my dog is Rosa.')
})

test('of thousands of memories only those in sight are in the page, and the keyboard reaches the last', async ({
  app,
}) => {
  const page = await app.open()
  const count = 3_000
  const [id = ''] = await remember(page, ['The very first memory.'])
  await page.evaluate(
    async ([many, first]) => {
      const memory = await globalThis.hearth.call('memory.get', { id: first })
      for (let from = 1; from < many; from += 500) {
        const memories = Array.from({ length: Math.min(500, many - from) }, (_, at) => ({
          ...{ ...memory, id: `import-${from + at}`, text: `Note ${from + at} of many` },
          ...{ createdAt: memory.createdAt + from + at, updatedAt: memory.createdAt + from + at },
        }))
        await globalThis.hearth.call('memory.import', { memories })
      }
    },
    [count, id] as const,
  )
  await enter(page, app.url)
  await expect(page.getByText('3,000 memories')).toBeVisible()
  expect(await rows(page).count()).toBeLessThan(60)
  await page.getByRole('searchbox', { name: 'Search memory' }).press('ArrowDown')
  const last = page.getByRole('link', { name: /The very first memory/ })
  await expect(async () => {
    await page.keyboard.press('End')
    await expect(last).toBeFocused({ timeout: 200 })
  }).toPass()
  expect(await rows(page).count()).toBeLessThan(60)

  await page.keyboard.press('Enter')
  await expect(opened(page).getByRole('heading', { name: 'Fact' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(last).toBeFocused()
})

test('blocks show their limit, and the pages of the room keep nobody out', async ({ app }) => {
  const page = await app.open()
  const [block = ''] = await remember(page, [
    { kind: 'block', text: 'My name is Ada.', block: { name: 'About me', limit: 40 } },
    {
      kind: 'experience',
      experience: { task: 'Send mail', tried: 'By hand', outcome: 'failed', lesson: 'Use the list.' },
    },
  ])
  await enter(page, app.url, 'memory/blocks')
  await expect(page.getByText('15 of 40 characters')).toBeVisible()
  await page.getByRole('button', { name: 'Edit About me' }).click()
  await page.getByRole('textbox', { name: 'What it says' }).fill('x'.repeat(41))
  await expect(page.getByText('1 characters more than it may hold')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled()
  await page.getByRole('textbox', { name: 'What it says' }).fill('Ada, in Lisbon.')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('article', { name: 'About me' })).toContainText('Ada, in Lisbon.')

  const found: Record<string, unknown> = {}
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
  for (const address of ['memory', `memory/${block}`, 'memory/new', 'memory/blocks', 'memory/upkeep', 'whiteboard']) {
    await enter(page, app.url, address)
    const findings: unknown[] = await serious(page)
    await page.setViewportSize({ width: 360, height: 740 })
    if ((await sideways(page)) > 0) findings.push('wider than a phone')
    await page.setViewportSize({ width: 1280, height: 800 })
    if (findings.length > 0) found[address] = findings
  }
  expect(found).toEqual({})
})
