/** One search over memories and the whiteboard. */
import { describe, expect, it } from 'vitest'
import { live, type Life } from '../agents/harness.ts'

async function told(): Promise<Life> {
  const kernel = await live({ script: () => [] })
  await kernel.call('memory.add', { text: 'The database of Atlas is backed up at night' })
  await kernel.call('memory.add', { text: 'Ann likes green tea' })
  await kernel.call('shared.set', { namespace: 'atlas', key: 'database/main', value: 'migrating, do not write' })
  await kernel.call('shared.set', { namespace: 'atlas', key: 'lunch', value: 'pizza' })
  await kernel.call('shared.set', { namespace: 'borealis', key: 'database/main', value: 'ready' })
  return kernel
}

const found = async (kernel: Life, query: string, more: object): Promise<string[]> =>
  (await kernel.call('memory.search', { query, ...more })).hits.map(({ memory }) => memory.text)

describe('a search of memory', () => {
  it('finds entries of the whiteboard among memories when it asks for them, with the parts of each score', async () => {
    await using kernel = await told()
    const query = 'Which database is migrating?'
    const { hits, match } = await kernel.call('memory.search', { query, kinds: ['fact', 'shared'] })
    expect(match).toBe('words and meaning')
    expect(hits[0]?.memory).toMatchObject({ kind: 'shared', scope: 'atlas', entry: { key: 'database/main' } })
    expect(hits.map(({ memory }) => memory.text)).toContain('The database of Atlas is backed up at night')
    for (const { score, parts } of hits) {
      expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBeCloseTo(score)
      expect(parts.words).toBeGreaterThan(0)
    }
    expect(hits.map(({ score }) => score)).toEqual(hits.map(({ score }) => score).sort((a, b) => b - a))
    expect(await found(kernel, query, { kinds: ['fact', 'shared'], k: 1 })).toHaveLength(1)
  })

  it('finds them alone, by namespace and only as they are now', async () => {
    await using kernel = await told()
    const query = 'database'
    expect((await found(kernel, query, { kinds: ['shared'] })).sort()).toEqual([
      'database/main: migrating, do not write',
      'database/main: ready',
    ])
    expect(await found(kernel, query, { kinds: ['shared'], scopes: ['borealis'] })).toEqual(['database/main: ready'])
    expect((await kernel.call('memory.search', { query, kinds: ['shared'] })).match).toBe('words')
    await kernel.call('shared.set', { namespace: 'borealis', key: 'database/main', value: 'read only' })
    await kernel.call('shared.delete', { namespace: 'atlas', key: 'database/main' })
    expect(await found(kernel, query, { kinds: ['shared'] })).toEqual(['database/main: read only'])
    expect(await found(kernel, 'ready', { kinds: ['shared'] })).toEqual([])
  })

  it('leaves the whiteboard out unless it is asked for', async () => {
    await using kernel = await told()
    expect(await found(kernel, 'database', {})).toEqual(['The database of Atlas is backed up at night'])
    expect(await found(kernel, 'pizza', { kinds: ['fact', 'experience', 'block'] })).toEqual([])
  })
})
