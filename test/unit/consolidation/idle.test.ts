/** When memory is tidied up by itself, and how it gives way. Time is the test's; turns of the event loop are real. */
import { expect, test } from 'vitest'
import {
  CONSOLIDATION_EVERY_MS,
  CONSOLIDATION_IDLE_MS,
  CONSOLIDATION_LEAST,
} from '../../../kernel/core/memory/consolidation/param.ts'
import type { ConsolidationReport } from '../../../kernel/abi/index.ts'
import { gate } from '../agents/harness.ts'
import { dogFacts, factRecord, notesIn, world } from './harness.ts'
import type { World } from './harness.ts'

/** Enough to be tidied: each is there twice. */
const doubles = () =>
  Array.from({ length: CONSOLIDATION_LEAST }, (_, at) => factRecord({ text: `Fact number ${Math.floor(at / 2)}` }))

/** Lets everything happen that needs no more time. */
async function turns({ clock }: Pick<World, 'clock'>, count = 60): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await clock.sleep(0)
}

async function pass(there: World, ms: number): Promise<void> {
  await turns(there)
  there.clock.advance(ms)
  await turns(there)
}

/** Waits for what the pass that is due comes to; the first one imports and reads the words, which takes more turns. */
async function becomes(there: World, state: ConsolidationReport['state']): Promise<ConsolidationReport | null> {
  while (last(there)?.state !== state) await there.clock.sleep(0)
  return last(there)
}

const last = ({ consolidation }: World) => consolidation.state().last
const tend = ({ consolidation }: World): void => void consolidation.tend().catch(() => undefined)
const keep = (there: World) => there.consolidation.configure(false)

test('begins once nobody has wanted tokens for a while, and then rests for hours', async () => {
  await using there = await world({ memories: doubles() })
  tend(there)
  await pass(there, CONSOLIDATION_IDLE_MS - 1)
  expect(last(there)).toBeNull()
  await pass(there, 1)
  expect(await becomes(there, 'done')).toMatchObject({ merged: CONSOLIDATION_LEAST / 2 })
  const first = last(there)?.startedAt
  await pass(there, CONSOLIDATION_IDLE_MS)
  await pass(there, CONSOLIDATION_IDLE_MS)
  expect(last(there)?.startedAt).toBe(first)
  await pass(there, CONSOLIDATION_EVERY_MS)
  await becomes(there, 'done')
  expect(last(there)?.startedAt).toBeGreaterThan(first ?? Infinity)
})

test('does not begin while somebody writes, nor right after', async () => {
  const hold = gate()
  await using there = await world({ memories: doubles(), engine: { pace: () => hold.pass } })
  await there.load()
  tend(there)
  const chat = there.chat()
  await pass(there, CONSOLIDATION_IDLE_MS)
  await pass(there, CONSOLIDATION_IDLE_MS)
  expect(last(there)).toBeNull()
  await pass(there, CONSOLIDATION_IDLE_MS / 2)
  hold.open()
  await chat
  await pass(there, CONSOLIDATION_IDLE_MS / 2)
  expect(last(there)).toBeNull()
  await pass(there, CONSOLIDATION_IDLE_MS)
  await becomes(there, 'done')
})

test('stops at a token as soon as somebody else wants the model, and begins anew later', async () => {
  const first = gate()
  let summaries = 0
  await using there = await world({
    memories: dogFacts(),
    script: ({ messages }) => (notesIn(messages.at(-1)?.content ?? '').length > 0 ? ['A', ' b', ' c'] : ['hello']),
    engine: {
      async pace({ messages }, delta) {
        if (notesIn(messages.at(-1)?.content ?? '').length === 0) return
        if (delta === 0) summaries += 1
        if (summaries === 1 && delta === 1) await first.pass
      },
    },
  })
  await there.load()
  tend(there)
  await pass(there, CONSOLIDATION_IDLE_MS)
  await pass(there, CONSOLIDATION_IDLE_MS)
  await becomes(there, 'running')
  while (there.engine.active === 0) await there.clock.sleep(0)
  // The engine has four slots, so nothing but politeness makes it stop.
  expect(await there.chat()).toBe('hello')
  await turns(there)
  expect(await becomes(there, 'interrupted')).toMatchObject({ summarised: 0 })
  expect(last(there)?.note).toContain('Somebody needed the model')
  expect(there.engine.active).toBe(0)
  expect(summaries).toBe(1)
  await pass(there, CONSOLIDATION_IDLE_MS)
  await pass(there, CONSOLIDATION_IDLE_MS)
  await becomes(there, 'done')
  expect(summaries).toBeGreaterThan(1)
})

