/** A kernel may die at any instruction. What is on disk then must be enough to go on as if nothing had happened. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Run, RunEvent, Turn } from '../../../kernel/abi/index.ts'
import type { Clock } from '../../../kernel/core/platform.ts'
import type { Database } from '../../../kernel/core/storage/database.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createCountingRandom } from '../../../kernel/drivers/memory/random.ts'
import type { ScriptedPart } from '../../../kernel/drivers/scripted/engine.ts'
import type { roundOf } from './harness.ts'
import { asks, createDyingDatabase, createHastyClock, live, settings, user, type Life } from './harness.ts'

type Rounds = readonly (readonly ScriptedPart[])[]

/** Death at that commit, with or without its effect on disk. */
interface Death {
  at: number
  applied: boolean
}

interface Story {
  rounds: Rounds
  deaths: readonly Death[]
  /** Whether the page says that its function may be repeated. */
  idempotent: boolean
  /** What the person says of each call in doubt, in turn; `not-done` when none is left. */
  decisions?: readonly ('repeat' | 'done' | 'not-done')[]
}

interface Ending {
  run: Run
  turns: Turn[]
  /** How often the page's function ran, by argument. */
  effects: Map<number, number>
  database: Database
  events: RunEvent[]
}

const CALL = 'the-call'

/** Lives the story: asks once, dies as often as told, and lets the last kernel finish. */
async function tell({ rounds, deaths, idempotent, decisions = [] }: Story): Promise<Ending> {
  const database = createMemoryDatabase()
  const random = createCountingRandom()
  const effects = new Map<number, number>()
  const script = (request: Parameters<typeof roundOf>[0]): readonly ScriptedPart[] =>
    rounds[answered(request)] ?? ['end']
  const said = [...decisions]
  /** Decides about what is in doubt; a kernel that dies meanwhile never answers. */
  const decide =
    (life: Life) =>
    (event: RunEvent): void => {
      if (event.type !== 'undecided') return
      const decision = said.shift() ?? 'not-done'
      void (async () => {
        const { runs } = await life.call('run.list', { active: true, limit: 1 })
        await life.call('run.decide', { run: runs[0]?.id ?? '', call: event.call.id, decision }).catch(() => {})
      })()
    }
  const begin = async (over: Database, clock: Clock): Promise<Life> => {
    const pace = (): Promise<void> => new Promise((go) => setImmediate(go))
    const life = await live({ database: over, clock, random, script, engine: { pace } })
    life.offer(
      'order',
      (args) => {
        const { n } = args as { n: number }
        effects.set(n, (effects.get(n) ?? 0) + 1)
        return `ordered ${n}`
      },
      { idempotent },
    )
    return life
  }

  const first = await begin(database, createHastyClock())
  const { id: agent } = await first.call('agent.create', settings({ limits: { rounds: 20 } }))
  const intent = {
    id: CALL,
    syscall: 'agent.run',
    principal: user.principal,
    epoch: 1,
    at: 0,
    state: 'intent',
  } as const
  await database.commit([{ op: 'put', store: 'calls', value: intent }], 'strict')

  let asked = false
  for (const death of deaths) {
    const dying = createDyingDatabase(database, death.at, death.applied)
    const life = await begin(dying, createHastyClock())
    const work = (async () => {
      if (!asked) return void (await life.call('agent.run', { agent, text: 'Go' }, { id: CALL }))
      await life.agents.recover()
      const { runs } = await life.call('run.list', { active: true, limit: 1 })
      if (runs[0]) await life.call('run.watch', { run: runs[0].id, after: -1 }, { onEvent: decide(life) })
    })()
    await Promise.race([work, dying.dead])
    // A question that never reached the disk was never asked.
    asked = (await database.count('runs')) > 0
  }

  const last = await begin(database, createHastyClock())
  if (!asked) await last.call('agent.run', { agent, text: 'Go' }, { id: CALL })
  else await last.agents.recover()
  const [known] = (await last.call('run.list', { active: false, limit: 1 })).runs
  const events: RunEvent[] = []
  const run = await last.call(
    'run.watch',
    { run: known?.id ?? '', after: -1 },
    {
      onEvent(event) {
        events.push(event)
        decide(last)(event)
      },
    },
  )
  const { turns } = await last.call('agent.history', { agent, limit: 1000 })
  return { run, turns, effects, database, events }
}

/** Which answer a request asks for: one after each exchange of calls and results. */
function answered({ messages }: { messages: readonly { role: string }[] }): number {
  const lastUser = messages.findLastIndex(({ role }) => role === 'user')
  return messages.slice(lastUser).filter(({ role }) => role === 'assistant').length
}

