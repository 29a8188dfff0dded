import { describe, expect, it } from 'vitest'
import { HearthError } from '../../../kernel/abi/index.ts'
import { AGENT, boot, Talk, turnsOf, words } from './harness.ts'

const errorOf = async (work: Promise<unknown>): Promise<HearthError> => {
  const error: unknown = await work.then(
    () => null,
    (caught: unknown) => caught,
  )
  if (!(error instanceof HearthError)) throw new Error('it was not refused')
  return error
}

async function talked(exchanges: number, contextTokens = 1_000): Promise<Talk> {
  const talk = await Talk.begin(await boot({ contextTokens }))
  for (let n = 0; n < exchanges; n += 1) await talk.say({ question: words(`q${n}x`, 9), answer: words(`a${n}x`, 9) })
  return talk
}

describe('looking into the window', () => {
  it('gives sizes that add up to what was sent, and what of the last prompt was cached', async () => {
    const talk = await talked(4)
    const { window, pages } = await talk.kernel.call('context.window', { agent: AGENT })
    expect(window).toMatchObject({ agent: AGENT, model: 'm', limit: 1_000, answer: 100, tools: 0 })
    expect(window.lastPrompt).toEqual({ cached: 0, total: expect.any(Number) as number })
    const estimated = window.instructions + window.pages
    await talk.put(talk.turn('user', 'x'))
    const sent = await talk.answer(null)
    expect(Math.abs(sent.tokens - estimated)).toBeLessThan(40)
    expect(pages.every(({ state, why }) => state === 'in' && why === 'recent')).toBe(true)
  })

  it('does not know the limit of a model that was never loaded, and has no last prompt before the first', async () => {
    const kernel = await boot()
    await Talk.begin(kernel)
    const { window, pages } = await kernel.call('context.window', { agent: AGENT })
    expect(window).toMatchObject({ limit: null, lastPrompt: null, pages: 0 })
    expect(pages).toEqual([])
  })

  it('fails for an agent that does not exist', async () => {
    expect((await errorOf((await boot()).call('context.window', { agent: 'none' }))).code).toBe('not-found')
  })

  it('tells which pages are in, which are out, and why', async () => {
    const talk = await talked(30)
    const { kernel } = talk
    await kernel.call('context.pin', { agent: AGENT, turn: 't1' })
    await talk.say({ question: 'q', results: [words('r', 250)], answer: 'a' })
    for (let n = 40; n < 50; n += 1) await talk.say({ question: words(`q${n}x`, 9), answer: words(`a${n}x`, 9) })
    const { pages } = await kernel.call('context.window', { agent: AGENT })
    const seen = new Set(pages.map(({ state, why }) => `${state} ${why}`))
    expect(seen).toEqual(new Set(['in pinned', 'out evicted', 'out too-long', 'in recent']))
    expect(pages[0]).toMatchObject({ state: 'in', why: 'pinned' })
  })

  it('is told of again whenever something moved', async () => {
    const talk = await talked(3)
    const { kernel } = talk
    let told = 0
    const listening = kernel.events.subscribe(({ type }) => void (type === 'context' && (told += 1)))
    await kernel.call('context.pin', { agent: AGENT, turn: 't0' })
    expect(told).toBe(1)
    await kernel.call('context.unpin', { agent: AGENT, turn: 't0' })
    expect(told).toBe(2)
    await talk.say({ question: 'q', answer: 'a' })
    expect(told).toBe(3)
    listening[Symbol.dispose]()
  })
})