test('never loads a model, and gives up when the one it uses is taken from under it', async () => {
  const hold = gate()
  await using there = await world({
    memories: dogFacts(),
    script: () => ['A', ' b'],
    engine: { pace: (_, delta) => (delta === 1 ? hold.pass : Promise.resolve()) },
  })
  tend(there)
  await pass(there, CONSOLIDATION_IDLE_MS)
  await becomes(there, 'done')
  expect(there.engine.loaded).toBeNull()
  await there.load()
  const asked = there.run()
  while (there.engine.active === 0) await there.clock.sleep(0)
  there.engine.lose('the tab was closed')
  await turns(there)
  const report = await asked
  const note = 'The model was unloaded, so no more was summarised.'
  expect(report).toMatchObject({ state: 'done', summarised: 0, note })
  expect(there.engine.requests).toHaveLength(1)
})

test('is off when it was turned off, also in a later kernel, and answers to a person all the same', async () => {
  await using there = await world({ memories: doubles() })
  tend(there)
  const { writes, after } = keep(there)
  await there.database.commit(writes, 'strict')
  after?.()
  await pass(there, CONSOLIDATION_IDLE_MS)
  expect(there.consolidation.state()).toEqual({ enabled: false, last: null })
  await using later = await world({ database: there.database, clock: there.clock })
  expect(later.consolidation.state().enabled).toBe(false)
  expect(await later.run()).toMatchObject({ state: 'done', merged: CONSOLIDATION_LEAST / 2 })
})

test('does nothing by itself while a person has paused everything, and stops when they do', async () => {
  const hold = gate()
  await using there = await world({
    memories: dogFacts(),
    script: () => ['A', ' b'],
    engine: { pace: (_, delta) => (delta === 1 ? hold.pass : Promise.resolve()) },
  })
  await there.load()
  tend(there)
  await there.settings.pause(true)
  await pass(there, CONSOLIDATION_IDLE_MS)
  await pass(there, CONSOLIDATION_IDLE_MS)
  expect(last(there)).toBeNull()
  await there.settings.pause(false)
  await pass(there, CONSOLIDATION_IDLE_MS)
  await pass(there, CONSOLIDATION_IDLE_MS)
  await becomes(there, 'running')
  await there.settings.pause(true)
  await turns(there)
  await becomes(there, 'interrupted')
})

test('two who ask at once share one pass, and one who gives up ends it with what was done', async () => {
  await using there = await world({ memories: doubles() })
  const [one, two] = await Promise.all([there.run(), there.run()])
  expect(one).toBe(two)
  const given = new AbortController()
  given.abort(new Error('given up'))
  expect(await there.run(given.signal)).toMatchObject({ state: 'interrupted', merged: 0 })
})

test('keeps its last report, and says so when the kernel ended meanwhile', async () => {
  await using there = await world({ memories: doubles() })
  const report = await there.run()
  await using later = await world({ database: there.database })
  expect(later.consolidation.state().last).toEqual(report)
  const value = JSON.stringify({ ...report, state: 'running', endedAt: null })
  await there.database.commit([{ op: 'put', store: 'meta', value: { name: 'consolidation-report', value } }], 'strict')
  await using after = await world({ database: there.database })
  expect(after.consolidation.state().last).toMatchObject({ state: 'interrupted', merged: report.merged })
})
