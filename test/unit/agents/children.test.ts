/** Agents that ask one another: a run starts another, waits for its answer, and shares its fate. */
import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../../../kernel/abi/index.ts'
import type { GenerateRequest } from '../../../kernel/core/engines/engine.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createCountingRandom } from '../../../kernel/drivers/memory/random.ts'
import type { ScriptedPart } from '../../../kernel/drivers/scripted/engine.ts'
import { ask, asks, createDyingDatabase, gate, historyOf, idle, live, roundOf, settings } from './harness.ts'
import type { Life } from './harness.ts'

/** Who is asked is told by the instructions; the last message decides what is said. */
const nameOf = ({ messages }: GenerateRequest): string => messages[0]?.content.replace('You are ', '') ?? ''
const lastOf = ({ messages }: GenerateRequest): string => messages.at(-1)?.content ?? ''

const make = (life: Life, name: string, over: Parameters<typeof settings>[0] = {}) =>
  life.call('agent.create', settings({ name, instructions: `You are ${name}`, tools: ['ask_agent'], ...over }))

/** Boss asks Clerk, and repeats what it says. */
const delegate = (request: GenerateRequest): ScriptedPart[] => {
  if (nameOf(request) === 'Clerk') return ['Friday ', 'is ', 'free.']
  return roundOf(request) === 0
    ? [asks('ask_agent', { agent: 'the clerk agent', question: 'Which day is free?' })]
    : [`Clerk says: ${JSON.parse(lastOf(request)) as string}`]
}

const runsOf = async (life: Life, agent: string) =>
  (await life.call('run.list', { agent, active: false, limit: 50 })).runs