describe('moving pages', () => {
  it('pins the page with a turn, which then stays in however long the conversation gets', async () => {
    const talk = await talked(3)
    const page = await talk.kernel.call('context.pin', { agent: AGENT, turn: 't3' })
    expect(page).toMatchObject({ from: 2, to: 3, pinned: true, state: 'in', why: 'pinned' })
    for (let n = 3; n < 60; n += 1) {
      const window = await talk.say({ question: words(`q${n}x`, 9), answer: words(`a${n}x`, 9) })
      expect(window.messages.map(({ content }) => content)).toContain(words('q1x', 9))
    }
    expect(talk.windows.at(-1)?.messages[1]?.content).toBe(words('q1x', 9))
  })

  it('refuses to pin more than its share of the window, and says how much is', async () => {
    const talk = await talked(20)
    const refusal = async (): Promise<HearthError> => {
      for (const { id } of await turnsOf(talk.kernel.database)) {
        const error = await talk.kernel.call('context.pin', { agent: AGENT, turn: id }).then(
          () => null,
          (caught: unknown) => caught as HearthError,
        )
        if (error) return error
      }
      throw new Error('everything could be pinned')
    }
    const error = await refusal()
    expect(HearthError.is(error, 'over-limit') && error.data).toEqual({
      limit: 'pinned tokens',
      maximum: 500,
      retryAfterMs: null,
    })
    expect(error.message).toMatch(/about \d+ tokens, and with it \d+ would be pinned.* 1000 tokens holds 500/)
    const { pages } = await talk.kernel.call('context.window', { agent: AGENT })
    const pinned = pages.filter((page) => page.pinned).reduce((sum, { tokens }) => sum + tokens, 0)
    expect(pinned).toBeLessThanOrEqual(500)
    expect(pinned).toBeGreaterThan(400)
  })

  it('lets an unpinned page stay until pages have to go', async () => {
    const talk = await talked(3)
    await talk.kernel.call('context.pin', { agent: AGENT, turn: 't0' })
    const page = await talk.kernel.call('context.unpin', { agent: AGENT, turn: 't0' })
    expect(page).toMatchObject({ pinned: false, state: 'in', why: 'recent' })
  })

  it('takes a page out and puts it back in its place, from the next answer on', async () => {
    const talk = await talked(4)
    const { kernel } = talk
    const page = (await kernel.call('context.window', { agent: AGENT })).pages[1]?.id ?? ''
    await kernel.call('context.evict', { agent: AGENT, page })
    const without = await talk.say({ question: 'one', answer: 'a' })
    expect(without.messages.map(({ content }) => content)).not.toContain(words('q1x', 9))
    await kernel.call('context.restore', { agent: AGENT, page })
    const again = await talk.say({ question: 'two', answer: 'a' })
    expect(again.messages[3]?.content).toBe(words('q1x', 9))
    const { pages } = await kernel.call('context.window', { agent: AGENT })
    expect(pages[1]).toMatchObject({ state: 'in', why: 'recalled', faults: 1 })
  })

  it('does not take out what has to be in', async () => {
    const { kernel } = await talked(3)
    await kernel.call('context.pin', { agent: AGENT, turn: 't0' })
    const { pages } = await kernel.call('context.window', { agent: AGENT })
    for (const page of [pages[0], pages[2]]) {
      const error = await errorOf(kernel.call('context.evict', { agent: AGENT, page: page?.id ?? '' }))
      expect(error.code).toBe('conflict')
    }
  })

  it('fails for turns and pages that are not in the conversation', async () => {
    const { kernel } = await talked(2)
    expect((await errorOf(kernel.call('context.pin', { agent: AGENT, turn: 'none' }))).code).toBe('not-found')
    expect((await errorOf(kernel.call('context.evict', { agent: AGENT, page: 'none' }))).code).toBe('not-found')
  })

  it('finds a turn at the beginning of a long conversation', async () => {
    const talk = await Talk.begin(await boot())
    const turns = Array.from({ length: 700 }, (_, n) =>
      talk.turn(n % 2 === 0 ? 'user' : 'assistant', words(`w${n}`, 4)),
    )
    await talk.put(...turns)
    expect(await talk.kernel.call('context.pin', { agent: AGENT, turn: 't1' })).toMatchObject({ from: 0, pinned: true })
  })
})

describe('a model with another window', () => {
  it('has pages come back, newest first, when it holds more', async () => {
    const talk = await talked(30)
    const larger = await boot({ database: talk.kernel.database, contextTokens: 4_000 })
    const window = await new Talk(larger, undefined, 60).say({ question: 'q', answer: 'a' })
    expect(window.messages.length).toBeGreaterThan(50)
    expect(window.messages[1]?.content).toBe(words('q0x', 9))
  })

  it('has pages go when it holds less', async () => {
    const talk = await talked(10)
    const smaller = await boot({ database: talk.kernel.database, contextTokens: 500 })
    const window = await new Talk(smaller, undefined, 20).say({ question: 'q', answer: 'a' })
    expect(window.tokens).toBeLessThanOrEqual(400)
  })
})
