/** What runs send to the engine of memory: the real memory service, context and tools. */
import { describe, expect, it } from 'vitest'
import { QUESTION, RECALLED } from '../../../kernel/core/context/experience.ts'
import { FORGOTTEN } from '../../../kernel/core/context/redact.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { ask, asks, createDyingDatabase, live, roundOf, settings, type Life } from './harness.ts'

const SECRET = 'my door code is 4821'

const sent = (life: Life): string[] =>
  (life.engine.requests.at(-1)?.messages ?? []).map(
    ({ content, toolCalls }) => `${content}${JSON.stringify(toolCalls)}`,
  )

describe('a run', () => {
  it('sends its agent’s blocks in the head, and experience with such work before the question', async () => {
    await using life = await live({ script: () => ['Yes.'] })
    const { id: owner } = await life.call('agent.create', settings())
    await life.call('memory.add', { kind: 'block', owner, text: 'Find a hotel.', block: { name: 'plan' } })
    const lesson = {
      task: 'book a train to Bonn',
      tried: 'by name',
      outcome: 'failed',
      lesson: 'ask for the date',
    } as const
    await life.call('memory.add', { kind: 'experience', owner, experience: lesson })
    await ask(life, owner, 'Please book a train to Bonn for me.')
    const [system, question] = life.engine.requests.at(-1)?.messages ?? []
    expect(system?.content).toBe('Be brief.\n# Memory\n- [plan] Find a hotel.')
    expect(question?.content.startsWith(RECALLED)).toBe(true)
    expect(question?.content).toContain('ask for the date')
    expect(question?.content.endsWith(`${QUESTION}\nPlease book a train to Bonn for me.`)).toBe(true)
    await ask(life, owner, 'What is the capital of Peru?')
    expect(life.engine.requests.at(-1)?.messages.at(-1)?.content).toBe('What is the capital of Peru?')
  })

  it('no longer sends what was forgotten, wherever it had been shown', async () => {
    const recall = (request: Parameters<typeof roundOf>[0]): Iterable<string | ReturnType<typeof asks>> =>
      roundOf(request) === 0 ? [asks('recall', { query: 'door code' })] : ['Done.']
    await using life = await live({ script: recall })
    const { id: owner } = await life.call('agent.create', settings({ tools: ['recall'] }))
    const fact = await life.call('memory.add', { text: SECRET, owner })
    const block = await life.call('memory.add', { kind: 'block', owner, text: SECRET, block: { name: 'codes' } })
    await ask(life, owner, 'What do you know?')
    expect(sent(life).filter((text) => text.includes(SECRET)).length).toBe(2)
    await life.call('memory.delete', { id: fact.id })
    await life.call('memory.delete', { id: block.id })
    await ask(life, owner, 'And now?')
    expect(sent(life).join()).not.toContain(SECRET)
    expect(sent(life).join()).toContain(FORGOTTEN)
    const stored = JSON.stringify(
      await Promise.all(
        (['turns', 'journal', 'pages', 'runs', 'memories', 'versions'] as const).map((store) =>
          life.database.list(store),
        ),
      ),
    )
    expect(stored).not.toContain(SECRET)
  })

  it('goes on from exactly the window it was begun with, whatever memory says by then, whenever the kernel dies', async () => {
    const script = (): string[] => Array.from({ length: 40 }, (_, n) => `${n} `)
    const engine = { pace: (): Promise<void> => new Promise((go) => setImmediate(go)) }
    let continued = 0
    for (let at = 6; at < 24; at += 1) {
      const database = createMemoryDatabase()
      const dying = createDyingDatabase(database, at, at % 2 === 0)
      const first = await live({ script, engine, database: dying })
      const begin = async (): Promise<void> => {
        const { id: owner } = await first.call('agent.create', settings())
        await first.call('memory.add', { kind: 'block', owner, text: 'Find a hotel.', block: { name: 'plan' } })
        await ask(first, owner, 'My budget is 300 euros. Go on.')
      }
      await Promise.race([begin(), dying.dead])
      const before = first.engine.requests.at(-1)?.messages
      const [block] = await database.list('memories')
      await using next = await live({ script, database })
      const text = 'Something else.'
      if (block) await next.call('memory.update', { id: block.id, text })
      await next.agents.recover()
      for (const run of await database.list('runs')) await next.call('run.watch', { run: run.id, after: -1 })
      for (const { messages, prefix } of next.engine.requests) {
        if (prefix === undefined) expect(messages[0]?.content).toContain(block ? text : 'Be brief.')
        else expect(messages).toEqual(before)
        continued += Number(prefix !== undefined)
      }
    }
    expect(continued).toBeGreaterThan(0)
  }, 30_000)
})
