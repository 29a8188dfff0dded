/** The `memory` syscalls: what is stored, changed, looked back at, watched and forgotten. */
import { describe, expect, it } from 'vitest'
import type { Memory, SyscallEvent } from '../../../kernel/abi/index.ts'
import { createManualClock } from '../../../kernel/drivers/memory/clock.ts'
import { createCountingRandom } from '../../../kernel/drivers/memory/random.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { app, errorOf, live, never, settings, type Life } from '../agents/harness.ts'

const life = (): Promise<Life> => live({ script: () => [] })
const ids = (memories: readonly Memory[]): string[] => memories.map(({ id }) => id)
const texts = (memories: readonly Memory[]): string[] => memories.map(({ text }) => text)

describe('a memory', () => {
  it('is changed only at the version that the caller saw', async () => {
    await using kernel = await life()
    const first = await kernel.call('memory.add', { text: 'the gate code is 4711' })
    const second = await kernel.call('memory.update', { id: first.id, ifVersion: 1, text: 'the gate code is 4712' })
    expect(second).toMatchObject({ version: 2, text: 'the gate code is 4712' })
    const late = await errorOf(kernel.call('memory.update', { id: first.id, ifVersion: 1, text: 'the gate code is 1' }))
    expect(late).toMatchObject({ code: 'conflict', data: { id: first.id, version: 2 } })
    expect(await kernel.call('memory.get', { id: first.id })).toEqual(second)
  })

  it('is changed by one of two at a time: no update is lost among two hundred', async () => {
    await using kernel = await life()
    const { id } = await kernel.call('memory.add', { text: 'count 0' })
    const countUp = async (): Promise<void> => {
      for (;;) {
        const { text, version } = await kernel.call('memory.get', { id })
        const next = `count ${Number(text.slice(6)) + 1}`
        const error = await kernel.call('memory.update', { id, ifVersion: version, text: next }).then(
          () => null,
          (reason: unknown) => reason,
        )
        if (error === null) return
        expect(error).toMatchObject({ code: 'conflict' })
      }
    }
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let n = 0; n < 25; n += 1) await countUp()
      }),
    )
    expect(await kernel.call('memory.get', { id })).toMatchObject({ text: 'count 200', version: 201 })
    expect((await kernel.call('memory.history', { id })).versions.length).toBe(101)
  })

  it('keeps what it was, newest first, and is brought back by updating to it', async () => {
    await using kernel = await life()
    const { id } = await kernel.call('memory.add', { text: 'tea at four' })
    for (const text of ['tea at five', 'tea at six']) await kernel.call('memory.update', { id, text })
    const { versions } = await kernel.call('memory.history', { id })
    expect(texts(versions)).toEqual(['tea at six', 'tea at five', 'tea at four'])
    await kernel.call('memory.update', { id, text: versions[2]?.text, ifVersion: 3 })
    expect(texts((await kernel.call('memory.history', { id })).versions)[0]).toBe('tea at four')
    expect((await kernel.call('memory.history', { id })).versions.length).toBe(4)
  })

  it('that is not changed by an update stays at its version', async () => {
    await using kernel = await life()
    const memory = await kernel.call('memory.add', { text: 'tea at four' })
    expect(await kernel.call('memory.update', { id: memory.id, text: 'tea at four' })).toEqual(memory)
  })

  it('that another one contradicts ends, stays in its history, and can be brought back', async () => {
    await using kernel = await life()
    const old = await kernel.call('memory.add', { text: 'my favourite colour is blue', owner: 'ada' })
    const now = await kernel.call('memory.add', { text: 'my favourite colour is green', owner: 'ada' })
    expect(now.links).toEqual([{ kind: 'supersedes', to: old.id }])
    expect(texts((await kernel.call('memory.list', {})).memories)).toEqual(['my favourite colour is green'])
    expect(texts((await kernel.call('memory.list', { validAt: 'any' })).memories).length).toBe(2)
    expect(texts((await kernel.call('memory.history', { id: now.id })).versions)).toEqual([
      'my favourite colour is green',
      'my favourite colour is blue',
      'my favourite colour is blue',
    ])
    const explained = await kernel.call('memory.explain', { id: old.id })
    expect(ids(explained.supersededBy)).toEqual([now.id])
    await kernel.call('memory.update', { id: old.id, validUntil: null })
    expect((await kernel.call('memory.list', {})).total).toBe(2)
  })

  it('ends also when nobody listed what it is about, and when the clock was set back since', async () => {
    const world = { script: () => [], database: createMemoryDatabase(), random: createCountingRandom() }
    {
      await using kernel = await live({ ...world, clock: createManualClock(2_000_000_000_000) })
      await kernel.call('memory.add', { text: 'Parental leave is twelve weeks' })
      await kernel.call('memory.add', { text: 'Sick leave is six weeks' })
    }
    await using kernel = await live({ ...world, clock: createManualClock(1_900_000_000_000) })
    const now = await kernel.call('memory.add', { text: 'Parental leave is sixteen weeks' })
    expect(texts((await kernel.call('memory.history', { id: now.id })).versions).slice(1)).toEqual([
      ...['Parental leave is twelve weeks', 'Parental leave is twelve weeks'],
    ])
    const { memories } = await kernel.call('memory.list', { validAt: 2_100_000_000_000 })
    expect(texts(memories).sort()).toEqual(['Parental leave is sixteen weeks', 'Sick leave is six weeks'])
  })

  it('is not ended by what somebody else says, in another scope, or less to be trusted', async () => {
    await using kernel = await life()
    const text = 'my favourite colour is blue'
    await kernel.call('memory.add', { text, owner: 'ada' })
    for (const other of [{ owner: 'bob' }, { owner: null }, { owner: 'ada', scope: 'work' }]) {
      await kernel.call('memory.add', { ...other, text: 'my favourite colour is green' })
    }
    const said = { owner: 'ada', text: 'my favourite colour is red' }
    await kernel.call('memory.add', said, { caller: app('page') })
    await kernel.call('memory.add', { ...said, text: 'my favourite colour is grey', supersede: false })
    const { memories } = await kernel.call('memory.list', {})
    expect(memories.filter((memory) => memory.validUntil !== null)).toEqual([])
    expect(memories.length).toBe(6)
  })

  it('needs what its kind has, and nothing that it has not', async () => {
    await using kernel = await life()
    const experience = { task: 'a', tried: 'b', outcome: 'worked', lesson: 'c' } as const
    const wrong = [
      { text: '' },
      { kind: 'block', text: 'x' },
      { kind: 'experience', text: 'x' },
      { kind: 'experience', text: 'x', experience },
      { kind: 'fact', text: 'x', experience },
      { kind: 'fact', text: 'x', block: { name: 'n' } },
      { text: 'x', validFrom: 5, validUntil: 4 },
    ] as const
    for (const args of wrong) expect((await errorOf(kernel.call('memory.add', args))).code).toBe('bad-request')
    const { id } = await kernel.call('memory.add', { text: 'x' })
    for (const args of [{ text: '' }, { experience }, { validUntil: 0 }] as const) {
      expect((await errorOf(kernel.call('memory.update', { id, ...args }))).code).toBe('bad-request')
    }
    expect((await kernel.call('memory.list', { validAt: 'any' })).total).toBe(1)
  })

  it('is listed in pages, newest first', async () => {
    await using kernel = await life()
    for (let n = 0; n < 7; n += 1) await kernel.call('memory.add', { text: `note ${n}` })
    const seen: string[] = []
    for (let before: string | undefined; ;) {
      const { memories, total } = await kernel.call('memory.list', { limit: 3, before })
      expect(total).toBe(7)
      seen.push(...texts(memories))
      before = memories.at(-1)?.id
      if (memories.length < 3) break
    }
    expect(seen).toEqual(['note 6', 'note 5', 'note 4', 'note 3', 'note 2', 'note 1', 'note 0'])
  })

  it('that is not there is said not to be', async () => {
    await using kernel = await life()
    const calls = ['memory.get', 'memory.history', 'memory.explain', 'memory.delete', 'memory.update'] as const
    for (const name of calls) expect((await errorOf(kernel.call(name, { id: 'none' }))).code).toBe('not-found')
  })
})

