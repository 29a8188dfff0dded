import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Turn } from '../../../kernel/abi/index.ts'
import { PageTable } from '../../../kernel/core/context/page-table.ts'
import { createPageStore } from '../../../kernel/core/context/page-store.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import type { PageRecord } from '../../../kernel/core/storage/records.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createDyingDatabase } from '../agents/harness.ts'
import { AGENT, boot, Talk, turnsOf, words } from './harness.ts'

/** A page says nothing about turns that they do not: the same pages come of them when they are read anew. */
function expectTrue(pages: readonly PageRecord[], turns: readonly Turn[]): void {
  const fresh = new PageTable(AGENT)
  fresh.append(turns)
  const said = ({ id, from, to, turns: count, begins, items, bytes, counted, trust, stub }: PageRecord): unknown => ({
    ...{ id, from, to, count, begins, items, bytes, counted, trust, stub },
  })
  expect(pages.map(said)).toEqual(fresh.pages.map(said))
}

describe('pages', () => {
  it('are one to an exchange, with who said something from outside and the first words', async () => {
    const kernel = await boot()
    const talk = await Talk.begin(kernel)
    await talk.say({ question: 'How are\n you?', answer: 'Well.' })
    await talk.say({ question: 'Look it up', results: ['from the web'], answer: 'Found.' })
    const { pages } = await kernel.call('context.window', { agent: AGENT })
    expect(pages.map(({ from, to, trust, stub }) => [from, to, trust, stub])).toEqual([
      [0, 1, 'trusted', 'How are you?'],
      [2, 5, 'untrusted', 'Look it up'],
    ])
  })

  it('are parts of a very long exchange, none of which begins with a result', async () => {
    const kernel = await boot()
    const talk = await Talk.begin(kernel)
    await talk.say({ question: 'q', results: [1, 2, 3, 4].map((n) => words(`r${n}x`, 130)), answer: 'a' })
    const turns = await turnsOf(kernel.database)
    const { pages } = await kernel.call('context.window', { agent: AGENT })
    expect(pages.length).toBe(5)
    const roles = pages.map(({ from }) => turns.find(({ index }) => index === from)?.role)
    expect(roles).toEqual(['user', 'assistant', 'assistant', 'assistant', 'assistant'])
  })

  it('come out the same however many turns at a time they are made of', () => {
    const role = fc.constantFrom<Turn['role']>('user', 'assistant', 'tool')
    fc.assert(
      fc.property(
        fc.array(fc.tuple(role, fc.nat(400)), { maxLength: 40 }),
        fc.array(fc.nat(5), { minLength: 40, maxLength: 40 }),
        (made, cuts) => {
          const talk = new Talk({} as never)
          const turns = made.map(([as, size]) => talk.turn(as, 'x'.repeat(size)))
          const whole = new PageTable(AGENT)
          whole.append(turns)
          const parts = new PageTable(AGENT)
          let start = 0
          for (const cut of cuts) {
            const end = start + cut + 1
            // Some are given again.
            parts.append(turns.slice(Math.max(0, start - 2), end))
            start = end
          }
          expect(parts.pages).toEqual(whole.pages)
        },
      ),
    )
  })

  it('are found by the turn they have', () => {
    const talk = new Talk({} as never)
    const table = new PageTable(AGENT)
    const turns = Array.from({ length: 101 }, (_, n) => talk.turn(n % 2 === 0 ? 'user' : 'assistant', 'x'))
    table.append(turns)
    for (const { index } of turns) expect(table.at(index)?.from).toBe(index - (index % 2))
    expect(table.at(101)).toBeUndefined()
    expect(table.at(-1)).toBeUndefined()
  })

  it('go with the turns when a question is replaced, a conversation cleared or its agent deleted', async () => {
    const kernel = await boot()
    const talk = await Talk.begin(kernel)
    for (let n = 0; n < 5; n += 1) await talk.say({ question: `q${n}`, answer: `a${n}` })
    await talk.deleteFrom(6)
    await talk.say({ question: 'instead', answer: 'a' })
    const { pages } = await kernel.call('context.window', { agent: AGENT })
    expect(pages.map(({ stub }) => stub)).toEqual(['q0', 'q1', 'q2', 'instead'])
    expect(talk.windows.at(-1)?.messages.map(({ content }) => content)).toEqual([
      ...['Be brief.', 'q0', 'a0', 'q1', 'a1', 'q2', 'a2', 'instead'],
    ])
    await talk.deleteFrom(0)
    expect((await kernel.call('context.window', { agent: AGENT })).pages).toEqual([])
    expect(await kernel.database.list('pages')).toEqual([])
    await talk.say({ question: 'anew', answer: 'a' })
    expect((await kernel.call('context.window', { agent: AGENT })).pages.map(({ stub }) => stub)).toEqual(['anew'])
  })
})

