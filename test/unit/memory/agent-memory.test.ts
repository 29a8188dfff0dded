/** What agents do with memory by their tools, and why what they wrote is known. */
import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../../kernel/abi/index.ts'
import { asks, errorOf, live, roundOf, settings, user, type Life } from '../agents/harness.ts'

const TOOLS = ['remember', 'recall', 'forget', 'update_memory', 'edit_block', 'note_experience']

type Tool = (name: string, args: Record<string, JsonValue>) => Promise<JsonValue>

/** Tool calls of an agent, in one run unless told otherwise. */
const toolsOf =
  (life: Life, agent: string, run = 'run-1'): Tool =>
  async (name, args) => {
    const caller = { principal: { kind: 'agent', id: agent, run }, session: null, name: agent } as const
    return (await life.call('tool.call', { name, arguments: args }, { caller })).value
  }

const texts = async (life: Life): Promise<string[]> =>
  (await life.call('memory.list', {})).memories.map(({ text }) => text)

describe('an agent', () => {
  it('that recalls a thousand times and writes down what it was shown adds nothing', async () => {
    await using life = await live({ script: () => [] })
    const ada = toolsOf(life, 'ada')
    for (const fact of ['my dog is Rosa', "my cat's name is Tom", 'the boat leaves at nine'])
      await ada('remember', { fact })
    await life.call('memory.add', { text: 'parental leave is sixteen weeks' })
    for (let n = 0; n < 1_000; n += 1) {
      const query = ['dog', 'cat', 'boat', 'parental leave'][n % 4] ?? ''
      const found = await ada('recall', { query })
      const shown = (Array.isArray(found) ? found : [found]) as string[]
      expect(shown[0]).not.toBe('nothing found')
      const again = [shown[0] ?? '', `The user said that ${shown[0]}.`, shown.join(' and '), JSON.stringify(shown)]
      expect(await ada('remember', { fact: again[n % again.length] ?? '' })).toBe('saved')
    }
    expect((await life.call('memory.list', { validAt: 'any' })).total).toBe(4)
    expect(await life.database.count('memories')).toBe(4)
  })

  it('learns what is new although it sounds like what it was shown', async () => {
    await using life = await live({ script: () => [] })
    const ada = toolsOf(life, 'ada')
    await ada('remember', { fact: 'my dog Rosa likes Max' })
    await ada('recall', { query: 'dog' })
    const news = ['my dog Max likes Rosa', 'my dog Rosa does not like Max', 'my dog Rosa likes Max and Tim']
    for (const fact of news) await ada('remember', { fact })
    expect((await texts(life)).sort()).toEqual([...news, 'my dog Rosa likes Max'].sort())
  })

  it('does not store again what was forgotten after it was shown', async () => {
    const first = await live({ script: () => [] })
    const { id } = await first.call('memory.add', { text: 'the gate code is 4711' })
    await toolsOf(first, 'ada')('recall', { query: 'gate code' })
    await first.call('memory.delete', { id })
    const again = toolsOf(first, 'ada')('remember', { fact: 'the gate code is 4711' })
    expect((await errorOf(again)).code).toBe('denied')
    expect(await texts(first)).toEqual([])
    // Somebody says so anew: that is another run.
    await toolsOf(first, 'ada', 'run-2')('remember', { fact: 'the gate code is 4711' })
    expect(await texts(first)).toEqual(['the gate code is 4711'])
  })

  it('forgets and rewrites memories of its own, named by their words', async () => {
    await using life = await live({ script: () => [] })
    const ada = toolsOf(life, 'ada')
    await ada('remember', { fact: 'my dog is Rosa' })
    await life.call('memory.add', { text: 'parental leave is sixteen weeks' })
    await life.call('memory.add', { text: 'my bird is Kiwi', owner: 'bob' })
    expect(await ada('update_memory', { fact: 'My dog is Rosa.', now: 'my dog is Luna' })).toBe('saved')
    const unclear = await errorOf(ada('forget', { fact: 'dog' }))
    expect([unclear.code, unclear.message]).toEqual(['not-found', expect.stringContaining('"my dog is Luna"')])
    expect((await errorOf(ada('forget', { fact: 'parental leave is sixteen weeks' }))).code).toBe('denied')
    expect((await errorOf(ada('forget', { fact: 'my bird is Kiwi' }))).message).not.toContain('Kiwi')
    expect(await ada('forget', { fact: 'my dog is luna' })).toBe('forgotten')
    expect(await texts(life)).toEqual(['my bird is Kiwi', 'parental leave is sixteen weeks'])
  })

  it('knows what another one learnt, and leaves it as it is', async () => {
    await using life = await live({ script: () => [] })
    const [ada, bob] = [toolsOf(life, 'ada'), toolsOf(life, 'bob', 'run-2')]
    await ada('remember', { fact: 'parental leave is sixteen weeks' })
    expect(await bob('recall', { query: 'How long is parental leave?' })).toBe('parental leave is sixteen weeks')
    expect((await errorOf(bob('forget', { fact: 'parental leave is sixteen weeks' }))).code).toBe('denied')
    const change = { fact: 'parental leave is sixteen weeks', now: 'parental leave is two days' }
    expect((await errorOf(bob('update_memory', change))).code).toBe('denied')
    expect(await bob('remember', { fact: 'parental leave is eighteen weeks' })).toBe('saved')
    expect(await texts(life)).toEqual(['parental leave is eighteen weeks'])
  })

  it('ends nothing that a person wrote, whatever it says', async () => {
    await using life = await live({ script: () => [] })
    await life.call('memory.add', { text: 'the gate code is 4711' }, { caller: user })
    await toolsOf(life, 'ada')('remember', { fact: 'the gate code is 9999' })
    expect(await texts(life)).toEqual(['the gate code is 9999', 'the gate code is 4711'])
    await life.call('memory.add', { text: 'the gate code is 1234' }, { caller: user })
    expect(await texts(life)).toEqual(['the gate code is 1234'])
  })

  it('edits its blocks within their limits', async () => {
    await using life = await live({ script: () => [] })
    const ada = toolsOf(life, 'ada')
    await ada('edit_block', { name: 'plan', text: 'buy milk, call Bob' })
    await ada('edit_block', { name: 'plan', text: 'call Ann', replaces: 'call Bob' })
    expect(await life.memory.blocksOf('ada')).toMatchObject([
      { text: 'buy milk, call Ann', version: 2, block: { name: 'plan', limit: 2000 }, owner: 'ada' },
    ])
    expect((await errorOf(ada('edit_block', { name: 'plan', text: 'x', replaces: 'call Bob' }))).code).toBe(
      'bad-request',
    )
    expect((await errorOf(ada('edit_block', { name: 'plan', text: 'x'.repeat(2001) }))).code).toBe('over-limit')
    expect(await life.memory.blocksOf('bob')).toEqual([])
    expect(await ada('remember', { fact: 'buy milk, call Ann' })).toBe('saved')
    expect((await life.call('memory.list', {})).total).toBe(1)
  })

  it('is shown what it learnt before similar work, and nothing before other work', async () => {
    await using life = await live({ script: () => [] })
    const ada = toolsOf(life, 'ada')
    const lesson = { tried: 'the refund tool', outcome: 'failed', lesson: 'ask for the order number first' }
    await ada('note_experience', { task: 'refund a broken kettle', ...lesson })
    const seen = async (text: string, agent = 'ada'): Promise<string[]> =>
      (await life.memory.experienceFor(text, agent, 3)).map((memory) => memory.experience?.lesson ?? '')
    expect(await seen('Please refund my broken toaster')).toEqual(['ask for the order number first'])
    expect(await seen('What is the weather like in Oslo?')).toEqual([])
    expect(await seen('Please refund my broken toaster', 'bob')).toEqual(['ask for the order number first'])
    const [memory] = (await life.call('memory.list', { kinds: ['experience'] })).memories
    expect(memory?.text).toBe(
      'Task: refund a broken kettle. Tried: the refund tool. It failed. Lesson: ask for the order number first.',
    )
  })
})