/** A conversation without what may differ: ids, times and measurements. */
const essence = (turns: readonly Turn[]): unknown[] =>
  turns.map(({ role, text, toolCalls, outcome, ended, usage }) => ({
    role,
    text,
    ended,
    calls: toolCalls.map(({ name, arguments: args }) => ({ name, args })),
    outcome: outcome && { ok: outcome.ok, value: outcome.value, tool: outcome.tool },
    tokens: usage?.completionTokens,
  }))

const text = fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' })
const harmless = fc.oneof(
  fc.integer({ min: 0, max: 99 }).map((n) => asks('calculate', { expression: `${n} * 2` })),
  fc.integer({ min: 0, max: 99 }).map((n) => asks('remember', { fact: `the number is ${n}` })),
  fc.integer({ min: 0, max: 99 }).map((n) => asks('recall', { query: `number ${n}` })),
  fc.constant(asks('no_such_tool', {})),
)
const effect = fc.integer({ min: 0, max: 3 }).map((n) => asks('order', { n }))
const roundsOf = (call: fc.Arbitrary<ReturnType<typeof asks>>): fc.Arbitrary<Rounds> => {
  const calling = fc.tuple(fc.array(text, { maxLength: 5 }), fc.array(call, { minLength: 1, maxLength: 3 }))
  const round = calling.map(([texts, calls]) => [...texts, ...calls])
  return fc
    .tuple(fc.array(round, { maxLength: 3 }), fc.array(text, { minLength: 1, maxLength: 8 }))
    .map(([all, end]) => [...all, end])
}
const death = fc.record({ at: fc.nat({ max: 25 }), applied: fc.boolean() })

async function expectWhole({ database, run, events }: Ending): Promise<void> {
  expect(run.state).toBe('done')
  expect(await database.get('calls', CALL)).toMatchObject({ state: 'done', result: { id: run.id, state: 'done' } })
  expect(await database.count('runs')).toBe(1)
  expect(events.filter(({ type }) => type === 'started' || type === 'done').length).toBe(2)
  const seqs = events.map(({ seq }) => seq)
  expect(seqs).toEqual([...new Set(seqs)].sort((left, right) => left - right))
}

function expectSettledOnce(turns: readonly Turn[]): void {
  const asked = turns.flatMap(({ toolCalls }) => toolCalls.map(({ id }) => id))
  const settled = turns.flatMap(({ outcome }) => outcome?.call ?? [])
  expect(settled).toEqual(asked)
}

