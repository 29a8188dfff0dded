/** The kernel dies at every moment it can be caught at, and a page's calls and streams go on with the next one. */
import { expect, test } from 'vitest'
import type { Hearth, Run, RunEvent } from '../../../sdk/index.ts'
import type { GenerateRequest } from '../../../kernel/core/engines/engine.ts'
import { addModel, MemoryBrowser } from './fixture.ts'

/** Calls the page's tool once, then says that it did. */
function* script({ messages }: GenerateRequest) {
  if (messages.at(-1)?.role === 'tool') yield* ['The ', 'order ', 'is ', 'refunded.']
  else {
    yield 'One moment. '
    yield { call: { id: 'call-1', name: 'refund', arguments: '{"order":7}' } }
  }
}

const pace = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

interface Story {
  refunds: number
  events: RunEvent[]
  run: Run
  text: string
  facts: PromiseSettledResult<string>[]
}

/** A page's work: a run with a tool of its own, and facts, all at once. */
async function work(hearth: Hearth, agent: string): Promise<Story> {
  let refunds = 0
  hearth.tools.register<{ order: number }>({
    ...{ name: 'refund', description: 'Refunds an order.', parameters: { type: 'object' } },
    execute: ({ order }) => {
      refunds++
      return `order ${order} refunded`
    },
  })
  const run = (await hearth.agents.get(agent)).run('Refund order 7')
  const facts = Promise.allSettled(['one', 'two', 'three'].map(async (text) => (await hearth.memory.add(text)).id))
  const events: RunEvent[] = []
  for await (const event of run) {
    events.push(event)
    if (event.type === 'undecided') await decide(hearth, await run.id)
  }
  return { refunds, events, run: await run.result, text: await run.text(), facts: await facts }
}

/** The person looks, and says that it did not happen; as often as the kernel dies over it. */
async function decide(hearth: Hearth, id: string): Promise<void> {
  for (;;) {
    const undecided = (await hearth.runs.list({ active: true })).find((run) => run.id === id)?.undecided
    if (!undecided) return
    await hearth.runs.decide(id, { call: undecided.id, decision: 'not-done' }).catch(() => undefined)
  }
}

async function tell(kill: (browser: MemoryBrowser, commit: number, moment: 'before' | 'after') => boolean) {
  const browser = new MemoryBrowser({ script, pace })
  const hearth = await browser.open()
  await addModel(hearth)
  const { id } = await hearth.agents.create({ name: 'Clerk', tools: ['refund'] })
  const base = browser.commits
  let killed = false
  browser.onCommit = (moment, count) => {
    if (!kill(browser, count - base, moment)) return
    killed = true
    browser.kill()
  }
  const story = await work(hearth, id)
  browser.onCommit = () => undefined
  const memories = await hearth.memory.list()
  const { turns } = await (await hearth.agents.get(id)).history()
  const { boots } = browser
  await browser[Symbol.asyncDispose]()
  return { ...story, memories: memories.map(({ text }) => text), turns, boots, killed }
}

function expectWhole({ refunds, events, run, text, facts, memories, turns }: Awaited<ReturnType<typeof tell>>): void {
  expect(run.state).toBe('done')
  expect(text).toBe('The order is refunded.')
  // No gap and no repeat: numbers rise, the start and the end come once, the pieces of each answer make its text.
  const seqs = events.map(({ seq }) => seq)
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b))
  expect(events.filter(({ type }) => type === 'started')).toHaveLength(1)
  expect(events.filter(({ type }) => type === 'done')).toHaveLength(1)
  expect(piecesOf(events)).toEqual(events.flatMap((event) => answerOf(event) ?? []))
  // Effects happen at most once, and what was confirmed is there.
  expect(refunds).toBeLessThanOrEqual(1)
  expect(facts.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
  expect(memories.sort()).toEqual(['one', 'three', 'two'])
  expect(turns.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant'])
}

for (const moment of ['before', 'after'] as const) {
  test(`whichever commit the kernel dies ${moment}, every call settles once and the stream is whole`, async () => {
    for (let commit = 1; ; commit++) {
      const story = await tell((_browser, count, when) => count === commit && when === moment)
      expect(story.boots, `killed ${moment} commit ${commit}`).toBe(story.killed ? 2 : 1)
      expectWhole(story)
      if (!story.killed) return
    }
  }, 60_000)
}

test('the kernel may die again while the next one recovers', async () => {
  for (const gap of [1, 2, 3, 5, 8]) {
    let next = gap
    const story = await tell((browser, count) => {
      if (count < next || browser.boots > 3) return false
      next = count + gap
      return true
    })
    expect(story.boots).toBe(4)
    expectWhole(story)
  }
}, 60_000)

function piecesOf(events: readonly RunEvent[]): string[] {
  const answers = new Map<number, string>()
  for (const event of events) {
    if (event.type !== 'text') continue
    const before = answers.get(event.round) ?? ''
    expect(event.offset).toBe(before.length)
    answers.set(event.round, before + event.text)
  }
  return [...answers.values()]
}

function answerOf(event: RunEvent): string | undefined {
  return event.type === 'turn' && event.turn.role === 'assistant' ? event.turn.text : undefined
}
