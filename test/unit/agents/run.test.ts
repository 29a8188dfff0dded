import { describe, expect, it } from 'vitest'
import { HearthError, type RunEvent } from '../../../kernel/abi/index.ts'
import { ask, asks, errorOf, eventTypes, gate, live, roundOf, settings } from './harness.ts'

/** What is 12 * 34? → calculate → the answer. */
const multiply = (request: {
  messages: readonly { role: string; content: string }[]
}): Iterable<string | ReturnType<typeof asks>> =>
  roundOf(request) === 0
    ? ['Let me ', 'see. ', asks('calculate', { expression: '12 * 34' })]
    : ['12 * 34 ', '= ', '408.']

describe('a run', () => {
  it('goes from question over tool call to answer, and tells of each step in order', async () => {
    await using life = await live({ script: multiply })
    const agent = await life.call('agent.create', settings())
    const { run, events } = await ask(life, agent.id, 'What is 12 * 34?')
    expect(run).toMatchObject({ state: 'done', round: 2, title: 'What is 12 * 34?', askedBy: 'Panel', model: 'script' })
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index))
    const order = eventTypes(events).filter((type) => type !== 'text')
    expect(order).toEqual(['started', 'turn', 'tool-call', 'tool-result', 'turn', 'turn', 'done'])
    const { turns, more } = await life.call('agent.history', { agent: agent.id, limit: 200 })
    expect(more).toBe(false)
    expect(turns.map(({ role, text }) => [role, text])).toEqual([
      ['user', 'What is 12 * 34?'],
      ['assistant', 'Let me see. '],
      ['tool', '408'],
      ['assistant', '12 * 34 = 408.'],
    ])
    expect(turns[2]?.outcome).toMatchObject({ ok: true, value: 408, tool: 'calculate', where: 'sandbox' })
    expect(turns[2]?.outcome?.call).toBe(turns[1]?.toolCalls[0]?.id)
    expect(turns.at(-1)?.usage?.completionTokens).toBe(3)
    expect(turns.map(({ provenance }) => [provenance.source, provenance.trust])).toEqual([
      ['user', 'trusted'],
      ['model', 'untrusted'],
      ['tool', 'untrusted'],
      ['model', 'untrusted'],
    ])
  })

  it('shows the model its tools, its calls and their results', async () => {
    await using life = await live({ script: multiply })
    const agent = await life.call('agent.create', settings({ tools: ['calculate', 'nonsense'] }))
    await ask(life, agent.id, 'What is 12 * 34?')
    const [first, second] = life.engine.requests
    expect(first?.tools.map(({ name }) => name)).toEqual(['calculate'])
    expect(first?.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'What is 12 * 34?' },
    ])
    expect(second?.messages.slice(2)).toMatchObject([
      { role: 'assistant', toolCalls: [{ name: 'calculate', arguments: '{"expression": "12 * 34"}' }] },
      { role: 'tool', content: '408' },
    ])
  })

  it('sends text pieces that join without gap or repeat', async () => {
    const words = Array.from({ length: 200 }, (_, index) => `${index} `)
    await using life = await live({
      script: () => words,
      engine: { pace: () => new Promise((go) => setImmediate(go)) },
    })
    const agent = await life.call('agent.create', settings())
    const { events } = await ask(life, agent.id, 'Count.')
    const pieces = events.flatMap((event) => (event.type === 'text' ? [event] : []))
    expect(pieces.length).toBeGreaterThan(2)
    let text = ''
    for (const piece of pieces) {
      expect(piece.offset).toBe(text.length)
      text += piece.text
    }
    expect(text).toBe(words.join(''))
  })

  it('journals every piece of text before a client sees it', async () => {
    await using life = await live({ script: () => ['a', 'b', 'c'] })
    const agent = await life.call('agent.create', settings())
    const seen: Promise<boolean>[] = []
    const onEvent = (event: RunEvent): void => {
      if (event.type !== 'text') return
      const found = life.database.list('journal').then((all) => all.some((entry) => entry.seq === event.seq))
      seen.push(found)
    }
    await life.call('agent.run', { agent: agent.id, text: 'Go' }, { onEvent })
    expect(seen.length).toBeGreaterThan(0)
    expect(await Promise.all(seen)).not.toContain(false)
  })

  it('tells the model of a failed call, and goes on', async () => {
    const script = (request: Parameters<typeof roundOf>[0]) => {
      if (roundOf(request) === 0) return [asks('calculate', { expression: '1 +' })]
      if (roundOf(request) === 1) return [asks('calculate', 'not json')]
      if (roundOf(request) === 2) return [asks('no_such_tool', {})]
      return ['I cannot.']
    }
    await using life = await live({ script })
    const agent = await life.call('agent.create', settings())
    const { run } = await ask(life, agent.id, 'Try')
    expect(run.state).toBe('done')
    const { turns } = await life.call('agent.history', { agent: agent.id, limit: 200 })
    const outcomes = turns.flatMap(({ outcome }) => outcome ?? [])
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, false, false])
    expect(outcomes[0]?.value).toContain('cannot be calculated')
    expect(outcomes[1]?.value).toContain('arguments')
    expect(outcomes[2]?.value).toContain('no tool')
    expect(life.engine.requests[1]?.messages.at(-1)?.content).toContain('{"error": "')
  })

  it('lets a model that only calls tools have one last answer without them', async () => {
    await using life = await live({
      script: (request) => (request.toolChoice === 'none' ? ['That is all I found.'] : [asks('current_time', {})]),
    })
    const agent = await life.call('agent.create', settings({ limits: { rounds: 3 } }))
    const { run } = await ask(life, agent.id, 'Loop')
    expect(run).toMatchObject({ state: 'done', round: 4 })
    expect(life.engine.requests.length).toBe(4)
    const { turns } = await life.call('agent.history', { agent: agent.id, limit: 200 })
    expect(turns.at(-1)).toMatchObject({ text: 'That is all I found.', ended: 'limit' })
  })

  it('says when an answer was cut at its token limit', async () => {
    await using life = await live({ script: () => ['one ', 'two ', 'three '] })
    const agent = await life.call('agent.create', settings({ sampling: { temperature: 0, topP: 1, maxTokens: 2 } }))
    await ask(life, agent.id, 'Count')
    const { turns } = await life.call('agent.history', { agent: agent.id, limit: 200 })
    expect(turns.at(-1)).toMatchObject({ text: 'one two ', ended: 'limit' })
  })

  it('keeps the question and what was written when the engine fails, and can be retried', async () => {
    let broken = true
    const failure = new HearthError('engine-failed', 'It broke. Ask again.', {
      engine: 'x',
      reason: 'test',
      status: null,
    })
    await using life = await live({ script: () => (broken ? ['half ', { fail: failure }] : ['whole']) })
    const agent = await life.call('agent.create', settings())
    const { run, events } = await ask(life, agent.id, 'Do it')
    expect(run).toMatchObject({ state: 'failed', error: { code: 'engine-failed', message: 'It broke. Ask again.' } })
    expect(eventTypes(events).at(-1)).toBe('done')
    const before = (await life.call('agent.history', { agent: agent.id, limit: 200 })).turns
    expect(before.map(({ text, ended }) => [text, ended])).toEqual([
      ['Do it', 'complete'],
      ['half ', 'failed'],
    ])
    broken = false
    await ask(life, agent.id, 'Do it', { replace: before[0]?.id ?? '' })
    const after = (await life.call('agent.history', { agent: agent.id, limit: 200 })).turns
    expect(after.map(({ text }) => text)).toEqual(['Do it', 'whole'])
    expect(after[0]?.index).toBeGreaterThan(before[1]?.index ?? 0)
  })

  it('shrinks the window once when the engine says that it was too long', async () => {
    let refusals = 0
    const script = (request: { messages: readonly unknown[] }) => {
      if (request.messages.length <= 3) return ['Fits.']
      refusals += 1
      return [{ fail: new HearthError('context-overflow', 'too long', { tokens: 16_000, limitTokens: 12_000 }) }]
    }
    await using life = await live({ script, engine: { contextTokens: 16_000 } })
    const agent = await life.call('agent.create', settings())
    for (const word of ['one ', 'two ']) await ask(life, agent.id, word.repeat(3_000))
    expect(refusals).toBe(1)
    const { runs } = await life.call('run.list', { active: false, limit: 50 })
    expect(runs.map(({ state }) => state)).toEqual(['done', 'done'])
  })

  it('fails with the figures when the question alone is longer than the window, and keeps the question', async () => {
    const tooLong = new HearthError('context-overflow', 'too long', { tokens: 2_100, limitTokens: 1_000 })
    await using life = await live({ script: () => [{ fail: tooLong }], engine: { contextTokens: 1_000 } })
    const agent = await life.call('agent.create', settings())
    const { run } = await ask(life, agent.id, 'word '.repeat(2_000))
    expect(run).toMatchObject({ state: 'failed', error: { code: 'context-overflow' } })
    expect(run.error?.message).toMatch(/needs about 2100 tokens .* leaves 750/)
    expect(life.engine.requests.length).toBe(1)
    expect((await life.call('agent.history', { agent: agent.id, limit: 200 })).turns.length).toBe(1)
  })

  it('lets the engine decide about a question that is too long by the guess only', async () => {
    await using life = await live({ script: () => ['Fits.'], engine: { contextTokens: 1_000 } })
    const agent = await life.call('agent.create', settings())
    const { run } = await ask(life, agent.id, 'word '.repeat(800))
    expect(run.state).toBe('done')
  })

  it('does not bother the engine with a question that is too long by any guess', async () => {
    await using life = await live({ script: () => ['x'], engine: { contextTokens: 1_000 } })
    const agent = await life.call('agent.create', settings())
    const { run } = await ask(life, agent.id, 'word '.repeat(8_000))
    expect(run).toMatchObject({ state: 'failed', error: { code: 'context-overflow' } })
    expect(life.engine.requests.length).toBe(0)
  })
})

