/** What a run may take is reserved before and charged once, whatever happens in between. */
import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../../../kernel/abi/index.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createCountingRandom } from '../../../kernel/drivers/memory/random.ts'
import { ask, asks, createDyingDatabase, historyOf, live, roundOf, settings } from './harness.ts'
import type { Life } from './harness.ts'

const words = Array.from({ length: 400 }, (_, index) => `${index} `)
const long = { sampling: { temperature: 0, topP: 1, maxTokens: 1000 }, tools: [] }
const stateOf = async (life: Life, agent: string) => (await life.call('agent.budget', { agent })).budgets

describe('a budget of tokens', () => {
  it('shortens the answer to what is left, and refuses the next when nothing useful is', async () => {
    await using life = await live({ script: () => words })
    const agent = await life.call('agent.create', settings({ ...long, budget: { tokens: 150, perDay: false } }))
    const { run } = await ask(life, agent.id, 'Count')
    expect(run.state).toBe('done')
    expect((await historyOf(life, agent.id)).at(-1)).toMatchObject({ ended: 'limit' })
    const [state] = await stateOf(life, agent.id)
    expect(state).toMatchObject({ scope: 'agent', limit: { tokens: 150 }, reserved: { tokens: 0 } })
    expect(state?.spent.tokens).toBe(run.spent.tokens)
    expect(state?.spent.tokens).toBeLessThanOrEqual(150)
    const second = await ask(life, agent.id, 'Again')
    expect(second.run).toMatchObject({ state: 'failed', error: { code: 'budget-spent' } })
    expect(second.run.error?.message).toContain('budget of 150 tokens')
    // A raised limit holds at once.
    await life.call('agent.update', { agent: agent.id, budget: { tokens: 10_000, perDay: false } })
    expect((await ask(life, agent.id, 'Once more')).run.state).toBe('done')
  })

  it("of a run is the lower of its own and its agent's limits", async () => {
    await using life = await live({ script: () => words })
    const agent = await life.call('agent.create', settings({ ...long, limits: { rounds: 8, tokens: 200 } }))
    for (const [tokens, least] of [
      [100, 100],
      [5_000, 200],
    ] as const) {
      const run = await life.call('agent.run', { agent: agent.id, text: 'Count', budget: { tokens } })
      expect(run.spent.tokens).toBeGreaterThan(0)
      expect(run.spent.tokens).toBeLessThanOrEqual(least)
      await life.call('agent.clear', { agent: agent.id })
    }
  })

  it('is charged what a stopped answer took', async () => {
    await using life = await live({
      script: () => words,
      engine: { pace: () => new Promise((go) => setImmediate(go)) },
    })
    const agent = await life.call('agent.create', settings({ ...long, budget: { tokens: 5_000, perDay: true } }))
    let stopping: Promise<unknown> | undefined
    const onEvent = (event: RunEvent): void => {
      if (event.type !== 'text' || stopping) return
      stopping = life.call('run.list', { active: true, limit: 1 }).then(async ({ runs }) => {
        await life.call('run.cancel', { run: runs[0]?.id ?? '' })
      })
    }
    const run = await life.call('agent.run', { agent: agent.id, text: 'Count' }, { onEvent })
    expect(run.state).toBe('cancelled')
    expect(run.spent.tokens).toBe(run.completionTokens)
    expect(await stateOf(life, agent.id)).toMatchObject([{ scope: 'day', spent: { tokens: run.spent.tokens } }])
  })

  it('is charged once for what was journaled before the kernel died', async () => {
    const rounds = [
      ['Let ', 'me ', 'see. ', asks('calculate', { expression: '1 + 1' })],
      ['It ', 'is ', '2.'],
    ]
    const script = (request: Parameters<typeof roundOf>[0]) => rounds[roundOf(request)] ?? []
    const engine = { pace: (): Promise<void> => new Promise((go) => setImmediate(go)) }
    const budget = { tokens: 5_000, calls: 10, perDay: false }
    const whole = await live({ script, engine })
    const { id } = await whole.call('agent.create', settings({ budget }))
    const { run: undisturbed } = await ask(whole, id, 'Go')
    for (let at = 0; at < 12; at += 1) {
      const database = createMemoryDatabase()
      const random = createCountingRandom()
      const setup = await live({ database, random, script })
      const agent = await setup.call('agent.create', settings({ budget }))
      const dying = createDyingDatabase(database, at, true)
      const first = await live({ database: dying, random, script, engine })
      const asked = first.call('agent.run', { agent: agent.id, text: 'Go' })
      await Promise.race([asked, dying.dead])
      const next = await live({ database, random, script, engine })
      await next.agents.recover()
      const [run] = (await next.call('run.list', { active: false, limit: 1 })).runs
      const ended = await next.call('run.watch', { run: run?.id ?? '', after: -1 })
      const [state] = await stateOf(next, agent.id)
      expect(ended.spent.calls, `death at ${at}`).toBe(1)
      expect(state?.spent.calls).toBe(1)
      // The engine reads the prompt again after a crash; what was written is charged once.
      expect(ended.spent.tokens - undisturbed.spent.tokens, `death at ${at}`).toBe(0)
      expect(state?.spent.tokens).toBe(ended.spent.tokens)
      expect(await database.count('spending')).toBe(2)
    }
  })
})

describe('a budget of calls', () => {
  it('fails the run at the call that is too many, and leaves none without a result', async () => {
    const script = (request: Parameters<typeof roundOf>[0]) =>
      roundOf(request) < 3 ? [asks('current_time', {})] : ['never']
    await using life = await live({ script })
    const agent = await life.call('agent.create', settings({ limits: { rounds: 8, calls: 2 } }))
    const { run } = await ask(life, agent.id, 'Go')
    expect(run).toMatchObject({ state: 'failed', error: { code: 'budget-spent' }, spent: { calls: 2 } })
    const turns = await historyOf(life, agent.id)
    expect(turns.flatMap(({ outcome }) => outcome?.ok ?? [])).toEqual([true, true, false])
  })
})

describe('a budget of seconds', () => {
  it('stops the answer when they are over, and keeps what was written', async () => {
    // Each token takes 20 ms of the test's clock.
    let now = 0
    const sleepers = new Set<() => void>()
    const clock = {
      now: () => 1_750_000_000_000 + now,
      monotonic: () => now,
      sleep: (ms: number, signal?: AbortSignal) =>
        new Promise<void>((resolve, reject) => {
          if (signal?.aborted) return void reject(signal.reason)
          const at = now + ms
          const look = (): void => {
            if (now < at) return
            sleepers.delete(look)
            resolve()
          }
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
          sleepers.add(look)
          look()
        }),
    }
    const pace = (): Promise<void> =>
      new Promise((go) =>
        setImmediate(() => {
          now += 20
          for (const look of [...sleepers]) look()
          setImmediate(go)
        }),
      )
    await using life = await live({ scheduled: true, clock, script: () => words, engine: { pace } })
    const agent = await life.call(
      'agent.create',
      settings({ ...long, model: 'starter', limits: { rounds: 8, seconds: 2 } }),
    )
    const { run } = await ask(life, agent.id, 'Count')
    expect(run).toMatchObject({ state: 'failed', error: { code: 'budget-spent' } })
    expect(run.spent.seconds).toBeGreaterThan(1.9)
    expect(run.spent.seconds).toBeLessThan(2.2)
    const last = (await historyOf(life, agent.id)).at(-1)
    expect(last?.ended).toBe('failed')
    expect(last?.text.split(' ').length).toBeGreaterThan(80)
  })
})
