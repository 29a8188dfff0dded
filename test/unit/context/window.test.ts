import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HearthError, type Turn } from '../../../kernel/abi/index.ts'
import type { AnswerWindow } from '../../../kernel/core/context/service.ts'
import { LEFT_OUT_AFTER, LEFT_OUT_BEFORE, QUOTED, SHORTENED } from '../../../kernel/core/context/render.ts'
import { AGENT, agentOf, boot, realTokens, Talk, turnsOf, words, type Said } from './harness.ts'

const contents = ({ messages }: AnswerWindow): string[] => messages.map(({ content }) => content)
const questions = (window: AnswerWindow): string[] =>
  window.messages.flatMap(({ role, content }) => (role === 'user' ? [content] : []))

describe('the window', () => {
  it('shows everything in order while it fits', async () => {
    const talk = await Talk.begin(await boot())
    await talk.say({ question: 'q1', results: ['r1'], answer: 'a1' })
    const window = await talk.say({ question: 'q2', answer: 'a2' })
    expect(window.messages.map(({ role, content }) => [role, content])).toEqual([
      ['system', 'Be brief.'],
      ['user', 'q1'],
      ['assistant', ''],
      ['tool', '"r1"'],
      ['assistant', 'a1'],
      ['user', 'q2'],
    ])
  })

  it('keeps every earlier message in place until the budget is exceeded, and then evicts a block', async () => {
    const talk = await Talk.begin(await boot())
    for (let n = 0; n < 60; n += 1) await talk.say({ question: words(`q${n}x`, 8), answer: words(`a${n}x`, 8) })
    const blocks: number[] = []
    for (const [n, window] of talk.windows.entries()) {
      const before = talk.windows[n - 1]
      if (!before || contents(before).every((text, place) => contents(window)[place] === text)) continue
      blocks.push(n)
      expect(window.tokens).toBeLessThanOrEqual(900 * 0.6)
    }
    expect(blocks.length).toBeGreaterThan(2)
    // Several questions between two blocks.
    for (const [place, n] of blocks.entries()) expect(n - (blocks[place - 1] ?? -5)).toBeGreaterThanOrEqual(5)
  })

  it('replaces the oldest results of the newest exchange by a note rather than fail', async () => {
    const talk = await Talk.begin(await boot())
    const [older, newer] = ['older '.repeat(300), 'newer '.repeat(300)]
    await talk.say({ question: 'q', results: [older, newer], answer: 'a' })
    const results = talk.windows.at(-1)?.messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []))
    expect(results).toEqual([SHORTENED, `"${newer}"`])
  })

  it('lets the engine decide when only the guess says that a question is too long', async () => {
    const kernel = await boot()
    const talk = await Talk.begin(kernel)
    const window = await talk.say({ question: 'word '.repeat(450), answer: 'a' })
    expect(window.tokens).toBeGreaterThan(900)
    expect(realTokens(window.messages)).toBeLessThan(900)
    // It has learnt, and does not guess so again.
    const again = await talk.say({ question: 'word '.repeat(450), answer: 'a' })
    expect(again.tokens).toBeLessThanOrEqual(900)
  })

  it('gets smaller each time the engine finds it too long, and says so when there is nothing left to leave out', async () => {
    const kernel = await boot()
    const talk = await Talk.begin(kernel)
    for (let n = 0; n < 6; n += 1) await talk.say({ question: words(`q${n}x`, 10), answer: words(`a${n}x`, 10) })
    await talk.put(talk.turn('user', words('last', 30)))
    const request = { agent: talk.agent, model: kernel.model, tools: [], round: 1, begun: null }
    let window = await kernel.context.open(request)
    const sizes: number[] = []
    const refusal = async (): Promise<never> => {
      for (;;) {
        sizes.push(window.messages.length)
        window = await kernel.context.reopen(request, window, { tokens: 1_500, limitTokens: 1_000 })
      }
    }
    const error: unknown = await refusal().catch((caught: unknown) => caught)
    expect(HearthError.is(error, 'context-overflow') && error.data).toEqual({ tokens: 1_500, limitTokens: 900 })
    expect(sizes).toEqual([...new Set(sizes)].sort((left, right) => right - left))
    expect(sizes.at(-1)).toBe(2)
  })

  it('says where parts of a long exchange are missing, and keeps the order of roles', async () => {
    const kernel = await boot()
    const talk = await Talk.begin(kernel)
    await talk.say({ question: 'q', results: [1, 2, 3].map((n) => words(`r${n}x`, 130)), answer: 'final' })
    await talk.say({ question: words('next', 60), answer: 'a' })
    const { pages } = await kernel.call('context.window', { agent: AGENT })
    expect(pages.length).toBeGreaterThan(3)
    const parts = pages.slice(0, -1)
    for (const [place, page] of parts.entries()) {
      await kernel.call(place === 1 ? 'context.restore' : 'context.evict', { agent: AGENT, page: page.id })
    }
    const middle = await talk.say({ question: 'one', answer: 'a' })
    expect(contents(middle)).toContain(LEFT_OUT_BEFORE)
    expect(contents(middle)).toContain(LEFT_OUT_AFTER)
    expect(middle.messages.map(({ role }) => role).slice(0, 6)).toEqual([
      ...['system', 'user', 'assistant', 'tool', 'assistant', 'user'],
    ])
  })

  it('sends the same messages again for an answer that another kernel began', async () => {
    const kernel = await boot()
    const talk = await Talk.begin(kernel)
    for (let n = 0; n < 30; n += 1) await talk.say({ question: words(`q${n}x`, 9), answer: words(`a${n}x`, 9) })
    await talk.say({ question: 'What was q3x4 about?', results: [words('big', 250), words('huge', 250)], answer: 'a' })
    const window = talk.windows.at(-1)
    expect(window?.record.shortened.length).toBeGreaterThan(0)
    expect(window?.record.shown.some(({ quoted }) => quoted)).toBe(true)
    // Another kernel whose guess is another one, and a conversation that has gone on.
    const next = await boot({ database: kernel.database, contextTokens: 4_000 })
    next.calibrations.update('m', { tokensPerByte: 0.9 })
    const request = { agent: talk.agent, model: next.model, tools: [], round: 1 }
    const again = await next.context.open({ ...request, begun: window?.record ?? null })
    expect(again.messages).toEqual(window?.messages)
    expect(again.maxTokens).toBe(window?.maxTokens)
    expect(again.record).toEqual(window?.record)
  })
})