describe('ask_agent', () => {
  it('has another agent answer in its own conversation, and returns the text', async () => {
    await using life = await live({ script: delegate })
    const [boss, clerk] = [await make(life, 'Boss', { class: 'interactive', weight: 3 }), await make(life, 'Clerk')]
    const { run } = await ask(life, boss.id, 'When can we meet?')
    expect(run).toMatchObject({ state: 'done', spent: { calls: 1 } })
    expect((await historyOf(life, boss.id)).at(-1)?.text).toBe('Clerk says: Friday is free.')
    const [asked, answered] = await historyOf(life, clerk.id)
    expect(asked).toMatchObject({
      role: 'user',
      text: 'Which day is free?',
      provenance: { source: 'model', trust: 'untrusted', principal: { kind: 'agent', id: boss.id, run: run.id } },
    })
    expect(answered?.text).toBe('Friday is free.')
    expect(await runsOf(life, clerk.id)).toMatchObject([
      { parent: run.id, askedBy: 'Boss', class: 'interactive', weight: 3, state: 'done' },
    ])
  })

  it('tells the model when there is no such agent, and whom there is', async () => {
    const script = (request: GenerateRequest): ScriptedPart[] =>
      roundOf(request) === 0 ? [asks('ask_agent', { agent: 'Nobody', question: 'Hm?' })] : [lastOf(request)]
    await using life = await live({ script })
    const boss = await make(life, 'Boss')
    await ask(life, boss.id, 'Go')
    expect((await historyOf(life, boss.id)).at(-1)?.text).toContain('There is no agent \\"Nobody\\". There are: Boss.')
  })

  it('refuses circles, and chains that are too long', async () => {
    const script = (request: GenerateRequest): ScriptedPart[] => {
      const name = nameOf(request)
      if (roundOf(request) > 0) return [lastOf(request)]
      const next = { A: 'B', B: 'A', One: 'Two', Two: 'Three', Three: 'Four', Four: 'Five' }[name]
      return next ? [asks('ask_agent', { agent: next, question: 'And you?' })] : ['end']
    }
    await using life = await live({ script })
    const agents = new Map<string, string>()
    for (const name of ['A', 'B', 'One', 'Two', 'Three', 'Four', 'Five']) agents.set(name, (await make(life, name)).id)
    await ask(life, agents.get('A') ?? '', 'Go')
    expect((await historyOf(life, agents.get('A') ?? '')).at(-1)?.text).toContain('waiting for this very answer')
    await ask(life, agents.get('One') ?? '', 'Go')
    expect((await historyOf(life, agents.get('One') ?? '')).at(-1)?.text).toContain('at most 4 agents')
    expect(await runsOf(life, agents.get('Five') ?? '')).toEqual([])
  })

  it('never has two runs wait for each other through the agents they queue for', async () => {
    const reached = gate()
    const both = gate()
    let waiting = 0
    const script = (request: GenerateRequest): ScriptedPart[] => {
      if (roundOf(request) > 0) return [lastOf(request)]
      if (lastOf(request) !== 'Go') return ['fine']
      return [asks('ask_agent', { agent: nameOf(request) === 'A' ? 'B' : 'A', question: 'Hm?' })]
    }
    const pace = async (request: GenerateRequest): Promise<void> => {
      if (lastOf(request) !== 'Go') return
      if (++waiting === 2) reached.open()
      await both.pass
    }
    await using life = await live({ script, engine: { pace } })
    const [a, b] = [await make(life, 'A'), await make(life, 'B')]
    const asked = Promise.all([ask(life, a.id, 'Go'), ask(life, b.id, 'Go')])
    await reached.pass
    both.open()
    for (const { run } of await asked) expect(run.state).toBe('done')
    const texts = [await historyOf(life, a.id), await historyOf(life, b.id)].flat().map(({ text }) => text)
    expect(texts.filter((text) => text.includes('itself waits for this answer')).length).toBeGreaterThan(0)
  })

  it('pauses, resumes, renices and cancels what it asked for along with the run', async () => {
    const pace = (): Promise<void> => new Promise((go) => setImmediate(go))
    const script = (request: GenerateRequest): ScriptedPart[] =>
      nameOf(request) === 'Clerk' ? Array.from({ length: 2_000 }, (_, n) => `${n} `) : delegate(request)
    await using life = await live({ scheduled: true, script, engine: { pace } })
    const over = { model: 'starter', sampling: { temperature: 0, topP: 1, maxTokens: 1024 } }
    const [boss, clerk] = [await make(life, 'Boss', over), await make(life, 'Clerk', over)]
    const asked = ask(life, boss.id, 'When?')
    while ((await runsOf(life, clerk.id))[0]?.state !== 'running') await idle()
    const run = (await runsOf(life, boss.id))[0]?.id ?? ''
    await life.call('run.renice', { run, class: 'background' })
    expect((await runsOf(life, clerk.id))[0]?.class).toBe('background')
    await life.call('run.pause', { run })
    await idle()
    expect((await runsOf(life, clerk.id))[0]).toMatchObject({ state: 'paused' })
    expect(life.engine.active).toBe(0)
    await life.call('run.resume', { run })
    await idle()
    expect((await runsOf(life, clerk.id))[0]?.state).toBe('running')
    await life.call('run.cancel', { run })
    expect((await asked).run.state).toBe('cancelled')
    expect((await runsOf(life, clerk.id))[0]?.state).toBe('cancelled')
  })

  it('asks once, whenever the kernel dies, and gets the answer of the first time', async () => {
    let deaths = 0
    for (let at = 0; at < 30; at += 1) {
      const database = createMemoryDatabase()
      const random = createCountingRandom()
      const setup = await live({ database, random, script: delegate })
      const [boss, clerk] = [await make(setup, 'Boss'), await make(setup, 'Clerk')]
      const dying = createDyingDatabase(database, at, true)
      const first = await live({ database: dying, random, script: delegate })
      const work = first.call('agent.run', { agent: boss.id, text: 'When?' }).then(() => false)
      if (await Promise.race([work, dying.dead.then(() => true)])) deaths += 1
      const next = await live({ database, random, script: delegate })
      await next.agents.recover()
      for (const { id } of await runsOf(next, boss.id)) await next.call('run.watch', { run: id, after: -1 })
      expect((await historyOf(next, boss.id)).at(-1)?.text ?? 'Clerk says: Friday is free.', `death at ${at}`).toBe(
        'Clerk says: Friday is free.',
      )
      const asked = (await historyOf(next, clerk.id)).filter(({ role }) => role === 'user')
      expect(asked.length, `death at ${at}`).toBeLessThanOrEqual(1)
    }
    expect(deaths).toBeGreaterThan(8)
  })

  it('draws on the budget of the run that asks', async () => {
    await using life = await live({ script: delegate })
    const [boss, clerk] = [await make(life, 'Boss'), await make(life, 'Clerk')]
    const events: RunEvent[] = []
    const run = await life.call(
      'agent.run',
      { agent: boss.id, text: 'When?', budget: { tokens: 100_000 } },
      { onEvent: (event) => events.push(event) },
    )
    const [child] = await runsOf(life, clerk.id)
    expect(child?.spent.tokens).toBeGreaterThan(0)
    const own = (await historyOf(life, boss.id)).flatMap(({ usage }) => usage ?? [])
    const tokens = own.reduce((sum, usage) => sum + usage.promptTokens - usage.cachedTokens + usage.completionTokens, 0)
    expect(run.spent.tokens).toBe(tokens + (child?.spent.tokens ?? 0))
  })
})
