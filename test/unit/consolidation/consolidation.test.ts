/** What a pass does to memories, and what it leaves alone. */
import { expect, test } from 'vitest'
import { createDyingDatabase } from '../agents/harness.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { dogFacts, DAY, factRecord, notesIn, world } from './harness.ts'
import type { World } from './harness.ts'

const user = { source: 'user', principal: { kind: 'user' }, trust: 'trusted' } as const

/** Says all that the notes say, as a good model would, in fewer words. */
const goodScript = (request: { messages: readonly { content: string }[] }): string[] => {
  const notes = notesIn(request.messages.at(-1)?.content ?? '').map((note) => note.replace(/\.$/, ''))
  return [notes.join('; ').replaceAll(/; The (?:dog|cat) /g, '; '), '.']
}

const valid = (memory: { validUntil: number | null } | undefined): boolean => memory?.validUntil === null

/** Each memory's text with who said so and whether it still holds. */
async function lines(there: World): Promise<string[]> {
  return [...(await there.memories()).values()].map(
    ({ text, validUntil }) => `${validUntil === null ? '' : '(ended) '}${text}`,
  )
}

test('joins facts that say the same into what a person said, and adds up their use', async () => {
  const facts = [
    factRecord({ text: 'The user lives in Bern.', uses: 2, usedAt: 5 }),
    factRecord({ text: 'user lives in Bern', provenance: user, uses: 1, usedAt: 9 }),
    factRecord({ text: 'The user lives in Bern', owner: 'a1' }),
    factRecord({ text: 'The user lives in Bern', scope: 'work' }),
    factRecord({ text: 'The user lived in Bern' }),
  ]
  await using there = await world({ memories: facts })
  expect(await there.run()).toMatchObject({ state: 'done', read: 5, merged: 1, summarised: 0, expired: 0, note: null })
  const after = await there.memories()
  const [joined, kept] = facts.map(({ id }) => after.get(id))
  expect(joined).toMatchObject({ validUntil: there.clock.now(), version: 2 })
  expect(kept).toMatchObject({ version: 2, uses: 3, usedAt: 9, validUntil: null, provenance: user })
  expect(kept?.links).toEqual([{ kind: 'derived-from', to: joined?.id }])
  expect([...after.values()].filter(valid)).toHaveLength(4)
  const versions = await there.database.list('versions')
  expect(versions.map(({ record, ended }) => [record, ended.what])).toEqual([
    [joined?.id, 'consolidated'],
    [kept?.id, 'consolidated'],
  ])
  // Once joined there is nothing left to do.
  expect(await there.run()).toMatchObject({ state: 'done', merged: 0 })
})

test('ends what a model wrote and nobody recalled in a year, and nothing else', async () => {
  const old = { createdAt: 1_750_000_000_000 - 400 * DAY }
  const facts = [
    factRecord({ ...old, text: 'unused' }),
    factRecord({ ...old, text: 'recalled once', uses: 1, usedAt: 1 }),
    factRecord({ ...old, text: 'said by the user', provenance: user }),
    factRecord({ text: 'of two months ago' }),
  ]
  await using there = await world({ memories: facts })
  expect(await there.run()).toMatchObject({ state: 'done', expired: 1 })
  expect(await lines(there)).toEqual(['(ended) unused', 'recalled once', 'said by the user', 'of two months ago'])
})

test('what was ended can be brought back', async () => {
  const [fact] = [factRecord({ text: 'unused', createdAt: 1_750_000_000_000 - 400 * DAY })]
  await using there = await world({ memories: [fact] })
  await there.run()
  const { changes } = await there.memory.parts()
  await changes.now('strict', async () => ({ result: null, put: [{ ...fact, version: 3, usedAt: there.clock.now() }] }))
  expect(await lines(there)).toEqual(['unused'])
})