describe('stopping', () => {
  it('keeps the partial answer as a turn', async () => {
    const held = gate()
    await using life = await live({
      script: () => ['some ', 'text ', 'never'],
      engine: { pace: (_request, delta) => (delta === 2 ? held.pass : Promise.resolve()) },
    })
    const agent = await life.call('agent.create', settings())
    const texts = gate()
    let text = ''
    const running = life.call(
      'agent.run',
      { agent: agent.id, text: 'Go' },
      {
        onEvent(event) {
          if (event.type === 'text') text += event.text
          if (text === 'some text ') texts.open()
        },
      },
    )
    await texts.pass
    const { runs } = await life.call('run.list', { active: true, limit: 50 })
    const cancelled = await life.call('run.cancel', { run: runs[0]?.id ?? '' })
    expect(cancelled.state).toBe('cancelled')
    expect((await running).state).toBe('cancelled')
    const { turns } = await life.call('agent.history', { agent: agent.id, limit: 200 })
    expect(turns.at(-1)).toMatchObject({ text: 'some text ', ended: 'stopped', role: 'assistant' })
    expect(life.engine.active).toBe(0)
  })

  it('leaves no call without a result', async () => {
    await using life = await live({ script: () => [asks('order', { n: 1 }), asks('order', { n: 2 })] })
    const agent = await life.call('agent.create', settings())
    const invoked = gate()
    life.offer('order', () => {
      invoked.open()
      return new Promise(() => {})
    })
    const running = ask(life, agent.id, 'Order two')
    await invoked.pass
    expect(life.agents.stopAll()).toBe(1)
    expect((await running).run.state).toBe('cancelled')
    const { turns } = await life.call('agent.history', { agent: agent.id, limit: 200 })
    const outcomes = turns.flatMap(({ outcome }) => outcome ?? [])
    expect(outcomes.map(({ call }) => call)).toEqual(turns[1]?.toolCalls.map(({ id }) => id))
    expect(outcomes[0]?.value).toContain('may have happened')
    expect(outcomes[1]?.value).not.toContain('may have happened')
  })

  it('goes on when the tab that asked closes, and ends when the caller cancels', async () => {
    for (const [by, state] of [
      ['tab', 'done'],
      ['caller', 'cancelled'],
    ] as const) {
      const held = gate()
      await using life = await live({
        script: () => ['a', 'b'],
        engine: { pace: (_, delta) => (delta === 1 ? held.pass : Promise.resolve()) },
      })
      const agent = await life.call('agent.create', settings())
      const tab = new AbortController()
      const first = gate()
      const running = life.call(
        'agent.run',
        { agent: agent.id, text: 'Go' },
        { signal: tab.signal, onEvent: (event) => event.type === 'text' && first.open() },
      )
      await first.pass
      const [run] = (await life.call('run.list', { active: true, limit: 1 })).runs
      tab.abort(new HearthError('cancelled', 'gone', { by }))
      expect((await errorOf(running)).code).toBe('cancelled')
      held.open()
      expect((await life.call('run.watch', { run: run?.id ?? '', after: -1 })).state).toBe(state)
    }
  })
})

