import { describe, expect, it } from 'vitest'
import { QUOTED } from '../../../kernel/core/context/render.ts'
import type { AnswerWindow } from '../../../kernel/core/context/service.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { AGENT, agentOf, boot, Talk, words } from './harness.ts'

const contents = (window: AnswerWindow | undefined): string[] => window?.messages.map(({ content }) => content) ?? []

/** A conversation whose first exchange is about a ferry and has long left the window. */
async function aboutTheFerry(): Promise<Talk> {
  const talk = await Talk.begin(await boot())
  await talk.say({ question: 'The ferry to Elba leaves at nine', answer: 'Noted, ferry at nine.' })
  for (let n = 0; n < 40; n += 1) await talk.say({ question: words(`q${n}x`, 9), answer: words(`a${n}x`, 9) })
  return talk
}

describe('a page that was evicted', () => {
  it('comes back, marked and right before the question that is about it', async () => {
    const talk = await aboutTheFerry()
    expect(contents(talk.windows.at(-1)).join()).not.toContain('ferry')
    const window = await talk.say({ question: 'When does the ferry leave?', answer: 'At nine.' })
    expect(window.messages.slice(-3)).toEqual([
      { role: 'user', content: `${QUOTED}\nThe ferry to Elba leaves at nine` },
      { role: 'assistant', content: 'Noted, ferry at nine.' },
      { role: 'user', content: 'When does the ferry leave?' },
    ])
    const { pages } = await talk.kernel.call('context.window', { agent: AGENT })
    expect(pages[0]).toMatchObject({ state: 'in', why: 'recalled', faults: 1, usedAt: 1_750_000_000_000 })
  })

  it('stays with that question, so that what follows only adds at the end', async () => {
    const talk = await aboutTheFerry()
    const asked = await talk.say({ question: 'When does the ferry leave?', answer: 'At nine.' })
    const next = await talk.say({ question: 'Thank you', answer: 'Welcome.' })
    expect(contents(next).slice(0, asked.messages.length)).toEqual(contents(asked))
    // And is not brought back a second time while it is there.
    const again = await talk.say({ question: 'Which ferry?', answer: 'The ferry.' })
    expect(contents(again).filter((text) => text.startsWith(QUOTED)).length).toBe(1)
  })

  it('leaves again with the question it came back for', async () => {
    const talk = await aboutTheFerry()
    await talk.say({ question: 'When does the ferry leave?', answer: 'At nine.' })
    for (let n = 50; n < 90; n += 1) await talk.say({ question: words(`q${n}x`, 9), answer: words(`a${n}x`, 9) })
    const { pages } = await talk.kernel.call('context.window', { agent: AGENT })
    expect(pages[0]).toMatchObject({ state: 'out', why: 'evicted', faults: 1 })
  })

  it('does not come back for a question that only shares a word in passing', async () => {
    const talk = await aboutTheFerry()
    const window = await talk.say({
      question: 'Which museums in Rome, Florence and Elba open on Mondays?',
      answer: 'None.',
    })
    expect(contents(window).some((text) => text.startsWith(QUOTED))).toBe(false)
  })

  it('does not come back by itself once a person has put it out, until a person puts it back', async () => {
    const talk = await aboutTheFerry()
    const { kernel } = talk
    const page = (await kernel.call('context.window', { agent: AGENT })).pages[0]?.id ?? ''
    await kernel.call('context.evict', { agent: AGENT, page })
    const without = await talk.say({ question: 'When does the ferry leave?', answer: '?' })
    expect(contents(without).join()).not.toContain('Elba')
    await kernel.call('context.restore', { agent: AGENT, page })
    const restored = await talk.say({ question: 'And now?', answer: 'At nine.' })
    expect(contents(restored)[1]).toBe('The ferry to Elba leaves at nine')
  })

  it('takes no more of the window than its share', async () => {
    const talk = await Talk.begin(await boot())
    for (let n = 0; n < 12; n += 1) await talk.say({ question: `ferry ${words('f', 30)}`, answer: words('f', 30) })
    for (let n = 0; n < 30; n += 1) await talk.say({ question: words(`q${n}x`, 9), answer: words(`a${n}x`, 9) })
    const window = await talk.say({ question: 'Which ferry?', answer: 'a' })
    const { pages } = await talk.kernel.call('context.window', { agent: AGENT })
    const recalled = pages.filter(({ why }) => why === 'recalled')
    expect(recalled.length).toBeGreaterThan(0)
    expect(recalled.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(900 * 0.2)
    expect(window.tokens).toBeLessThanOrEqual(900)
  })

  it('comes back for a question whose own arrival evicts it', async () => {
    const talk = await Talk.begin(await boot())
    await talk.say({ question: 'The ferry to Elba leaves at nine', answer: 'Noted.' })
    let n = 0
    const { kernel } = talk
    const room = async (): Promise<number> => {
      const { window, pages } = await kernel.call('context.window', { agent: AGENT })
      return pages.some(({ state }) => state === 'out') ? Infinity : 900 - window.pages - window.instructions
    }
    while ((await room()) > 100) await talk.say({ question: words(`q${n}x`, 4), answer: words(`a${(n += 1)}x`, 4) })
    const question = `When does the ferry to Elba leave, at nine? ${words('really', 1).repeat(60)}`
    const window = await talk.say({ question, answer: 'At nine.' })
    expect(contents(window)[1]).not.toContain('Elba')
    expect(contents(window)).toContain(`${QUOTED}\nThe ferry to Elba leaves at nine`)
  })
})

describe('a conversation of 5,000 turns', () => {
  /** Counts the turns that are read. */
  function counting(database: Database): Database & { turns: number } {
    const counted = {
      ...database,
      turns: 0,
      list: async (...args: Parameters<Database['list']>) => {
        const records = await database.list(...args)
        if (args[0] === 'turns') counted.turns += records.length
        return records as never
      },
    }
    return counted
  }

  it('is read once, and from then on only what the window shows', async () => {
    const database = createMemoryDatabase()
    const before = await Talk.begin(await boot({ database }), agentOf())
    const all = Array.from({ length: 2_500 }, (_, n) => [
      before.turn('user', n === 3 ? 'The ferry to Elba leaves at nine' : words(`q${n}x`, 12)),
      before.turn('assistant', words(`a${n}x`, 12)),
    ])
    for (const turns of all) await before.put(...turns)
    const counted = counting(database)
    const talk = new Talk(await boot({ database: counted, contextTokens: 4_000 }), agentOf(), 5_000)
    const read: number[] = []
    const times: number[] = []
    for (const question of ['First?', 'Second?', 'When does the ferry to Elba leave?', 'Fourth?']) {
      const start = counted.turns
      const began = performance.now()
      await talk.say({ question, answer: 'Yes.' })
      read.push(counted.turns - start)
      times.push(performance.now() - began)
    }
    console.log(
      `5,000 turns: turns read ${read.join(', ')}; ${times.map((ms) => ms.toFixed(1)).join(', ')} ms a question`,
    )
    expect(contents(talk.windows[2])).toContain(`${QUOTED}\nThe ferry to Elba leaves at nine`)
    for (const window of talk.windows) expect(window.tokens).toBeLessThanOrEqual(3_900)
    // The first reads all for its pages, and all that is out for its index; from then on, the window and what is new.
    expect(read[0]).toBeLessThanOrEqual(2 * 5_000 + 200)
    for (const turns of read.slice(1)) expect(turns).toBeLessThanOrEqual(160)

    // Another kernel reads the pages instead of the turns.
    const again = counting(database)
    const next = new Talk(await boot({ database: again, contextTokens: 4_000 }), agentOf(), 5_008)
    await next.kernel.call('context.window', { agent: AGENT })
    expect(again.turns).toBeLessThanOrEqual(40)
  })
})