test('without a model it says so, and joins and ends all the same', async () => {
  const facts = [...dogFacts(), factRecord({ text: 'x y' }), factRecord({ text: 'X y.' })]
  await using there = await world({ memories: facts, script: goodScript })
  const report = await there.run()
  expect(report).toMatchObject({ state: 'done', merged: 1, summarised: 0 })
  expect(report.note).toContain('No model')
  expect(there.engine.loaded).toBeNull()
  expect(there.engine.requests).toHaveLength(0)
})

test('summarises many old small facts, trusts the summary no more than them, and never summarises it again', async () => {
  await using there = await world({ memories: dogFacts(), script: goodScript })
  await there.load()
  const report = await there.run()
  expect(report.state).toBe('done')
  expect(report.summarised).toBeGreaterThanOrEqual(6)
  const all = [...(await there.memories()).values()]
  const summaries = all.filter(({ links }) => links.length > 0)
  expect(summaries.length).toBeGreaterThan(0)
  for (const summary of summaries) {
    const sources = all.filter(({ id }) => summary.links.some(({ to }) => to === id))
    expect(sources.length).toBe(summary.links.length)
    expect(sources.every((source) => source.validUntil === there.clock.now())).toBe(true)
    expect(summary.provenance).toMatchObject({ source: 'model', model: 'starter', trust: 'untrusted' })
    expect(summary.links.every(({ kind }) => kind === 'derived-from')).toBe(true)
    // It is found in their place.
    const name = /dog (\w+)/.exec(sources[0]?.text ?? '')?.[1] ?? ''
    const found = await (await there.memory.parts()).index.search(name, 5, { validAt: there.clock.now() })
    expect(found.hits.map(({ memory }) => memory.id)).toContain(summary.id)
  }
  const asked = there.engine.requests.length
  there.clock.advance(100 * DAY)
  await there.run()
  const again = there.engine.requests.slice(asked).flatMap(({ messages }) => notesIn(messages.at(-1)?.content ?? ''))
  for (const { text } of summaries) expect(again).not.toContain(text)
})

test('a summary of what a person said is trusted, one of anything else is not', async () => {
  const trusted = dogFacts().map((fact) => ({ ...fact, text: fact.text.replace('dog', 'cat'), provenance: user }))
  await using there = await world({ memories: [...trusted, ...dogFacts()], script: goodScript })
  await there.load()
  await there.run()
  const all = await there.memories()
  const summaries = [...all.values()].filter(({ provenance }) => provenance.principal.kind === 'kernel')
  expect(new Set(summaries.map(({ provenance }) => provenance.trust))).toEqual(new Set(['trusted', 'untrusted']))
  for (const { links, provenance } of summaries) {
    for (const { to } of links) expect(all.get(to)?.provenance.trust).toBe(provenance.trust)
  }
})

test('throws away what a model adds or leaves out, does not ask it again, and says so', async () => {
  const script = () => ['The dog Hasso eats 12 sausages, and the user loves that dog.']
  await using there = await world({ memories: dogFacts(), script })
  await there.load()
  const report = await there.run()
  expect(report).toMatchObject({ state: 'done', summarised: 0 })
  expect(report.note).toContain('thrown away')
  expect((await lines(there)).some((line) => line.startsWith('(ended)') || line.includes('Hasso'))).toBe(false)
  const asked = there.engine.requests.map(({ messages }) => notesIn(messages.at(-1)?.content ?? '')[0])
  await there.run()
  const again = there.engine.requests
    .slice(asked.length)
    .map(({ messages }) => notesIn(messages.at(-1)?.content ?? '')[0])
  for (const first of again) expect(asked).not.toContain(first)
})