type Act = { do: 'say'; results: number } | { do: 'replace' | 'pin' | 'clear'; which: number }
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('say' as const), results: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('replace', 'pin', 'clear'), which: fc.nat(9) }) },
)

/** Does as told on a kernel over `database`, which may die under it at any commit. */
async function live(database: Database, acts: readonly Act[]): Promise<void> {
  const kernel = await boot({ database, contextTokens: 700 })
  const talk = await Talk.begin(kernel)
  for (const [n, one] of acts.entries()) {
    if (one.do === 'say') {
      const results = Array.from({ length: one.results }, (_, place) => words(`r${n}y${place}z`, 60))
      await talk.say({ question: words(`q${n}x`, 12), results, answer: words(`a${n}x`, 12) })
      continue
    }
    const turns = (await turnsOf(database)).filter(({ role }) => role === 'user')
    const turn = turns[one.which % Math.max(1, turns.length)]
    if (one.do === 'clear' && one.which < 3) await talk.deleteFrom(0)
    else if (one.do === 'replace' && turn) await talk.deleteFrom(turn.index)
    else if (turn) await kernel.call('context.pin', { agent: AGENT, turn: turn.id }).catch(() => undefined)
  }
}

describe('a kernel that dies at any commit', () => {
  it('leaves pages that agree with the turns, in the store and for the next kernel', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { minLength: 1, maxLength: 12 }),
        fc.nat(60),
        fc.boolean(),
        async (acts, at, applied) => {
          const database = createMemoryDatabase()
          const dying = createDyingDatabase(database, at, applied)
          await Promise.race([live(dying, acts), dying.dead])
          const turns = await turnsOf(database)
          const stored = await database.list('pages')
          // Those stored may lack the last turns and none else.
          for (const { from, to, turns: count } of stored) {
            expect(turns.filter(({ index }) => index >= from && index <= to).length).toBe(count)
          }
          const store = createPageStore(database)
          const { table } = await store.open(AGENT)
          expectTrue(table.pages, turns)
          for (const { id, pinned } of stored) expect(table.find(id)?.pinned).toBe(pinned)
          // And a conversation goes on from there.
          const next = await boot({ database, contextTokens: 700 })
          const talk = new Talk(next, undefined, (turns.at(-1)?.index ?? -1) + 1)
          await talk.say({ question: 'and now', answer: 'this' })
          expectTrue((await createPageStore(database).open(AGENT)).table.pages, await turnsOf(database))
        },
      ),
      { numRuns: 150 },
    )
  })

  it('keeps pins and what was evicted across restarts', async () => {
    const kernel = await boot()
    const talk = await Talk.begin(kernel)
    for (let n = 0; n < 40; n += 1) await talk.say({ question: words(`q${n}x`, 9), answer: words(`a${n}x`, 9) })
    const [first] = await turnsOf(kernel.database)
    await kernel.call('context.pin', { agent: AGENT, turn: first?.id ?? '' })
    const before = await kernel.call('context.window', { agent: AGENT })
    const next = await boot({ database: kernel.database })
    expect((await next.call('context.window', { agent: AGENT })).pages).toEqual(before.pages)
    const shown = before.pages.filter(({ state }) => state === 'in').map(({ pinned }) => pinned)
    expect(shown[0]).toBe(true)
  })

  it('derives all pages anew when what is stored cannot be true, and keeps what people did to them', async () => {
    const kernel = await boot()
    const talk = await Talk.begin(kernel)
    for (let n = 0; n < 6; n += 1) await talk.say({ question: `q${n}`, answer: `a${n}` })
    await kernel.call('context.pin', { agent: AGENT, turn: 't4' })
    const [, second] = await kernel.database.list('pages')
    if (second)
      await kernel.database.commit([{ op: 'put', store: 'pages', value: { ...second, from: 3, turns: 9 } }], 'strict')
    const { table } = await createPageStore(kernel.database).open(AGENT)
    expectTrue(table.pages, await turnsOf(kernel.database))
    expect(table.pages.filter(({ pinned }) => pinned).map(({ from }) => from)).toEqual([4])
    expectTrue(await kernel.database.list('pages'), await turnsOf(kernel.database))
  })
})
