/** Runs as a page sees them: paused, resumed and scheduled through their streams and handles, on the real kernel. */
import { expect, test } from 'vitest'
import { addModel, MemoryBrowser } from './fixture.ts'

const words = Array.from({ length: 30 }, (_, index) => `${String(index)} `)
const pace = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a stream pauses and resumes its run, and shows both without gap or repeat', async () => {
  await using browser = new MemoryBrowser({ script: () => words, pace })
  const hearth = await browser.open()
  await addModel(hearth)
  const agent = await hearth.agents.create({ name: 'Counter', class: 'background' })
  const stream = agent.run('Count', { class: 'interactive', weight: 2, deadline: Date.now() + 60_000 })
  let text = ''
  const seen: string[] = []
  let touched: Promise<void> | undefined
  for await (const event of stream) {
    if (event.type === 'paused' || event.type === 'resumed') seen.push(event.type)
    if (event.type !== 'text') continue
    expect(event.offset).toBe(text.length)
    text += event.text
    touched ??= (async () => {
      expect(await stream.pause()).toMatchObject({ state: 'paused', class: 'interactive', weight: 2 })
      const [run] = await hearth.runs.list({ active: true })
      expect(run?.state).toBe('paused')
      expect(await hearth.runs.renice(await stream.id, { class: 'normal', deadline: null })).toMatchObject({
        class: 'normal',
      })
      await stream.resume()
    })()
  }
  await touched
  expect(text).toBe(words.join(''))
  expect(seen.slice(-2)).toEqual(['paused', 'resumed'])
})

test('an agent that is paused keeps what it is asked, under an id that is known at once', async () => {
  await using browser = new MemoryBrowser()
  const hearth = await browser.open()
  await addModel(hearth)
  const agent = await hearth.agents.create({ name: 'Ada', budget: { tokens: 5_000, perDay: true } })
  expect((await agent.pause()).settings.paused).toBe(true)
  const stream = agent.run('Hello')
  const id = await stream.id
  expect(await hearth.runs.list({ active: true })).toMatchObject([{ id, state: 'paused' }])
  expect((await agent.resume()).settings.paused).toBe(false)
  expect(await stream.text()).toBe('Hello there')
  const { spent } = await stream.result
  expect(await agent.budget()).toMatchObject([{ scope: 'day', limit: { tokens: 5_000 }, spent }])
})
