/** Stopping, pausing and scheduling everything, on the whole kernel with a scripted engine under load. */
import { expect, test } from 'vitest'
import type { KernelEvent } from '../../../kernel/abi/index.ts'
import type { ScriptedOptions } from '../../../kernel/drivers/scripted/engine.ts'
import type { Hearth } from '../../../sdk/index.ts'
import { defer } from '../../fixtures/models.ts'
import { addModel, MemoryBrowser } from '../sdk/fixture.ts'

const messages = [{ role: 'user' as const, content: 'go on' }]
const words = Array.from({ length: 30 }, (_, index) => `word${index} `)
const whole = words.join('')

function* forEver(): Generator<string> {
  for (let count = 0; ; count += 1) yield `${count} `
}

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))

/** An engine that writes a token a turn of the event loop, and says how many it wrote. */
function paced(script: ScriptedOptions['script'], slots: number) {
  const written = { tokens: 0 }
  const engine: ScriptedOptions = {
    script,
    slots,
    contextTokens: 100_000,
    pace: async () => {
      await turn()
      written.tokens += 1
    },
  }
  return { engine, written }
}

async function openWith(engine: ScriptedOptions) {
  const browser = new MemoryBrowser(engine)
  const page = await browser.open('Page')
  await addModel(page)
  return { browser, page }
}

/** One streamed answer; counts what comes of it. */
function stream(page: Hearth, onText: (text: string) => void, more: object = {}): Promise<string> {
  const request = { messages, max_tokens: 90_000, ...more }
  return page
    .call('llm.chat', request, { onEvent: ({ choices }) => onText(choices[0]?.delta.content ?? '') })
    .then(({ choices }) => choices[0]?.message.content ?? '')
}

test('the kill switch ends every answer and run of every page at once, and nothing more is written', async () => {
  const { engine, written } = paced(() => forEver(), 4)
  const { browser, page } = await openWith(engine)
  const other = await browser.open('Other page')
  const agents = await Promise.all(
    Array.from({ length: 20 }, (_, index) => page.agents.create({ name: `Agent ${index}`, class: 'background' })),
  )
  const { promise: busy, resolve } = defer()
  let deltas = 0
  const onText = () => {
    deltas += 1
    if (deltas === 200) resolve()
  }
  const outcomes = [page, other].flatMap((each) => Array.from({ length: 100 }, () => stream(each, onText)))
  const runs = agents.map((agent) => page.call('agent.run', { agent: agent.id, text: 'go on' }))
  const settled = Promise.allSettled([...outcomes, ...runs])
  await busy
  while ((await page.runs.list({ active: true })).length < 20) await turn()
  await other.kernel.stop()
  // Both pages hear in order, so what follows an answer to a call of theirs came after the stop.
  await Promise.all([page.kernel.info(), other.kernel.info()])
  const before = { deltas, written: written.tokens }
  await settled
  for (let count = 0; count < 50; count += 1) await turn()
  expect({ deltas, written: written.tokens }).toEqual(before)
  expect(await page.kernel.stats()).toMatchObject({ running: 0, waiting: 0 })
  expect((await page.runs.list({ active: true })).length).toBe(0)
  for (const outcome of (await settled).slice(0, 200)) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'cancelled', data: { by: 'user' } } })
  }
  await browser[Symbol.asyncDispose]()
})

test('a pause of everything holds answers at the next token, also later ones, and survives a restart', async () => {
  const { engine, written } = paced(() => words, 2)
  const { browser, page } = await openWith(engine)
  const told: KernelEvent[] = []
  page.on('stats', (event) => told.push(event))
  let text = ''
  const { promise: begun, resolve } = defer()
  const first = stream(page, (piece) => {
    text += piece
    if (text.includes('word4 ')) resolve()
  })
  await begun
  await page.kernel.pause()
  while ((await page.kernel.stats()).running > 0) await turn()
  const later = stream(page, () => {})
  for (let count = 0; count < 50; count += 1) await turn()
  const kept = { text, written: written.tokens }
  for (let count = 0; count < 50; count += 1) await turn()
  expect({ text, written: written.tokens }).toEqual(kept)
  expect(text).not.toBe(whole)
  expect(await page.kernel.stats()).toMatchObject({ paused: true, running: 0, waiting: 0 })
  expect((await page.kernel.top()).jobs.map(({ state }) => state)).toEqual(['paused', 'paused'])
  expect(told.at(-1)).toMatchObject({ stats: { paused: true } })
  await page.kernel.resume()
  expect(await first).toBe(whole)
  expect(await later).toBe(whole)
  expect(text).toBe(whole)
  expect((await page.kernel.stats()).paused).toBe(false)

  await page.kernel.pause()
  browser.kill()
  const next = await browser.open('Next page')
  expect((await next.kernel.stats()).paused).toBe(true)
  const waiting = stream(next, () => {})
  for (let count = 0; count < 50; count += 1) await turn()
  await next.kernel.resume()
  expect(await waiting).toBe(whole)
  await browser[Symbol.asyncDispose]()
})

test('the policy serves at once and is kept across restarts', async () => {
  const { engine } = paced(() => words.slice(0, 3), 1)
  const { browser, page } = await openWith(engine)
  expect((await page.kernel.stats()).policy).toBe('fair')
  await page.kernel.schedule('fifo')
  expect((await page.kernel.stats()).policy).toBe('fifo')
  browser.kill()
  const next = await browser.open('Next page')
  expect((await next.kernel.stats()).policy).toBe('fifo')
  await browser[Symbol.asyncDispose]()
})

test('pages see who has the model, who had it, and hear of it', async () => {
  const { engine } = paced(() => words, 1)
  const { browser, page } = await openWith(engine)
  const events: Extract<KernelEvent, { type: 'scheduler' }>[] = []
  page.on('scheduler', (event) => events.push(event))
  const { promise: begun, resolve } = defer()
  const slow = stream(page, resolve, { class: 'background' })
  await begun
  const quick = stream(page, () => {}, { class: 'interactive' })
  await Promise.all([slow, quick])
  const slices = await page.kernel.timeline()
  expect(slices.map(({ seq, ended, preemptedBy, tokens }) => [seq, ended, preemptedBy, tokens > 0])).toEqual([
    [1, 'preempted', 'Page', true],
    [2, 'finished', null, true],
    [3, 'finished', null, true],
  ])
  expect(slices[0]?.tokens).toBeLessThan(30)
  expect((slices[0]?.tokens ?? 0) + (slices[2]?.tokens ?? 0)).toBe(30)
  expect(slices[0]?.job).toBe(slices[2]?.job)
  expect(slices.map(({ to, from }) => (to ?? 0) >= from)).toEqual([true, true, true])
  expect(await page.kernel.timeline({ after: 2 })).toEqual(slices.slice(2))
  expect(events[0]?.jobs[0]).toMatchObject({ engine: 'openai', name: 'Page', class: 'background' })
  const { firstTokenMs, engines } = await page.kernel.stats()
  expect(firstTokenMs?.p99).toBeGreaterThanOrEqual(firstTokenMs?.p50 ?? Infinity)
  expect(engines).toMatchObject([{ engine: 'openai', slots: 1, running: 0, waiting: 0 }])
  await browser[Symbol.asyncDispose]()
})
