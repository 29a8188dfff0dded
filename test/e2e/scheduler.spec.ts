import type { Page } from '@playwright/test'
import { conversation, expect, start, test } from './app.ts'

/** Far from what the window holds, and long enough for others to come in between. */
const TOKENS = 250

/** As many as the window holds: for answers that nobody waits for to end. */
const ENDLESS = 700

interface Watched {
  agent: string
  run: string
}

/** As many agents as classes are given, each asked to count; resolves once all have begun or wait. */
async function counting(
  page: Page,
  classes: readonly ('normal' | 'background')[],
  tokens = TOKENS,
): Promise<Watched[]> {
  return page.evaluate(
    async ([all, maxTokens]) => {
      const begun = all.map(async (served, index) => {
        const agent = await globalThis.hearth.agents.create({
          ...{ name: `Counter ${index}`, class: served, sampling: { temperature: 0, maxTokens } },
        })
        return { agent: agent.id, run: await agent.run('Count from 1 to 40.').id }
      })
      return Promise.all(begun)
    },
    [classes, tokens] as const,
  )
}

/** What such an agent writes when it has the model for itself. */
async function alone(page: Page): Promise<string> {
  return page.evaluate(async (maxTokens) => {
    const agent = await globalThis.hearth.agents.create({ name: 'Alone', sampling: { temperature: 0, maxTokens } })
    const text = await agent.run('Count from 1 to 40.').text()
    await agent.delete()
    return text
  }, TOKENS)
}

interface Story {
  text: string
  endedAt: number
  /** Who paused it, in order, and how often it went on. */
  pausedBy: (string | undefined)[]
  resumed: number
}

/** Follows runs of this kernel, or of the one before, to their ends. */
async function stories(page: Page, runs: readonly Watched[]): Promise<Story[]> {
  return page.evaluate(
    async (all) =>
      Promise.all(
        all.map(async ({ run }) => {
          const stream = globalThis.hearth.runs.watch(run)
          const pausedBy: (string | undefined)[] = []
          let resumed = 0
          for await (const event of stream) {
            if (event.type === 'paused') pausedBy.push(event.by)
            if (event.type === 'resumed') resumed += 1
          }
          const { endedAt } = await stream.result
          return { text: await stream.text(), endedAt: endedAt ?? 0, pausedBy, resumed }
        }),
      ),
    runs,
  )
}

/** Resolves once each of them has written this much of the count. */
async function writing(page: Page, runs: readonly Watched[], count = '1'): Promise<void> {
  await page.evaluate(
    async ([all, awaited]) => {
      for (const { run } of all) {
        let text = ''
        for await (const event of globalThis.hearth.runs.watch(run)) {
          if (event.type === 'text') text += event.text
          if (text.includes(awaited)) break
        }
      }
    },
    [runs, count] as const,
  )
}

test('who waits for an answer is answered first, and the counting in the background goes on to the same text', async ({
  app,
}) => {
  const page = await app.open()
  await start(page)
  const expected = await alone(page)
  // All slots are taken, and one of those who have them is of the lowest class.
  const others = await counting(page, ['background', 'normal', 'normal', 'normal'])
  const [lowest] = others
  await page.goto(`${app.url}#/talk/${lowest?.agent}`)
  await writing(page, others)
  const follow = stories(page, others)

  const answeredAt = await page.evaluate(async () => {
    const agent = await globalThis.hearth.agents.create({ name: 'Asked', class: 'interactive', tools: ['calculate'] })
    const { endedAt } = await agent.run('What is 12 * 34?').result
    return endedAt ?? 0
  })

  const told = await follow
  for (const { text, endedAt } of told) {
    expect(text).toBe(expected)
    expect(answeredAt).toBeLessThan(endedAt)
  }
  expect(told[0]?.pausedBy).toContain('scheduler')
  expect(told[0]?.resumed).toBeGreaterThan(0)
  await expect(conversation(page)).toContainText('gave way to others')
  await expect(conversation(page)).toContainText(expected.trim())
})

test('a run that a person paused stays paused when its kernel is killed, and goes on to the same text', async ({
  app,
}) => {
  const page = await app.open()
  await start(page)
  const expected = await alone(page)
  const runs = await counting(page, ['normal'])
  // In one go: nobody else wants the model, and the answer could be over before a test has heard of its first word.
  const epoch = await page.evaluate(async ([one]) => {
    for await (const event of globalThis.hearth.runs.watch(one?.run ?? '')) if (event.type === 'text') break
    await globalThis.hearth.runs.pause(one?.run ?? '')
    return globalThis.hearth.epoch
  }, runs)

  await app.killKernel()
  await page.waitForFunction((old) => globalThis.hearth.epoch > old && globalThis.hearth.state === 'connected', epoch)

  const known = await page.evaluate(async () => globalThis.hearth.runs.list())
  expect(known.find(({ id }) => id === runs[0]?.run)?.state).toBe('paused')
  await page.evaluate(async ([one]) => globalThis.hearth.runs.resume(one?.run ?? ''), runs)
  expect((await stories(page, runs))[0]?.text).toBe(expected)
})

test('a run that waits behind others goes before them once it is given a higher class', async ({ app }) => {
  const page = await app.open()
  await start(page)
  const expected = await alone(page)
  const first = await counting(page, ['normal', 'normal', 'normal', 'normal'])
  await writing(page, first)
  const [last] = await counting(page, ['background'])
  await page.evaluate(async (run) => globalThis.hearth.runs.renice(run, { class: 'interactive' }), last?.run ?? '')

  const told = await stories(page, [...first, ...(last ? [last] : [])])

  for (const { text } of told) expect(text).toBe(expected)
  expect(told.slice(0, 4).some(({ pausedBy }) => pausedBy.includes('scheduler'))).toBe(true)
  const latest = Math.max(...told.slice(0, 4).map(({ endedAt }) => endedAt))
  expect(told[4]?.endedAt).toBeLessThan(latest)
})

test('the kill switch ends every run of every tab and keeps what was written', async ({ app }) => {
  const page = await app.open()
  await start(page)
  const other = await app.open()
  const runs = [
    ...(await counting(page, ['normal', 'normal', 'normal'], ENDLESS)),
    ...(await counting(other, ['normal', 'normal', 'normal'], ENDLESS)),
  ]
  await writing(page, runs.slice(0, 3), '1, 2, 3')

  await other.getByRole('button', { name: 'Stop all' }).click()

  const ended = await page.evaluate(
    async (all) => Promise.all(all.map(({ run }) => globalThis.hearth.runs.watch(run).result)),
    runs,
  )
  expect(ended.map(({ state }) => state)).toEqual(runs.map(() => 'cancelled'))
  const kept = await page.evaluate(async (id) => {
    const { turns } = await (await globalThis.hearth.agents.get(id)).history()
    return turns.at(-1)
  }, runs[0]?.agent ?? '')
  expect(kept).toMatchObject({ role: 'assistant', ended: 'stopped' })
  expect(kept?.text).toContain('1, 2, 3')
})
