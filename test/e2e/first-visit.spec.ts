import { connected, conversation, expect, pressOnceWritten, say, start, test } from './app.ts'

test('a first visitor starts the bundled model and has a sum calculated by a tool', async ({ app }) => {
  const page = await app.open()
  const outside: string[] = []
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol.startsWith('http') && url.origin !== new URL(app.url).origin) outside.push(request.url())
  })

  await start(page)
  await say(page, 'What is 12 * 34?')

  const log = conversation(page)
  await expect(log).toContainText('12 * 34 = 408')
  await expect(log).toContainText('calculate', { ignoreCase: true })
  expect(outside).toEqual([])
})

test('the page is isolated and its policy refuses nothing the app needs', async ({ app, context }) => {
  const refused: string[] = []
  await context.exposeFunction('refused', (what: string) => void refused.push(what))
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      ;(globalThis as unknown as { refused(what: string): void }).refused(
        `${event.violatedDirective} ${event.blockedURI}`,
      )
    })
  })
  const page = await app.open()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })

  await start(page)
  await say(page, 'What is 7 * 6?')
  await expect(conversation(page)).toContainText('42')

  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
  expect(refused).toEqual([])
  expect(errors).toEqual([])
})

test('what was said is still there after a reload', async ({ app }) => {
  const page = await app.open()
  await start(page)
  await say(page, 'What is 5 * 5?')
  await expect(conversation(page)).toContainText('5 * 5 = 25')

  await page.reload()
  await connected(page)

  await expect(conversation(page)).toContainText('What is 5 * 5?')
  await expect(conversation(page)).toContainText('5 * 5 = 25')
})

test('a fact told before a reload is recalled after it, by another conversation', async ({ app }) => {
  const page = await app.open()
  await start(page)
  await say(page, 'Remember that my dog is Rosa.')
  await expect(conversation(page)).toContainText('I will remember that my dog is Rosa.')

  await page.reload()
  await connected(page)
  await page.evaluate(async () => {
    const [agent] = await globalThis.hearth.agents.list()
    await agent?.clear()
  })
  await expect(conversation(page)).not.toContainText('Rosa')
  await say(page, 'What is my dog?')

  await expect(conversation(page)).toContainText('You told me that my dog is Rosa.')
})

test('stop ends an answer and keeps what was written; retry writes it again', async ({ app }) => {
  const page = await app.open()
  await start(page)
  await say(page, 'Count from 1 to 45.')
  await pressOnceWritten(page, '1, 2, 3'.length, 'Stop')
  await expect(page.getByRole('button', { name: 'Stop', exact: true })).toBeHidden()
  await expect(conversation(page)).toContainText('1, 2, 3')

  await page.getByRole('button', { name: 'Retry' }).last().click()

  await expect(conversation(page)).toContainText('38, 39, 40')
  await expect(conversation(page).getByText('Count from 1 to 45.')).toHaveCount(1)
})
