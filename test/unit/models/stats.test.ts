import { expect, test } from 'vitest'
import { RATE_WINDOW_MS, STATS_INTERVAL_MS } from '../../../kernel/core/param.ts'
import { createScriptedEngine } from '../../../kernel/drivers/scripted/engine.ts'
import { ask, asker, createEngineQueue, read, start } from '../../fixtures/models.ts'

const options = (name: string) => ({ model: 'starter', by: asker(name), signal: new AbortController().signal })

test('the rate is that of the last seconds, who holds the model is named, and idle is zero', async () => {
  const seen: unknown[] = []
  // One token every 100 ms of the test's own time.
  const engine = createScriptedEngine({
    script: () => Array<string>(60).fill('a '),
    slots: 1,
    pace: async () => clock.advance(100),
  })
  const { service, clock, published } = await start({ llamacpp: createEngineQueue(engine).factory })
  const first = read(service.generate(ask('one'), options('Ann')), () => seen.push(service.stats()))
  const second = read(service.generate(ask('two'), options('Bob')))
  await first
  expect(seen.at(-2)).toMatchObject({ running: 1, waiting: 1, holder: 'Ann' })
  const { tokensPerSecond } = seen.at(-2) as { tokensPerSecond: number }
  expect(tokensPerSecond).toBeGreaterThan(9)
  expect(tokensPerSecond).toBeLessThan(11)
  await second
  expect(service.stats()).toMatchObject({ tokensPerSecond: 0, running: 0, waiting: 0, holder: null, outbound: [] })
  clock.advance(RATE_WINDOW_MS)
  await new Promise(setImmediate)
  const stats = published.flatMap((event) => (event.type === 'stats' ? [event.stats] : []))
  // 120 tokens in 12 s, twice a second, one when it began and one when it was over.
  expect(stats.length).toBeGreaterThanOrEqual(12_000 / STATS_INTERVAL_MS - 2)
  expect(stats.at(-1)).toMatchObject({ tokensPerSecond: 0, running: 0 })
  await service[Symbol.asyncDispose]()
  await new Promise(setImmediate)
  expect(clock.sleepers).toBe(0)
})