describe('experience', () => {
  it('is shown before work that is said in other words, and not before other work of its style', async () => {
    await using life = await live({ script: () => [] })
    const lesson = { tried: 'a spell checker', outcome: 'failed', lesson: 'read the grammar sentence by sentence' }
    await toolsOf(life, 'ada')('note_experience', { task: 'correct the spelling in an essay', ...lesson })
    const seen = async (text: string): Promise<string[]> =>
      (await life.memory.experienceFor(text, 'ada', 3)).map((memory) => memory.experience?.lesson ?? '')
    expect(await seen('Proofread my article for grammar mistakes')).toEqual([lesson.lesson])
    expect(await seen('Write a letter to my grandmother')).toEqual([])
  })
})

describe('why something is known', () => {
  it('is told by the turns that were said, up to the call that wrote it', async () => {
    const rounds = [['Noted. ', asks('remember', { fact: 'my dog is Rosa' })], ['All right.']]
    await using life = await live({ script: (request) => rounds[roundOf(request)] ?? ['end'] })
    const agent = await life.call('agent.create', settings({ name: 'Buddy', tools: TOOLS }))
    await life.call('agent.run', { agent: agent.id, text: 'Hello there' })
    await life.call('memory.list', {}).then(({ memories }) => life.call('memory.delete', { id: memories[0]?.id ?? '' }))
    const run = await life.call('agent.run', { agent: agent.id, text: 'My dog is Rosa, remember it.' })
    const [memory] = (await life.call('memory.list', {})).memories
    expect(memory?.provenance).toMatchObject({ run: run.id, tool: 'remember', source: 'model', trust: 'untrusted' })
    const event = await life.database.get('journal', [run.id, memory?.provenance.seq ?? -1])
    expect(event?.event).toMatchObject({ type: 'tool-call', call: { name: 'remember' } })
    const { why, turns, agentName } = await life.call('memory.explain', { id: memory?.id ?? '' })
    expect(turns.map(({ role, text }) => [role, text])).toEqual([
      ['user', 'My dog is Rosa, remember it.'],
      ['assistant', 'Noted. '],
    ])
    expect([agentName, why]).toEqual(['Buddy', expect.stringMatching(/^You said so to Buddy on \d+ \w+ \d{4}\.$/)])
    await life.call('agent.clear', { agent: agent.id })
    const after = await life.call('memory.explain', { id: memory?.id ?? '' })
    expect([after.turns, after.why]).toEqual([[], expect.stringMatching(/^Buddy wrote it down on/)])
  })

  it('is told of what a person or an app wrote', async () => {
    await using life = await live({ script: () => [] })
    const whyOf = async (text: string, caller = user): Promise<string> => {
      const { id } = await life.call('memory.add', { text }, { caller })
      return (await life.call('memory.explain', { id })).why
    }
    expect(await whyOf('one')).toMatch(/^You wrote it down on/)
    const shop = { principal: { kind: 'app', id: 'https://shop.example' }, session: 's', name: 'Shop' } as const
    expect(await whyOf('two', shop)).toMatch(/^The app at https:\/\/shop\.example stored it on/)
  })
})