test('leaves alone what is fresh, long, denied, bounded in time, recalled from elsewhere or a block', async () => {
  const ages = { createdAt: 1_750_000_000_000 - DAY }
  const [first] = dogFacts()
  const facts = [
    ...dogFacts().map((fact) => ({ ...fact, ...ages, updatedAt: ages.createdAt, scope: 'fresh' })),
    ...dogFacts().map((fact) => ({ ...fact, usedAt: ages.createdAt, scope: 'used' })),
    ...dogFacts().map((fact) => ({ ...fact, text: fact.text.replace('.', ` ${'long '.repeat(80)}.`), scope: 'long' })),
    ...dogFacts().map((fact) => ({
      ...fact,
      text: fact.text.replace('eats', 'never eats').replace('sleeps', 'never sleeps'),
      scope: 'denied',
    })),
    ...dogFacts().map((fact) => ({ ...fact, validUntil: 1_850_000_000_000, scope: 'bounded' })),
    ...dogFacts().map((fact) => ({
      ...fact,
      provenance: { ...fact.provenance, source: 'memory' as const },
      scope: 'recalled',
    })),
    ...dogFacts().map((fact) => ({ ...fact, kind: 'block' as const, scope: 'block' })),
    ...(first ? [{ ...first, scope: 'few' }] : []),
  ]
  await using there = await world({ memories: facts, script: goodScript })
  await there.load()
  expect(await there.run()).toMatchObject({ state: 'done', merged: 0, summarised: 0, expired: 0, note: null })
  expect(there.engine.requests).toHaveLength(0)
})

test('an edit that is made while a summary is written wins', async () => {
  const facts = dogFacts()
  const edited: string[] = []
  const now: { world?: World } = {}
  const pace = async (request: { messages: readonly { content: string }[] }): Promise<void> => {
    const { index, changes, clock } = (await now.world?.memory.parts()) ?? {}
    const [note] = notesIn(request.messages.at(-1)?.content ?? '')
    const fact = facts.find(({ text }) => text === note)
    if (!index || !changes || !clock || !fact || edited.includes(fact.id)) return
    edited.push(fact.id)
    const text = `${fact.text} Or so they say.`
    await changes.now('strict', async () => ({
      result: null,
      put: [{ ...fact, text, version: 2, updatedAt: clock.now() }],
    }))
  }
  await using there = (now.world = await world({ memories: facts, script: goodScript, engine: { pace } }))
  await there.load()
  expect(await there.run()).toMatchObject({ state: 'done', summarised: 0 })
  expect(edited.length).toBeGreaterThan(0)
  const after = await there.memories()
  expect([...after.values()].filter(valid)).toHaveLength(facts.length)
  for (const id of edited) expect(after.get(id)?.text).toContain('Or so they say.')
})

test('killed at any commit it leaves every memory in use, or ended with what took its place', async () => {
  const facts = [
    ...dogFacts(),
    factRecord({ text: 'The user lives in Bern.' }),
    factRecord({ text: 'User lives in Bern' }),
  ]
  for (let at = 0; ; at += 1) {
    let ended = false
    for (const applied of [false, true]) {
      const database = createMemoryDatabase()
      await database.commit(
        facts.map((value) => ({ op: 'put', store: 'memories', value })),
        'strict',
      )
      const dying = createDyingDatabase(database, at, applied)
      const story = (async () => {
        const there = await world({ database: dying, script: goodScript })
        await there.load()
        return there.run()
      })()
      ended = (await Promise.race([story, dying.dead])) !== undefined
      const stored = new Map((await database.list('memories')).map((memory) => [memory.id, memory]))
      const inUse = [...stored.values()].filter(valid)
      for (const fact of facts) {
        const now = stored.get(fact.id)
        if (valid(now)) continue
        const heirs = inUse.filter(({ links }) =>
          links.some(({ kind, to }) => kind === 'derived-from' && to === fact.id),
        )
        expect(heirs.length, fact.text).toBe(1)
        expect((await database.list('versions', { from: [fact.id, 0], to: [fact.id, 9] })).length).toBe(1)
      }
      // The next kernel goes on, and knows what became of the last pass.
      await using later = await world({ database, script: goodScript })
      expect(['interrupted', 'done', undefined]).toContain(later.consolidation.state().last?.state)
      expect((await later.run()).state).toBe('done')
    }
    if (ended) break
  }
}, 60_000)