describe('watching', () => {
  it('replays from where a watcher left off and goes on live, for several at once', async () => {
    const held = gate()
    await using life = await live({
      script: multiply,
      engine: { pace: (request, delta) => (roundOf(request) === 1 && delta === 1 ? held.pass : Promise.resolve()) },
    })
    const agent = await life.call('agent.create', settings())
    const reached = gate()
    const running = life.call(
      'agent.run',
      { agent: agent.id, text: 'What is 12 * 34?' },
      {
        onEvent: (event) => event.type === 'text' && event.round === 2 && reached.open(),
      },
    )
    await reached.pass
    const [run] = (await life.call('run.list', { active: true, limit: 1 })).runs
    const all: RunEvent[] = []
    const late: RunEvent[] = []
    const watching = Promise.all([
      life.call('run.watch', { run: run?.id ?? '', after: -1 }, { onEvent: (event) => all.push(event) }),
      life.call('run.watch', { run: run?.id ?? '', after: 3 }, { onEvent: (event) => late.push(event) }),
    ])
    held.open()
    expect((await watching).map(({ state }) => state)).toEqual(['done', 'done'])
    await running
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index))
    expect(late).toEqual(all.slice(4))
  })

  it('replays an ended run without the text that its turns hold', async () => {
    await using life = await live({ script: multiply })
    const agent = await life.call('agent.create', settings())
    const { run } = await ask(life, agent.id, 'What is 12 * 34?')
    const events: RunEvent[] = []
    await life.call('run.watch', { run: run.id, after: -1 }, { onEvent: (event) => events.push(event) })
    expect(eventTypes(events)).toEqual(['started', 'turn', 'tool-call', 'tool-result', 'turn', 'turn', 'done'])
    expect((await errorOf(life.call('run.watch', { run: 'none', after: -1 }))).code).toBe('not-found')
  })
})

