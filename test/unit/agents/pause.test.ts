/** A person may pause a run at any moment: it keeps its place and what it wrote, and goes on as if nothing had been. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../../../kernel/abi/index.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { createCountingRandom } from '../../../kernel/drivers/memory/random.ts'
import { asks, createDyingDatabase, eventTypes, gate, historyOf, idle, live, roundOf, settings } from './harness.ts'
import type { Life } from './harness.ts'

/** Of the model that is bundled. */
const mine = (over: Parameters<typeof settings>[0] = {}): ReturnType<typeof settings> =>
  settings({ model: 'starter', ...over })

const slowly = { pace: (): Promise<void> => new Promise((go) => setImmediate(go)) }

/** Asks, and calls `at` with each event and the run's id; resolves with how it ended. */
async function askWith(life: Life, agent: string, text: string, at: (event: RunEvent, run: string) => void) {
  const events: RunEvent[] = []
  let id = ''
  const onEvent = (event: RunEvent): void => {
    events.push(event)
    if (event.type === 'started' || event.type === 'queued') id = event.run.id
    at(event, id)
  }
  const run = await life.call('agent.run', { agent, text }, { onEvent })
  return { run, events }
}

const runOf = async (life: Life, id: string) =>
  (await life.call('run.list', { active: false, limit: 50 })).runs.find((run) => run.id === id)

function joined(events: readonly RunEvent[]): string {
  let text = ''
  for (const event of events) {
    if (event.type !== 'text') continue
    expect(event.offset, 'neither gap nor repeat').toBe(text.length)
    text += event.text
  }
  return text
}