describe('a kernel that dies', () => {
  it('at every single commit of a run leaves the next one able to finish it exactly', async () => {
    const rounds: Rounds = [
      [
        'Let ',
        'me ',
        'see. ',
        asks('calculate', { expression: '12 * 34' }),
        asks('remember', { fact: 'the result is 408' }),
      ],
      ['And ', asks('recall', { query: 'result' })],
      ['It ', 'is ', '408.'],
    ]
    const undisturbed = await tell({ rounds, deaths: [], idempotent: true })
    const probe = createDyingDatabase(createMemoryDatabase(), 1_000, true)
    const counted = await live({
      database: probe,
      script: (request) => rounds[answered(request)] ?? [],
      engine: { pace: () => new Promise((go) => setImmediate(go)) },
    })
    const agent = await counted.call('agent.create', settings())
    const before = probe.commits
    await counted.call('agent.run', { agent: agent.id, text: 'Go' })
    const commits = probe.commits - before
    expect(commits).toBeGreaterThan(8)
    for (let at = 0; at <= commits; at += 1) {
      for (const applied of [true, false]) {
        const ending = await tell({ rounds, deaths: [{ at, applied }], idempotent: true })
        expect(essence(ending.turns), `death at commit ${at}, applied: ${applied}`).toEqual(essence(undisturbed.turns))
        await expectWhole(ending)
        expectSettledOnce(ending.turns)
        expect((await ending.database.list('memories')).length).toBe(1)
      }
    }
  })

  it('any number of times leaves the conversation that an undisturbed one has', async () => {
    await fc.assert(
      fc.asyncProperty(roundsOf(harmless), fc.array(death, { minLength: 1, maxLength: 4 }), async (rounds, deaths) => {
        const undisturbed = await tell({ rounds, deaths: [], idempotent: true })
        const ending = await tell({ rounds, deaths, idempotent: true })
        expect(essence(ending.turns)).toEqual(essence(undisturbed.turns))
        await expectWhole(ending)
        expectSettledOnce(ending.turns)
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  it('never has an effect repeated unless a person says so, and takes their word for what happened', async () => {
    const decision = fc.constantFrom('repeat' as const, 'done' as const, 'not-done' as const)
    const deaths = fc.array(death, { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(roundsOf(effect), deaths, fc.array(decision), async (rounds, deaths, decisions) => {
        const ending = await tell({ rounds, deaths, idempotent: false, decisions })
        await expectWhole(ending)
        expectSettledOnce(ending.turns)
        const outcomes = ending.turns.flatMap(({ outcome }) => outcome ?? [])
        const calls = ending.turns.flatMap(({ toolCalls }) => toolCalls)
        const repeats = decisions.filter((decision) => decision === 'repeat').length
        for (const [n, times] of ending.effects) {
          const asked = calls.filter(({ arguments: args }) => (args as { n: number }).n === n)
          expect(times).toBeLessThanOrEqual(asked.length + repeats)
        }
        const told = outcomes.filter(({ value }) => typeof value === 'string' && value.startsWith('ordered')).length
        const happened = [...ending.effects.values()].reduce((sum, times) => sum + times, 0)
        expect(happened).toBeGreaterThanOrEqual(told)
        for (const { ok, value } of outcomes) if (!ok) expect(value).toContain('did not happen')
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  it('has a harmless page function called again once its page is back', async () => {
    const rounds: Rounds = [['Ordering. ', asks('order', { n: 1 })], ['Done.']]
    for (let at = 0; at < 8; at += 1) {
      const ending = await tell({ rounds, deaths: [{ at, applied: true }], idempotent: true })
      expect(ending.turns.flatMap(({ outcome }) => outcome?.value ?? [])).toEqual(['ordered 1'])
      expect(ending.turns.at(-1)?.text).toBe('Done.')
    }
  })
})

describe('a kernel that closes in good order', () => {
  it('leaves its runs, waiting ones too, to the next', async () => {
    const database = createMemoryDatabase()
    const random = createCountingRandom()
    let letGo = (): void => {}
    const held = new Promise<void>((resolve) => (letGo = resolve))
    const pace = (_request: unknown, delta: number): Promise<void> => (delta === 1 ? held : Promise.resolve())
    const script = (): string[] => ['half ', 'whole']
    const first = await live({ database, random, script, engine: { pace } })
    const agent = await first.call('agent.create', settings())
    const text = new Promise<void>((resolve) => {
      void first
        .call('agent.run', { agent: agent.id, text: 'one' }, { onEvent: (event) => event.type === 'text' && resolve() })
        .catch(() => {})
    })
    void first.call('agent.run', { agent: agent.id, text: 'two' }).catch(() => {})
    await text
    await first[Symbol.asyncDispose]()
    letGo()
    expect((await database.list('runs')).map(({ state }) => state).sort()).toEqual(['queued', 'running'])
    const second = await live({ database, random, script })
    await second.agents.recover()
    for (const { id } of (await second.call('run.list', { active: true, limit: 9 })).runs) {
      expect((await second.call('run.watch', { run: id, after: -1 })).state).toBe('done')
    }
    const { turns } = await second.call('agent.history', { agent: agent.id, limit: 9 })
    expect(turns.map((turn) => turn.text)).toEqual(['one', 'half whole', 'two', 'half whole'])
    expect(second.engine.requests[0]?.prefix).toBe('half ')
  })
})

describe('a continued answer', () => {
  it('is written from the same window and within the same limit as it was begun', async () => {
    const database = createMemoryDatabase()
    const random = createCountingRandom()
    const script = (): string[] => ['one ', 'two ', 'three ', 'four ', 'five ']
    // What the engine reports of the first question lets in both; a new kernel's own guess would leave out the first.
    const engine = { contextTokens: 1_200 }
    const dying = createDyingDatabase(database, 1_000, true)
    const pace = (): Promise<void> => new Promise((go) => setImmediate(go))
    const first = await live({ database: dying, random, script, engine: { ...engine, pace } })
    const agent = await first.call(
      'agent.create',
      settings({ tools: [], sampling: { temperature: 0, topP: 1, maxTokens: 4 } }),
    )
    const question = (n: number): string => `${n} `.repeat(600)
    await first.call('agent.run', { agent: agent.id, text: question(1) })
    // The question, its page and the first piece of its answer.
    dying.dieIn(2)
    void first.call('agent.run', { agent: agent.id, text: question(2) })
    await dying.dead
    const next = await live({ database, random, script, engine })
    await next.agents.recover()
    const [run] = (await next.call('run.list', { active: true, limit: 1 })).runs
    await next.call('run.watch', { run: run?.id ?? '', after: -1 })
    const begun = first.engine.requests[1]
    const [continued] = next.engine.requests
    expect(begun?.messages.length).toBe(4)
    expect(continued?.messages).toEqual(begun?.messages)
    const written = continued?.prefix ?? ''
    expect(['one ', 'one two ']).toContain(written)
    expect(continued?.maxTokens).toBe((begun?.maxTokens ?? 0) - written.trim().split(' ').length)
    const { turns } = await next.call('agent.history', { agent: agent.id, limit: 9 })
    expect(turns.at(-1)).toMatchObject({ text: 'one two three four ', ended: 'limit', usage: { completionTokens: 4 } })
  })
})