const said: fc.Arbitrary<Said> = fc
  .record({
    question: fc.integer({ min: 1, max: 40 }),
    results: fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 3 }),
    answer: fc.integer({ min: 0, max: 40 }),
    topic: fc.constantFrom('tea', 'dogs', 'ships'),
  })
  .map(({ question, results, answer, topic }) => ({
    question: `${topic} ${words('q', question)}`,
    results: results.map((size) => words('r', size)),
    answer: `${topic} ${words('a', answer)}`,
  }))

type Step = { do: 'say'; said: Said } | { do: 'pin' | 'unpin' | 'evict' | 'restore'; which: number }
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: said.map((one) => ({ do: 'say', said: one }) as const) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('pin', 'unpin', 'evict', 'restore'),
      which: fc.nat({ max: 30 }),
    }),
  },
)

/** Carries out a step; one that is refused changes nothing. */
async function take(talk: Talk, step: Step): Promise<void> {
  if (step.do === 'say') return void (await talk.say(step.said))
  const { kernel } = talk
  const { pages } = await kernel.call('context.window', { agent: AGENT })
  const page = pages[step.which % Math.max(1, pages.length)]
  const turn = (await turnsOf(kernel.database)).find(({ index }) => index === page?.from)
  if (!page || !turn) return
  const moved =
    step.do === 'pin' || step.do === 'unpin'
      ? kernel.call(`context.${step.do}`, { agent: AGENT, turn: turn.id })
      : kernel.call(`context.${step.do}`, { agent: AGENT, page: page.id })
  await moved.catch((error: unknown) => expect(['over-limit', 'conflict']).toContain((error as HearthError).code))
}

/** The turns a window shows in their own place, and those it quotes. */
function shownTurns({ record }: AnswerWindow, turns: readonly Turn[]): { own: Turn[]; quoted: Turn[] } {
  const within = (quoted: boolean): Turn[] =>
    record.shown
      .filter((stretch) => (stretch.quoted === true) === quoted)
      .flatMap(({ from, to }) => turns.filter(({ index }) => index >= from && index <= to))
  return { own: within(false), quoted: within(true) }
}

/** What is quoted, and for which question. */
const quotesOf = ({ record }: AnswerWindow): string[] =>
  record.shown.flatMap(({ from, to, quoted }, place) => {
    const question = record.shown.slice(place).find((stretch) => !stretch.quoted)
    return quoted ? [`${from} to ${to} for ${question?.from ?? -1}`] : []
  })

