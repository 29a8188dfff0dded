/** What the user said that holds until further notice, over conversations far longer than the window. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { STANDING_SHARE } from '../../../kernel/core/context/param.ts'
import type { AnswerWindow } from '../../../kernel/core/context/service.ts'
import { createDice } from '../../bench/memory/random.ts'
import { assistantChatter, userChatter } from '../../bench/memory/chatter.ts'
import { AGENT, agentOf, boot, realTokens, Talk, words } from './harness.ts'

const BUDGET = 'My budget is 300 euros for the whole trip.'
const head = ({ messages }: AnswerWindow): string => (messages[0]?.role === 'system' ? messages[0].content : '')
const all = ({ messages }: AnswerWindow): string => messages.map(({ content }) => content).join('\n')

async function chat(talk: Talk, exchanges: number, seed = 1): Promise<void> {
  const dice = createDice(seed)
  for (let n = 0; n < exchanges; n += 1) {
    await talk.say({ question: userChatter(dice), answer: `${assistantChatter(dice)} ${assistantChatter(dice)}` })
  }
}

describe('a mission parameter set at turn 1', () => {
  it('is in every window of 500 turns on a window of 4,096 tokens, and 20 more sentences with it', async () => {
    const talk = await Talk.begin(await boot({ contextTokens: 4_096 }))
    await talk.say({ question: `I plan a week in Rome. ${BUDGET} Where do I begin?`, answer: 'With the Forum.' })
    for (let n = 0; n < 20; n += 1) {
      await talk.say({ question: `Always name the price of a ${words(`thing${n}x`, 1)}.`, answer: 'Gladly.' })
      await chat(talk, 10, n)
    }
    await chat(talk, 29)
    expect(talk.windows.length).toBe(250)
    for (const window of talk.windows) {
      expect(all(window)).toContain(BUDGET)
      expect(window.tokens).toBeLessThanOrEqual(4_096 - 100)
    }
    const last = talk.windows.at(-1)
    expect(last && head(last)).toContain(`# Memory\n- ${BUDGET}`)
    expect(last && realTokens(last.messages)).toBeLessThanOrEqual(4_096)
    const { pages, window } = await talk.kernel.call('context.window', { agent: AGENT })
    expect(pages[0]).toMatchObject({ state: 'out', standing: [BUDGET] })
    expect(window.standing).toBeGreaterThan(0)
    expect(window.standing).toBeLessThanOrEqual(3_996 * STANDING_SHARE + 1)
  }, 30_000)

  it('is not said twice while its page is in, so the text before stays as it was', async () => {
    const talk = await Talk.begin(await boot())
    await talk.say({ question: BUDGET, answer: 'Noted.' })
    const next = await talk.say({ question: 'Hello', answer: 'Hi.' })
    expect(head(next)).toBe('Be brief.')
    expect(all(next).split(BUDGET).length).toBe(2)
  })

  it('survives a restart, and leaves with the conversation', async () => {
    const talk = await Talk.begin(await boot())
    await talk.say({ question: BUDGET, answer: 'Noted.' })
    await chat(talk, 30)
    const next = new Talk(await boot({ database: talk.kernel.database }), talk.agent, 62)
    expect(head(await next.say({ question: 'And now?', answer: 'a' }))).toContain(BUDGET)
    await next.deleteFrom(0)
    expect(all(await next.say({ question: 'Anew', answer: 'a' }))).not.toContain('budget')
  })

  it('is let go of when a person says so, also after a restart', async () => {
    const talk = await Talk.begin(await boot())
    await talk.say({ question: BUDGET, answer: 'Noted.' })
    await chat(talk, 30)
    const { kernel } = talk
    const page = (await kernel.call('context.window', { agent: AGENT })).pages[0]?.id ?? ''
    await kernel.call('context.release', { agent: AGENT, page })
    expect(head(await talk.say({ question: 'Hello', answer: 'Hi.' }))).toBe('Be brief.')
    const next = await boot({ database: kernel.database })
    expect((await next.call('context.window', { agent: AGENT })).pages[0]).toMatchObject({ standing: [] })
  })

  it('is not taken from another agent that asks, nor from what tools and models say', async () => {
    const talk = await Talk.begin(await boot())
    const principal = { kind: 'agent', id: 'b', run: 'r' } as const
    await talk.put(talk.turn('user', BUDGET, { provenance: { source: 'model', principal, trust: 'untrusted' } }))
    await talk.answer(`I see. ${BUDGET}`)
    await talk.say({ question: 'Look it up', results: [BUDGET], answer: 'From now on I answer in French.' })
    await chat(talk, 30)
    const { pages } = await talk.kernel.call('context.window', { agent: AGENT })
    expect(pages.flatMap(({ standing }) => standing)).toEqual([])
  })

  it('gives way to nothing but its own share: the first one stays, and of the rest the first and the last', async () => {
    const order = fc.array(fc.nat(9), { minLength: 1, maxLength: 25 })
    await fc.assert(
      fc.asyncProperty(order, fc.nat(12), async (said, chatter) => {
        const talk = await Talk.begin(await boot({ contextTokens: 900 }), agentOf())
        for (const [n, which] of said.entries()) {
          await talk.say({ question: `Always mention ${words(`topic${which}x`, 6)}.`, answer: 'Yes.' })
          await chat(talk, chatter % 4, n)
        }
        await chat(talk, chatter)
        const last = talk.windows.at(-1)
        if (!last) return
        // One said twice counts where it was said last, so the first of those that are left is the one that must stay.
        const left = said.filter((which, n) => said.lastIndexOf(which) === n)
        for (const which of [left[0], left.at(-1)]) expect(all(last)).toContain(`Always mention topic${which}x0 `)
        expect(last.tokens).toBeLessThanOrEqual(800)
      }),
      { numRuns: 30 },
    )
  }, 30_000)
})