describe('several runs', () => {
  it('queues a second question behind the first', async () => {
    const held = gate()
    await using life = await live({
      script: ({ messages }) => [`${messages.length}`],
      engine: { pace: () => held.pass },
    })
    const agent = await life.call('agent.create', settings())
    const first = ask(life, agent.id, 'one')
    const second = ask(life, agent.id, 'two')
    const { runs } = await life.call('run.list', { active: true, limit: 50 })
    expect(runs.map(({ state }) => state).sort()).toContain('queued')
    held.open()
    await Promise.all([first, second])
    const { turns } = await life.call('agent.history', { agent: agent.id, limit: 200 })
    expect(turns.map(({ text }) => text)).toEqual(['one', '2', 'two', '4'])
    expect(life.engine.peak).toBe(1)
  })

  it('does not finish an answer that is about to be replaced', async () => {
    const held = gate()
    let answers = 0
    await using life = await live({
      script: () => (answers++ === 0 ? ['old ', 'answer'] : ['new answer']),
      engine: { pace: (_, delta) => (delta === 1 ? held.pass : Promise.resolve()) },
    })
    const agent = await life.call('agent.create', settings())
    const writing = gate()
    const first = life.call(
      'agent.run',
      { agent: agent.id, text: 'q' },
      { onEvent: (event) => event.type === 'text' && writing.open() },
    )
    await writing.pass
    const [turn] = (await life.call('agent.history', { agent: agent.id, limit: 200 })).turns
    const second = await ask(life, agent.id, 'better q', { replace: turn?.id ?? '' })
    expect((await first).state).toBe('cancelled')
    expect(second.run.state).toBe('done')
    const { turns } = await life.call('agent.history', { agent: agent.id, limit: 200 })
    expect(turns.map(({ text }) => text)).toEqual(['better q', 'new answer'])
  })

  it('ends a queued run without touching the conversation', async () => {
    const held = gate()
    await using life = await live({ script: () => ['x'], engine: { pace: () => held.pass } })
    const agent = await life.call('agent.create', settings())
    const first = ask(life, agent.id, 'one')
    const second = ask(life, agent.id, 'two')
    const { runs } = await life.call('run.list', { active: true, limit: 50 })
    const queued = runs.find(({ title }) => title === 'two')
    expect((await life.call('run.cancel', { run: queued?.id ?? '' })).state).toBe('cancelled')
    expect(eventTypes((await second).events)).toEqual(['queued', 'done'])
    held.open()
    await first
    const { turns } = await life.call('agent.history', { agent: agent.id, limit: 200 })
    expect(turns.map(({ text }) => text)).toEqual(['one', 'x'])
  })

  it('keeps only the last runs, and their journals', async () => {
    await using life = await live({ script: () => ['x'] })
    const agent = await life.call('agent.create', settings())
    for (let index = 0; index < 205; index += 1) await ask(life, agent.id, `q${index}`)
    expect(await life.database.count('runs')).toBe(200)
    const journal = await life.database.list('journal')
    expect(new Set(journal.map(({ run }) => run)).size).toBe(200)
    expect((await life.call('run.list', { active: false, limit: 500 })).runs.length).toBe(200)
  }, 30_000)
})