describe('pausing a run', () => {
  it('in the very moment in which it ends leaves it done, whoever is paused', async () => {
    await using life = await live({ script: () => ['Done.'] })
    const agent = await life.call('agent.create', mine())
    const { run, events } = await askWith(life, agent.id, 'Say it.', (event) => {
      // As from another tab: it arrives when the answer is in the conversation and the end is on its way to disk.
      if (event.type === 'turn' && event.turn.role === 'assistant') void life.call('agent.pause', { agent: agent.id })
    })
    expect(run).toMatchObject({ state: 'done' })
    expect(run.error).toBeUndefined()
    expect(eventTypes(events).at(-1)).toBe('done')
    await idle()
    expect(await runOf(life, run.id)).toMatchObject({ state: 'done' })
  })

  it('in the middle of an answer stops the engine, and resuming continues the text without gap or repeat', async () => {
    const words = Array.from({ length: 40 }, (_, index) => `${index} `)
    await using life = await live({ scheduled: true, script: () => words, engine: slowly })
    const agent = await life.call('agent.create', mine())
    let paused: Promise<unknown> | undefined
    const { run, events } = await askWith(life, agent.id, 'Count.', (event, id) => {
      if (event.type !== 'text' || paused) return
      paused = (async () => {
        expect(await life.call('run.pause', { run: id })).toMatchObject({
          state: 'paused',
          waitingFor: 'you to resume it',
        })
        await idle()
        expect(life.engine.active).toBe(0)
        expect((await runOf(life, id))?.state).toBe('paused')
        // Pausing what is paused and resuming what runs do no harm.
        await life.call('run.pause', { run: id })
        await life.call('run.resume', { run: id })
        await life.call('run.resume', { run: id })
      })()
    })
    await paused
    expect(run.state).toBe('done')
    expect(joined(events)).toBe(words.join(''))
    expect(life.engine.requests.length).toBe(2)
    expect(life.engine.requests[1]?.prefix?.length).toBeGreaterThan(0)
    const kinds = eventTypes(events).filter((type) => type === 'paused' || type === 'resumed')
    expect(kinds.slice(-2)).toEqual(['paused', 'resumed'])
    expect(events.find((event) => event.type === 'paused' && event.by === 'user')).toBeDefined()
    expect((await historyOf(life, agent.id)).at(-1)).toMatchObject({ text: words.join(''), ended: 'complete' })
  })

  it('during a tool call lets the call end, and the model waits', async () => {
    const called = gate()
    const answer = gate()
    const script = (request: Parameters<typeof roundOf>[0]) =>
      roundOf(request) === 0 ? [asks('order', { n: 1 })] : ['Ordered.']
    await using life = await live({ scheduled: true, script })
    life.offer('order', async () => {
      called.open()
      await answer.pass
      return 'yes'
    })
    const agent = await life.call('agent.create', mine())
    let id = ''
    const running = askWith(life, agent.id, 'Order.', (_event, run) => (id = run))
    await called.pass
    await life.call('run.pause', { run: id })
    answer.open()
    await idle()
    expect((await historyOf(life, agent.id)).at(-1)?.outcome?.value).toBe('yes')
    expect(life.engine.requests.length).toBe(1)
    expect((await runOf(life, id))?.state).toBe('paused')
    await life.call('run.resume', { run: id })
    const { run, events } = await running
    expect(run.state).toBe('done')
    const order = eventTypes(events).slice(eventTypes(events).indexOf('tool-result'))
    expect(order.filter((type) => type !== 'text')).toEqual([
      'tool-result',
      'turn',
      'paused',
      'resumed',
      'turn',
      'done',
    ])
  })

  it('keeps its agent waiting behind it, unless it is cancelled', async () => {
    await using life = await live({ scheduled: true, script: () => ['x'], engine: slowly })
    const agent = await life.call('agent.create', mine())
    await life.call('agent.pause', { agent: agent.id })
    const ids: string[] = []
    const ask = (text: string) =>
      askWith(life, agent.id, text, (event) => event.type === 'queued' && ids.push(event.run.id))
    const first = ask('one')
    await idle()
    const second = ask('two')
    await idle()
    await life.call('run.pause', { run: ids[0] ?? '' })
    await life.call('agent.resume', { agent: agent.id })
    await idle()
    const { runs } = await life.call('run.list', { active: true, limit: 9 })
    expect(runs.map(({ title, state }) => [title, state]).sort()).toEqual([
      ['one', 'paused'],
      ['two', 'queued'],
    ])
    expect((await life.call('run.cancel', { run: ids[0] ?? '' })).state).toBe('cancelled')
    expect([(await first).run.state, (await second).run.state]).toEqual(['cancelled', 'done'])
  })

  it('that is queued behind another holds it once its turn comes', async () => {
    const held = gate()
    await using life = await live({ scheduled: true, script: () => ['x'], engine: { pace: () => held.pass } })
    const agent = await life.call('agent.create', mine())
    const first = askWith(life, agent.id, 'one', () => {})
    await idle()
    let id = ''
    const second = askWith(life, agent.id, 'two', (_event, run) => (id = run))
    await idle()
    expect((await life.call('run.pause', { run: id })).state).toBe('paused')
    held.open()
    await first
    await idle()
    expect(life.engine.requests.length).toBe(1)
    expect((await historyOf(life, agent.id)).length).toBe(2)
    await life.call('run.resume', { run: id })
    const { events } = await second
    expect(eventTypes(events).filter((type) => type !== 'text')).toEqual([
      ...['queued', 'paused', 'resumed', 'started', 'turn', 'done'],
    ])
  })

  it('before it has the model gives up waiting for it', async () => {
    const load = gate()
    await using life = await live({ scheduled: true, script: () => ['x'], engine: { onLoad: () => load.pass } })
    const agent = await life.call('agent.create', mine())
    let id = ''
    const running = askWith(life, agent.id, 'one', (_event, run) => (id = run))
    await idle()
    expect((await life.call('run.pause', { run: id })).state).toBe('paused')
    load.open()
    await idle()
    expect(life.engine.requests.length).toBe(0)
    await life.call('run.resume', { run: id })
    expect((await running).run.state).toBe('done')
  })

  it('outlives the kernel, and so does pausing an agent or everything', async () => {
    for (const what of ['run', 'agent', 'everything'] as const) {
      const database = createMemoryDatabase()
      const random = createCountingRandom()
      const script = (): string[] => ['a ', 'b ', 'c ', 'd']
      const dying = createDyingDatabase(database, 10_000, false)
      const first = await live({ database: dying, random, scheduled: true, script, engine: slowly })
      const agent = await first.call('agent.create', mine())
      let id = ''
      const writing = gate()
      void askWith(first, agent.id, 'Go', (event, run) => {
        id = run
        if (event.type === 'text') writing.open()
      })
      await writing.pass
      if (what === 'run') await first.call('run.pause', { run: id })
      if (what === 'agent') expect((await first.call('agent.pause', { agent: agent.id })).paused).toBe(true)
      if (what === 'everything') await first.settings.pause(true)
      await idle()
      expect((await runOf(first, id))?.state).toBe('paused')
      dying.dieIn(0)
      const next = await live({ database, random, scheduled: true, script })
      await next.agents.recover()
      await idle()
      expect((await runOf(next, id))?.state, what).toBe('paused')
      expect(next.engine.requests.length).toBe(0)
      const events: RunEvent[] = []
      const watched = next.call('run.watch', { run: id, after: -1 }, { onEvent: (event) => events.push(event) })
      if (what === 'run') await next.call('run.resume', { run: id })
      if (what === 'agent') await next.call('agent.resume', { agent: agent.id })
      if (what === 'everything') await next.settings.pause(false)
      expect((await watched).state).toBe('done')
      expect(joined(events)).toBe('a b c d')
      expect(events.filter((event) => event.type === 'paused' && event.by === 'user').length).toBe(1)
    }
  })

  it('can be cancelled while it is paused, and keeps what was written', async () => {
    await using life = await live({ scheduled: true, script: () => ['some ', 'text ', 'never'], engine: slowly })
    const agent = await life.call('agent.create', mine())
    let paused = false
    const { run } = await askWith(life, agent.id, 'Go', (event, id) => {
      if (event.type !== 'text' || paused) return
      paused = true
      void life.call('run.pause', { run: id }).then(async () => {
        await idle()
        await life.call('run.cancel', { run: id })
      })
    })
    expect(run.state).toBe('cancelled')
    expect((await historyOf(life, agent.id)).at(-1)).toMatchObject({ role: 'assistant', ended: 'stopped' })
  })
})

