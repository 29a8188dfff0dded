import { connected, conversation, ended, expect, newestRun, pressOnceWritten, say } from './app.ts'
import { start, test, undisturbed } from './app.ts'
import { serious } from './axe.ts'
import { busy } from './busy.ts'

test('an answer paused in Talk is still paused after a reload, and goes on to the same text', async ({ app }) => {
  const page = await app.open()
  await start(page)
  const expected = await undisturbed(page, 'Count from 1 to 40.')
  await say(page, 'Count from 1 to 40.')
  const run = await pressOnceWritten(page, 30, 'Pause')
  await expect(conversation(page)).toContainText('You paused it.')

  await page.reload()
  await connected(page)

  await expect(conversation(page)).toContainText('You paused it.')
  await page.getByRole('button', { name: 'Resume', exact: true }).click()
  expect((await ended(page, run)).text.slice(0, expected.length)).toBe(expected)
  await expect(conversation(page)).toContainText('paused by you, and went on where it was')
})

test('pausing everything shows in every room and holds what is asked later, until it is resumed', async ({ app }) => {
  const page = await app.open()
  await start(page)
  await busy(page, ['Mail'])
  await page.getByRole('button', { name: 'Pause all' }).click()
  for (const room of ['Agents', 'Memory', 'Models', 'Settings', 'Talk']) {
    await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: room }).click()
    await expect(page.getByText('Everything is paused.').first()).toBeVisible()
  }
  await say(page, 'What is 12 * 34?')
  await expect
    .poll(async () => page.evaluate(async () => (await globalThis.hearth.runs.list())[0]?.state))
    .toBe('paused')
  await expect(conversation(page)).not.toContainText('408')

  await page.getByRole('banner').getByRole('button', { name: 'Resume all' }).click()

  await expect(conversation(page)).toContainText('12 * 34 = 408')
  await expect(page.getByText('Everything is paused.')).toBeHidden()
})

test('an agent is paused as a whole, and what it is asked then waits for it', async ({ app }) => {
  const page = await app.open()
  await start(page)
  await page.getByRole('button', { name: 'About this conversation' }).click()
  await page.getByRole('menuitem', { name: 'Pause agent' }).click()
  await expect(page.getByText('paused by you')).toBeVisible()
  await say(page, 'What is 12 * 34?')
  await expect
    .poll(async () => page.evaluate(async () => (await globalThis.hearth.runs.list())[0]?.state))
    .toBe('paused')

  await page.getByRole('button', { name: 'Resume Hearth' }).click()

  await expect(conversation(page)).toContainText('12 * 34 = 408')
})

test('a call that may have happened is shown with its arguments, and waits for a decision', async ({ app }) => {
  const page = await app.open()
  await start(page)
  const called = page.waitForEvent('console', (message) => message.text() === 'refund was called')
  const clerk = await page.evaluate(async () => {
    globalThis.hearth.tools.register({
      name: 'refund',
      description: 'Refund an order.',
      parameters: { type: 'object', properties: { order: { type: 'string' }, amount: { type: 'number' } } },
      effects: 'write',
      execute: () => {
        console.log('refund was called')
        return new Promise(() => {})
      },
    })
    let tools = await globalThis.hearth.tools.list()
    while (!tools.some(({ name }) => name === 'refund')) tools = await globalThis.hearth.tools.list()
    const agent = await globalThis.hearth.agents.create({ name: 'Clerk', tools: ['refund'] })
    agent.run('Refund order 1042 for $62.').result.catch(() => undefined)
    return agent.id
  })
  await called

  await app.killKernel()
  await page.goto(`${app.url}#/talk/${clerk}`)

  const card = page.getByRole('group', { name: 'A decision is needed' })
  await expect(card).toContainText('This may have happened: refund("1042", 62)')
  expect(await serious(page)).toEqual([])
  const { id } = await newestRun(page)
  await card.getByRole('button', { name: 'It happened' }).click()
  await expect(card).toBeHidden()
  expect((await ended(page, id)).state).toBe('done')
})

test('an agent whose limit is spent says so, and leads to where the limit is changed', async ({ app }) => {
  const page = await app.open()
  await start(page)
  await page.getByRole('button', { name: 'New agent' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Saver')
  await page.getByText('Advanced').click()
  await page.getByRole('textbox', { name: 'Tokens' }).fill('0')
  await page.getByRole('button', { name: 'Create' }).click()
  await expect(page.getByRole('alert')).toContainText('a number above 0')
  await page.getByRole('textbox', { name: 'Tokens' }).fill('200')
  await page.getByRole('button', { name: 'Create' }).click()
  await expect(page.getByRole('dialog')).toBeHidden()

  await say(page, 'Count from 1 to 40.')
  await expect
    .poll(async () => page.evaluate(async () => (await globalThis.hearth.runs.list())[0]?.endedAt))
    .toBeDefined()
  await say(page, 'Count from 1 to 40.')
  await page.getByRole('button', { name: 'Change its limits' }).last().click()

  await expect(page.getByRole('dialog').getByRole('textbox', { name: 'Tokens' })).toHaveValue('200')
  await page.keyboard.press('Escape')
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Agents' }).click()
  await expect(page.getByText(/of 200 tokens in all/)).toBeVisible()
})