describe('a block', () => {
  it('has a name of its own for each owner, and holds no more than its limit', async () => {
    await using kernel = await life()
    const add = (owner: string | null, name: string, text = 'x') =>
      kernel.call('memory.add', { kind: 'block', text, owner, block: { name, limit: 10 } })
    const mine = await add('ada', 'plan')
    await add('bob', 'plan')
    await add(null, 'plan')
    expect((await errorOf(add('ada', 'plan'))).code).toBe('conflict')
    expect((await errorOf(add('ada', 'other', 'x'.repeat(11)))).code).toBe('over-limit')
    expect((await errorOf(kernel.call('memory.update', { id: mine.id, text: 'x'.repeat(11) }))).code).toBe('over-limit')
    expect((await errorOf(kernel.call('memory.update', { id: mine.id, owner: null }))).code).toBe('conflict')
    expect((await kernel.call('memory.update', { id: mine.id, text: '' })).text).toBe('')
    expect(texts(await kernel.memory.blocksOf('ada')).length).toBe(2)
    for (let n = 0; n < 7; n += 1) await add('ada', `block ${n}`)
    expect((await errorOf(add('ada', 'one more'))).code).toBe('over-limit')
  })
})

describe('watching', () => {
  it('tells of every change that concerns the filter, and of nothing else', async () => {
    await using kernel = await life()
    const seen: SyscallEvent<'memory.watch'>[] = []
    const stop = new AbortController()
    const options = { signal: stop.signal, onEvent: (event: SyscallEvent<'memory.watch'>) => void seen.push(event) }
    const watching = kernel.call('memory.watch', { owner: 'ada', kinds: ['fact'] }, options).catch(() => 'stopped')
    await kernel.call('memory.list', {})
    const fact = await kernel.call('memory.add', { text: 'my age is 30', owner: 'ada' })
    await kernel.call('memory.add', { text: 'theirs', owner: 'bob' })
    await kernel.call('memory.add', { kind: 'block', text: 'x', owner: 'ada', block: { name: 'n' } })
    const next = await kernel.call('memory.add', { text: 'my age is 31', owner: 'ada' })
    await kernel.call('memory.update', { id: next.id, owner: 'bob' })
    await kernel.call('memory.update', { id: next.id, text: 'his age is 31' })
    await kernel.call('memory.delete', { id: fact.id })
    stop.abort()
    expect(await watching).toBe('stopped')
    await kernel.call('memory.add', { text: 'later', owner: 'ada' })
    const told = seen.map((event) => (event.type === 'put' ? [event.memory.text, event.memory.version] : [event.type]))
    expect(told).toEqual([
      ['my age is 30', 1],
      ['my age is 31', 1],
      ['my age is 30', 2],
      ['my age is 31', 2],
      ['deleted'],
    ])
  })
})

