/** Out and in again: nothing is lost on the way, and a hostile page changes nothing. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Memory } from '../../../kernel/abi/index.ts'
import { app, errorOf, live, type Life } from '../agents/harness.ts'

const life = (): Promise<Life> => live({ script: () => [] })

async function exported(from: Life, limit = 500): Promise<{ memories: Memory[]; history: Memory[] }> {
  const all: { memories: Memory[]; history: Memory[] } = { memories: [], history: [] }
  for (let after: string | undefined; ;) {
    const { memories, history, next } = await from.call('memory.export', { after, limit })
    all.memories.push(...memories)
    all.history.push(...history)
    if (next === null) return all
    after = next
  }
}

async function furnish(kernel: Life): Promise<void> {
  const { id } = await kernel.call('memory.add', { text: 'tea at four', owner: 'ada' })
  for (const text of ['tea at five', 'tea at six']) await kernel.call('memory.update', { id, text })
  await kernel.call('memory.add', { text: 'my favourite colour is blue' })
  await kernel.call('memory.add', { text: 'my favourite colour is red' })
  await kernel.call('memory.add', { kind: 'block', text: 'x', block: { name: 'plan', limit: 9 } })
  const experience = { task: 'a', tried: 'b', outcome: 'mixed', lesson: 'c' } as const
  await kernel.call('memory.add', { kind: 'experience', experience, scope: 'work' })
}

const fact = (over: Partial<Memory> = {}): Memory => ({
  ...{
    id: 'm-1',
    kind: 'fact',
    text: 'tea at four',
    owner: null,
    scope: '',
    links: [],
    version: 1,
    uses: 0,
    usedAt: null,
  },
  ...{ validFrom: 1_000, validUntil: null, createdAt: 1_000, updatedAt: 1_000 },
  provenance: { source: 'user', principal: { kind: 'user' }, trust: 'trusted' },
  ...over,
})

const block = { kind: 'block', block: { name: 'n', limit: 5 }, text: 'x' } as const

describe('what was exported', () => {
  it('is the same where it is taken in, with its history, in pages of any size', async () => {
    await using from = await life()
    await furnish(from)
    for (const limit of [1, 2, 100]) {
      await using to = await life()
      for (let after: string | undefined, more = true; more;) {
        const { next, ...page } = await from.call('memory.export', { after, limit })
        await to.call('memory.import', page)
        more = next !== null
        after = next ?? undefined
      }
      expect(await exported(to)).toEqual(await exported(from))
      expect((await to.call('memory.search', { query: 'tea' })).hits[0]?.memory.text).toBe('tea at six')
    }
  })

  it('taken in twice changes nothing', async () => {
    await using kernel = await life()
    await furnish(kernel)
    const all = await exported(kernel)
    expect(await kernel.call('memory.import', all)).toEqual({ added: 0, replaced: 0, kept: 5 })
    expect(await exported(kernel)).toEqual(all)
  })

  it('takes the place of what is older and leaves what is newer, whose versions are kept', async () => {
    await using kernel = await life()
    const { id } = await kernel.call('memory.add', { text: 'mine' })
    const mine = await kernel.call('memory.update', { id, text: 'mine, changed' })
    const earlier = mine.updatedAt - 1
    const older = { ...mine, text: 'older', createdAt: earlier, updatedAt: earlier }
    expect(await kernel.call('memory.import', { memories: [older] })).toMatchObject({ kept: 1 })
    const newer = { ...mine, text: 'newer', updatedAt: mine.updatedAt + 1 }
    expect(await kernel.call('memory.import', { memories: [newer] })).toMatchObject({ replaced: 1 })
    const { versions } = await kernel.call('memory.history', { id })
    expect(versions.map(({ text, version }) => [text, version])).toEqual([
      ['newer', 3],
      ['mine, changed', 2],
      ['mine', 1],
    ])
  })

  it('brings the labels of its file only when the user takes it in', async () => {
    await using kernel = await life()
    await kernel.call('memory.import', { memories: [fact()] }, { caller: app('page') })
    expect((await kernel.call('memory.get', { id: 'm-1' })).provenance.trust).toBe('untrusted')
  })
})

describe('a hostile page', () => {
  const loop = [
    fact({ links: [{ kind: 'derived-from', to: 'm-2' }] }),
    fact({ id: 'm-2', links: [{ kind: 'supersedes', to: 'm-1' }] }),
  ]
  const shared = { kind: 'shared', entry: { key: 'k', value: 1 } } as const
  const wrong: readonly (readonly [what: string, memories: Memory[], history?: Memory[]])[] = [
    ['an id twice', [fact(), fact()]],
    ['an id that objects have a meaning for', [fact({ id: '__proto__' })]],
    ['an owner that objects have a meaning for', [fact({ owner: 'constructor' })]],
    ['a link that objects have a meaning for', [fact({ links: [{ kind: 'related', to: '__proto__' }] })]],
    ['an id of control characters', [fact({ id: 'a\u0000b' })]],
    ['a text that is too long', [fact({ text: 'x'.repeat(200_001) })]],
    ['a fact without text', [fact({ text: '  ' })]],
    ['a scope that is too long', [fact({ scope: 'x'.repeat(129) })]],
    [
      'too many links',
      [fact({ links: Array.from({ length: 65 }, (_, n) => ({ kind: 'related', to: `m${n}` }) as const) })],
    ],
    ['a link to itself', [fact({ links: [{ kind: 'derived-from', to: 'm-1' }] })]],
    ['a loop of links', loop],
    ['an entry of the whiteboard', [fact(shared)]],
    ['a block without a name', [fact({ kind: 'block' })]],
    ['a block that is too long', [fact({ ...block, text: 'x'.repeat(6) })]],
    ['a block with no room', [fact({ ...block, block: { name: 'n', limit: -1 } })]],
    ['a block without an end', [fact({ ...block, block: { name: 'n', limit: 1e9 } })]],
    ['two blocks of one name', [fact(block), fact({ ...block, id: 'm-2' })]],
    ['an experience without parts', [fact({ kind: 'experience' })]],
    ['a date in the far future', [fact({ createdAt: 9e15, updatedAt: 9e15 })]],
    ['a change before its making', [fact({ updatedAt: 1 })]],
    ['an end before its beginning', [fact({ validUntil: 1 })]],
    ['a moment that no date can hold', [fact({ validFrom: 1e300 })]],
    ['a version that cannot be counted on', [fact({ version: Number.MAX_SAFE_INTEGER })]],
    ['uses that cannot be counted on', [fact({ uses: Number.MAX_SAFE_INTEGER })]],
    ['history of another memory', [fact({ version: 2 })], [fact({ id: 'm-9' })]],
    ['history that is not earlier', [fact()], [fact()]],
    ['history twice', [fact({ version: 3 })], [fact(), fact()]],
    ['a fault in its history', [fact({ version: 3 })], [fact({ text: '' })]],
  ]
  it.each(wrong.map(([what, memories, history = []]) => ({ what, memories, history })))(
    'with $what is refused as a whole',
    async ({ memories, history }) => {
      await using kernel = await life()
      await furnish(kernel)
      const before = await exported(kernel)
      const good = fact({ id: 'good', text: 'good' })
      const error = await errorOf(kernel.call('memory.import', { memories: [good, ...memories], history }))
      expect(error.code).toBe('bad-request')
      expect(error.message).toContain('Nothing was stored')
      expect(await exported(kernel)).toEqual(before)
      // Nothing is held up by it.
      await kernel.call('memory.add', { text: 'later' })
    },
  )

  it('with a block whose name is in use leaves the block that is there', async () => {
    await using kernel = await life()
    await kernel.call('memory.add', { kind: 'block', text: 'mine', block: { name: 'n' } })
    expect(await kernel.call('memory.import', { memories: [fact(block)] })).toMatchObject({ added: 0, kept: 1 })
  })

  it('made of anything is taken in whole or refused with a reason', async () => {
    await using kernel = await life()
    const time = fc.oneof(fc.nat({ max: 2_000_000_000_000 }), fc.double({ min: 0, noNaN: true }))
    const memory = fc.record({
      id: fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.string({ minLength: 1, maxLength: 8 })),
      kind: fc.constantFrom('fact', 'block', 'experience', 'shared'),
      text: fc.string({ maxLength: 20 }),
      ...{ validFrom: time, createdAt: time, updatedAt: time, validUntil: fc.option(time) },
      version: fc.oneof(
        fc.integer({ min: 1, max: 4 }),
        fc.maxSafeNat().map((n) => n + 1),
      ),
      links: fc.array(
        fc.record({ kind: fc.constantFrom('supersedes', 'related'), to: fc.constantFrom('a', 'b', 'c') }),
      ),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(memory, { maxLength: 4 }), async (memories) => {
        const before = await exported(kernel)
        const page = { memories: memories.map((one) => fact(one as Partial<Memory>)) }
        const error = await kernel.call('memory.import', page).catch((reason: unknown) => reason)
        if (error instanceof Error) expect(await exported(kernel)).toEqual(before)
        const { memories: after } = await exported(kernel)
        for (const { id } of after) await kernel.call('memory.history', { id })
      }),
      { numRuns: 100 },
    )
  })
})
