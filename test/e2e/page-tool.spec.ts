import { expect, start, test } from './app.ts'

test('an agent calls a function of an open page, and is told when that page has closed', async ({ app }) => {
  const panel = await app.open()
  await start(panel)
  const shop = await app.open()
  await shop.evaluate(() => {
    globalThis.hearth.tools.register({
      name: 'refund',
      description: 'Refund an order.',
      parameters: { type: 'object', properties: { order: { type: 'string' }, amount: { type: 'number' } } },
      effects: 'write',
      execute: () => 'refunded',
    })
  })
  await expect
    .poll(() =>
      panel.evaluate(async () => (await globalThis.hearth.tools.list()).some(({ name }) => name === 'refund')),
    )
    .toBe(true)

  const agent = await panel.evaluate(async () => {
    const clerk = await globalThis.hearth.agents.create({ name: 'Clerk', tools: ['refund'] })
    return { id: clerk.id, answer: await clerk.run('Refund order 1042 for $62.').text() }
  })
  expect(agent.answer).toBe('I refunded $62 for order 1042.')

  await shop.close()
  const outcome = await panel.evaluate(async () => {
    try {
      const { ok, value } = await globalThis.hearth.tools.call('refund', { order: '1042', amount: 62 })
      return { ok, message: JSON.stringify(value) }
    } catch (error) {
      const { code, message } = error as { code: string; message: string }
      return { ok: false, code, message }
    }
  })
  expect(outcome.ok).toBe(false)
  // Whether the kernel has heard of the closed tab yet or hears of it while it waits, the way on is the same.
  expect(outcome.message).toMatch(/open (that|the) page/)
})

test('a page tool whose tab closes while it runs fails with a message, and the run ends', async ({ app }) => {
  const panel = await app.open()
  await start(panel)
  const shop = await app.open()
  const called = shop.waitForEvent('console', (message) => message.text() === 'refund was called')
  await shop.evaluate(() => {
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
  })
  const run = panel.evaluate(async () => {
    let tools = await globalThis.hearth.tools.list()
    while (!tools.some(({ name }) => name === 'refund')) tools = await globalThis.hearth.tools.list()
    const clerk = await globalThis.hearth.agents.create({ name: 'Clerk', tools: ['refund'] })
    const stream = clerk.run('Refund order 1042 for $62.')
    const outcomes: { ok: boolean; value: unknown }[] = []
    for await (const event of stream) if (event.type === 'tool-result') outcomes.push(event.outcome)
    return { outcomes, state: (await stream.result).state }
  })
  await called
  await shop.close()

  const { outcomes, state } = await run
  expect(outcomes[0]).toMatchObject({ ok: false })
  expect(String(outcomes[0]?.value)).toMatch(/closed/)
  expect(state).toBe('done')
})