describe('being of use', () => {
  it('is counted when an agent recalls, and stored a while later', async () => {
    await using kernel = await life()
    const { id } = await kernel.call('memory.add', { text: 'my dog is Rosa' })
    const principal = { kind: 'agent', id: 'ada', run: 'r' } as const
    for (let n = 0; n < 3; n += 1) await kernel.memory.recall('dog', principal, 5)
    expect(await kernel.call('memory.get', { id })).toMatchObject({ uses: 0, version: 1 })
    await (await kernel.memory.parts()).uses.flush()
    expect(await kernel.call('memory.get', { id })).toMatchObject({ uses: 3, version: 1, usedAt: kernel.clock.now() })
    await kernel.call('memory.search', { query: 'dog' })
    await (await kernel.memory.parts()).uses.flush()
    expect((await kernel.call('memory.get', { id })).uses).toBe(3)
  })
})

describe('deleting an agent', () => {
  it('forgets all that was its own in one commit, and nothing of others', async () => {
    await using kernel = await life()
    const agent = await kernel.call('agent.create', settings())
    const own = { owner: agent.id }
    const { id } = await kernel.call('memory.add', { ...own, text: 'my favourite colour is blue' })
    await kernel.call('memory.update', { id, text: 'my favourite colour is red' })
    await kernel.call('memory.add', { ...own, kind: 'block', text: 'x', block: { name: 'n' } })
    const common = await kernel.call('memory.add', { text: 'common', links: [{ kind: 'related', to: id }] })
    await kernel.call('agent.delete', { agent: agent.id })
    const { memories } = await kernel.call('memory.list', { validAt: 'any' })
    expect(memories).toMatchObject([{ id: common.id, links: [] }])
    expect((await kernel.database.list('versions')).filter(({ record }) => record === id)).toEqual([])
    // The lock that was held for the commit is free again.
    await kernel.call('memory.add', { text: 'later' }, { signal: never })
  })
})