describe('renicing a run', () => {
  it('reaches the scheduler at once, and a restart keeps it', async () => {
    const database = createMemoryDatabase()
    const random = createCountingRandom()
    const held = gate()
    const engine = { slots: 1, pace: () => held.pass }
    const dying = createDyingDatabase(database, 10_000, false)
    const life = await live({ database: dying, random, scheduled: true, script: () => ['x'], engine })
    const names = ['first', 'second', 'third']
    const agents = await Promise.all(names.map((name) => life.call('agent.create', mine({ name }))))
    const ids = new Map<string, string>()
    for (const { id, name } of agents) {
      void askWith(life, id, name, (_event, run) => ids.set(name, run))
      await idle()
    }
    const run = ids.get('third') ?? ''
    const niceness = { class: 'interactive', weight: 3, deadline: 2_000_000_000_000 } as const
    expect(await life.call('run.renice', { run, ...niceness })).toMatchObject(niceness)
    dying.dieIn(0)
    const next = await live({ database, random, scheduled: true, script: () => ['x'], engine: { slots: 1 } })
    expect(await runOf(next, run)).toMatchObject(niceness)
    await next.call('run.renice', { run, deadline: null })
    expect((await runOf(next, run))?.deadline).toBeUndefined()
    await next.agents.recover()
    await Promise.all([...ids.values()].map((id) => next.call('run.watch', { run: id, after: -1 })))
    expect(next.engine.requests.map(({ messages }) => messages.at(-1)?.content).indexOf('third')).toBeLessThan(2)
  })
})

describe('pausing and resuming at any moment', () => {
  it('gives the text of an undisturbed run, also across kernels', async () => {
    const words = fc.array(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 3, maxLength: 20 })
    const moments = fc.array(fc.record({ at: fc.nat({ max: 12 }), dies: fc.boolean() }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(words, moments, async (script, moments) => {
        const database = createMemoryDatabase()
        const random = createCountingRandom()
        let id = ''
        let agent = ''
        for (const { at, dies } of [...moments, { at: 1_000, dies: false }]) {
          const dying = createDyingDatabase(database, 100_000, false)
          const life = await live({ database: dying, random, scheduled: true, script: () => script, engine: slowly })
          let seen = 0
          const stop = gate()
          const onEvent = (event: RunEvent): void => {
            if (event.type === 'started' || event.type === 'queued') id = event.run.id
            if (seen++ !== at) return
            void (async () => {
              await life.call('run.pause', { run: id })
              if (dies) dying.dieIn(0)
              else await life.call('run.resume', { run: id })
              if (dies) stop.open()
            })()
          }
          if (id === '') {
            agent = (await life.call('agent.create', mine())).id
            await Promise.race([life.call('agent.run', { agent, text: 'Go' }, { onEvent }), stop.pass])
          } else {
            const [run] = (await life.call('run.list', { active: true, limit: 1 })).runs
            if (run) await life.call('run.resume', { run: id })
            await life.agents.recover()
            await Promise.race([life.call('run.watch', { run: id, after: -1 }, { onEvent }), stop.pass])
          }
        }
        const last = await live({ database, random, script: () => [] })
        const [run] = (await last.call('run.list', { active: false, limit: 9 })).runs
        expect(run?.state).toBe('done')
        expect((await historyOf(last, agent)).map(({ text }) => text)).toEqual(['Go', script.join('')])
      }),
      { numRuns: 30 },
    )
  }, 60_000)

  it('survives a kernel that dies at any commit of it', async () => {
    const script = (): string[] => ['a ', 'b ', 'c ', 'd']
    let died = 0
    for (let at = 0; at < 24; at += 1) {
      for (const applied of [true, false]) {
        const database = createMemoryDatabase()
        const random = createCountingRandom()
        const dying = createDyingDatabase(database, 1_000, applied)
        const first = await live({ database: dying, random, scheduled: true, script, engine: slowly })
        const agent = await first.call('agent.create', mine())
        await idle()
        dying.dieIn(at)
        let touched = false
        const work = askWith(first, agent.id, 'Go', (event, run) => {
          if (event.type !== 'text' || touched) return
          touched = true
          void (async () => {
            await first.call('run.pause', { run })
            await first.call('run.renice', { run, class: 'background' })
            await first.call('run.resume', { run })
          })()
        }).then(() => false)
        if (await Promise.race([work, dying.dead.then(() => true)])) died += 1
        const next = await live({ database, random, scheduled: true, script })
        await next.agents.recover()
        const [run] = (await next.call('run.list', { active: false, limit: 1 })).runs
        // A question that never reached the disk was never asked.
        if (!run) continue
        await next.call('run.resume', { run: run.id })
        const events: RunEvent[] = []
        const watching = { onEvent: (event: RunEvent) => void events.push(event) }
        expect((await next.call('run.watch', { run: run.id, after: -1 }, watching)).state, `death at ${at}`).toBe(
          'done',
        )
        expect((await historyOf(next, agent.id)).map(({ text }) => text)).toEqual(['Go', 'a b c d'])
        joined(events)
      }
    }
    expect(died).toBeGreaterThan(16)
  })
})
