/** What is forgotten is nowhere: not in a store, not in what was made of it, not where a conversation quoted it. */
import { describe, expect, it } from 'vitest'
import type { Database } from '../../../kernel/core/storage/database.ts'
import type { StoreName } from '../../../kernel/core/storage/records.ts'
import { KEY_PATHS } from '../../../kernel/core/storage/records.ts'
import { asks, live, roundOf, settings, type Life } from '../agents/harness.ts'

const SECRET = 'the safe opens with 4711'

/** Stores that hold the text, wherever in their records. */
async function storesWith(database: Database, text: string): Promise<string[]> {
  const found: string[] = []
  for (const store of Object.keys(KEY_PATHS) as StoreName[]) {
    if (JSON.stringify(await database.list(store)).includes(text)) found.push(store)
  }
  return found
}

async function add(life: Life, text: string, from: readonly string[] = []): Promise<string> {
  const links = from.map((to) => ({ kind: 'derived-from', to }) as const)
  return (await life.call('memory.add', { text, links })).id
}

describe('forgetting', () => {
  it('leaves the text in no store, whatever agents did with it', async () => {
    const rounds = [[asks('recall', { query: 'safe' })], ['I know it.']]
    await using life = await live({ script: (request) => rounds[roundOf(request)] ?? ['end'] })
    const agent = await life.call('agent.create', settings())
    const { id } = await life.call('memory.add', { text: 'the safe opens with 1234' })
    await life.call('memory.update', { id, text: SECRET })
    await life.call('memory.update', { id, text: `${SECRET} and a key` })
    await life.call('memory.add', { text: 'other', links: [{ kind: 'related', to: id }] })
    await life.call('agent.run', { agent: agent.id, text: 'How is it opened?' })
    expect(await storesWith(life.database, SECRET)).toEqual(expect.arrayContaining(['memories', 'turns', 'versions']))
    await life.call('memory.delete', { id })
    expect(await storesWith(life.database, SECRET)).toEqual([])
    expect(await storesWith(life.database, id)).toEqual([])
    expect((await life.call('memory.search', { query: 'safe' })).hits).toEqual([])
    const turns = await life.database.list('turns')
    expect(turns.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant'])
  })

  it('takes what was made of it along, and brings back what that was made of besides', async () => {
    await using life = await live({ script: () => [] })
    const { index, changes } = await life.memory.parts()
    const [one, other] = [await add(life, SECRET), await add(life, 'the alarm is off at noon')]
    const summary = await add(life, `At noon the alarm is off, and ${SECRET}`, [one, other])
    const further = await add(life, `Security: ${SECRET}`, [summary])
    // As consolidation ends what it joined.
    const { changed, endedBy, keepVersion } = await import('../../../kernel/core/memory/records.ts')
    await changes.now('strict', async () => {
      const sources = (await Promise.all([one, other].map((id) => index.get(id)))).filter(
        (memory) => memory !== undefined,
      )
      const now = life.clock.now()
      return {
        result: undefined,
        put: sources.map((memory) => changed(memory, { validUntil: now }, now)),
        writes: sources.flatMap((memory) => keepVersion(memory, endedBy(now, { kind: 'kernel' }, 'consolidated'))),
      }
    })
    expect((await life.call('memory.list', {})).memories.map(({ id }) => id)).toEqual([further, summary])
    await life.call('memory.delete', { id: one })
    expect(await storesWith(life.database, '4711')).toEqual([])
    const { memories } = await life.call('memory.list', {})
    expect(memories).toMatchObject([{ id: other, validUntil: null, text: 'the alarm is off at noon' }])
  })

  it('takes equal texts along that were joined into it', async () => {
    await using life = await live({ script: () => [] })
    const twin = await add(life, `${SECRET}.`)
    const kept = await add(life, SECRET, [twin])
    await life.call('memory.delete', { id: kept })
    expect(await storesWith(life.database, SECRET)).toEqual([])
  })

  it('ends also when links go round in a circle', async () => {
    await using life = await live({ script: () => [] })
    const one = await add(life, 'one')
    const two = await add(life, 'two', [one])
    await life.call('memory.update', { id: one, links: [{ kind: 'derived-from', to: two }] })
    expect((await life.call('memory.history', { id: one })).versions.length).toBe(2)
    await life.call('memory.delete', { id: one })
    expect((await life.call('memory.list', { validAt: 'any' })).total).toBe(0)
  })
})