/** Turns and results that left between two windows, or came back to their own place in the later one. */
function leftOf(before: AnswerWindow, after: AnswerWindow, turns: readonly Turn[]): number {
  const [earlier, later] = [shownTurns(before, turns), shownTurns(after, turns)]
  const newest = earlier.own.at(-1)?.index ?? 0
  const left = [
    ...earlier.own.filter((turn) => !later.own.includes(turn)),
    ...quotesOf(before).filter((quote) => !quotesOf(after).includes(quote)),
    ...later.own.filter((turn) => turn.index < newest && !earlier.own.includes(turn)),
    ...after.record.shortened.filter((index) => index <= newest && !before.record.shortened.includes(index)),
    ...before.record.shortened.filter((index) => !after.record.shortened.includes(index)),
  ]
  return left.length
}

describe('every window of every conversation', () => {
  it('is within the limit, has all pinned pages, keeps the order, and has no result without its call', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const kernel = await boot({ contextTokens: 900 })
        const talk = await Talk.begin(kernel, agentOf({ sampling: { temperature: 0, topP: 1, maxTokens: 100 } }))
        for (const one of steps) {
          const opened = talk.windows.length
          await take(talk, one)
          const turns = await turnsOf(kernel.database)
          for (const window of talk.windows.slice(opened)) {
            const { own } = shownTurns(window, turns)
            const order = own.map(({ index }) => index)
            expect(order).toEqual([...new Set(order)].sort((left, right) => left - right))
            const called = new Set(window.messages.flatMap(({ toolCalls }) => toolCalls?.map(({ id }) => id) ?? []))
            for (const { toolCallId } of window.messages)
              if (toolCallId !== undefined) expect(called.has(toolCallId)).toBe(true)
          }
          const last = talk.windows.at(-1)
          if (one.do !== 'say' || !last) continue
          expect(questions(last).at(-1)).toBe(one.said.question)
          const { pages } = await kernel.call('context.window', { agent: AGENT })
          for (const { pinned, from, to } of pages) {
            if (!pinned) continue
            expect(last.record.shown.some((shown) => !shown.quoted && shown.from <= from && to - 1 <= shown.to)).toBe(
              true,
            )
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('never exceeds the budget by its own guess unless the newest exchange and the pinned pages alone do', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const kernel = await boot({ contextTokens: 900 })
        const talk = await Talk.begin(kernel)
        for (const one of steps) {
          await take(talk, one)
          const window = talk.windows.at(-1)
          if (one.do !== 'say' || !window || window.tokens <= 800) continue
          const { pages } = await kernel.call('context.window', { agent: AGENT })
          const newest = (await turnsOf(kernel.database)).findLast(({ role }) => role === 'user')?.index ?? 0
          const needed = pages.filter(({ from, pinned }) => pinned || from >= newest)
          for (const { from, quoted } of window.record.shown) {
            if (!quoted) expect(needed.some((page) => page.from <= from && from <= page.to)).toBe(true)
          }
          const results = (await turnsOf(kernel.database)).filter(
            ({ role, index }) => role === 'tool' && index > newest,
          )
          expect(window.record.shortened).toEqual(results.map(({ index }) => index))
        }
      }),
      { numRuns: 40 },
    )
  })

  it('shares with the one before everything before the new turns, unless something left or came back to its place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(said, { minLength: 2, maxLength: 30 }), async (talkOf) => {
        const kernel = await boot({ contextTokens: 900 })
        const talk = await Talk.begin(kernel)
        for (const one of talkOf) await talk.say(one)
        const turns = await turnsOf(kernel.database)
        for (const [n, after] of talk.windows.entries()) {
          const before = talk.windows[n - 1]
          if (!before || leftOf(before, after, turns) > 0) continue
          expect(contents(after).slice(0, before.messages.length)).toEqual(contents(before))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('shows an exchange whole, or has a note where parts of it are missing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 25 }), async (steps) => {
        const talk = await Talk.begin(await boot({ contextTokens: 900 }))
        for (const one of steps) await take(talk, one)
        const turns = await turnsOf(talk.kernel.database)
        for (const window of talk.windows) {
          for (const [place, { from }] of window.record.shown.entries()) {
            const first = turns.find(({ index }) => index === from)
            if (first?.role === 'user') continue
            const noted = contents(window).some((text) => text.includes('left out'))
            expect(noted || place === 0).toBe(true)
          }
          for (const { content, role } of window.messages) if (content.startsWith(QUOTED)) expect(role).toBe('user')
        }
      }),
      { numRuns: 40 },
    )
  })
})
