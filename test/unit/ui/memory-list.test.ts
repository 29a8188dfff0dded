import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { BETWEEN, dayOf, filterOf, narrowing, noFilter, passes, startOf } from '../../../ui/src/memory/filter.ts'
import { changed, joined, type Listed } from '../../../ui/src/memory/memory-list.ts'
import { marked, mainly, partsOf } from '../../../ui/src/memory/score.ts'
import { scrollFor, visibleRows } from '../../../ui/src/memory/visible.ts'
import type { Memory } from '../../../ui/src/memory/types.ts'

const DAY_MS = 86_400_000
const NOW = 1_800_000_000_000

function memory(id: string, changes: Partial<Memory> = {}): Memory {
  return {
    ...{ id, kind: 'fact', text: id, owner: null, scope: '', links: [], version: 1, uses: 0, usedAt: null },
    provenance: { source: 'user', principal: { kind: 'user' }, trust: 'trusted' },
    ...{ validFrom: 0, validUntil: null, createdAt: NOW - 1_000, updatedAt: NOW - 1_000 },
    ...changes,
  }
}

describe('the list of memories', () => {
  const list = [3, 2, 1].map((at) => memory(`m${at}`, { createdAt: NOW - 10_000 + at }))
  const listed = { memories: list, total: 3 }
  const filter = filterOf(noFilter, NOW)
  const ids = ({ memories }: { memories: readonly Memory[] }): string[] => memories.map(({ id }) => id)

  it('puts what is new where its time belongs', () => {
    const added = changed(listed, [{ type: 'put', memory: memory('new') }], filter, NOW)
    expect(ids(added)).toEqual(['new', 'm3', 'm2', 'm1'])
    expect(added.total).toBe(4)
  })

  it('takes away what is forgotten and what no longer passes, and keeps what it never had', () => {
    const ended = memory('m2', { validUntil: NOW - 5 })
    const after = changed(
      listed,
      [
        { type: 'deleted', id: 'm3' },
        { type: 'put', memory: ended },
        { type: 'deleted', id: 'x' },
      ],
      filter,
      NOW,
    )
    expect(ids(after)).toEqual(['m1'])
    expect(after.total).toBe(1)
  })

  it('leaves one that is older than all that were read to be read', () => {
    const page = { memories: list, total: 10 }
    const old = memory('old', { createdAt: 5, text: 'edited' })
    expect(changed(page, [{ type: 'put', memory: old }], filter, NOW)).toEqual(page)
  })

  it('has nothing twice when pages overlap', () => {
    const next = { memories: [list[2] ?? memory('m1'), memory('m0')], total: 4 }
    expect(ids(joined(listed, next))).toEqual(['m3', 'm2', 'm1', 'm0'])
  })

  it('is the same whether changes come one by one or together', () => {
    const change = fc.record({
      id: fc.constantFrom('m1', 'm2', 'm3', 'm4', 'm5'),
      gone: fc.boolean(),
      text: fc.string(),
    })
    fc.assert(
      fc.property(fc.array(change), (made) => {
        const changes = made.map(({ id, gone, text }) =>
          gone
            ? ({ type: 'deleted', id } as const)
            : ({ type: 'put', memory: memory(id, { text, createdAt: NOW - 10_000 + Number(id[1]) }) } as const),
        )
        const single = changes.reduce<Listed>((so, one) => changed(so, [one], filter, NOW), listed)
        expect(changed(listed, changes, filter, NOW)).toEqual(single)
      }),
    )
  })
})

describe('filters of memories', () => {
  it('count what narrows, and nothing narrows at first', () => {
    expect(narrowing(noFilter)).toBe(0)
    expect(narrowing({ ...noFilter, kind: 'fact', scope: 'home', ended: true })).toBe(3)
  })

  it('include both days of a span, as the person’s calendar has them', () => {
    const day = dayOf(NOW)
    const span = filterOf({ ...noFilter, days: BETWEEN, from: day, to: day }, NOW)
    const start = startOf(day) ?? 0
    expect(span).toMatchObject({ from: start, to: start + DAY_MS - 1 })
    expect(passes(memory('m', { createdAt: start }), span, NOW)).toBe(true)
    expect(passes(memory('m', { createdAt: start - 1 }), span, NOW)).toBe(false)
  })

  it('let an agent’s own and the common ones through', () => {
    const own = filterOf({ ...noFilter, owner: 'agent-1' }, NOW)
    expect([null, 'agent-1', 'agent-2'].map((owner) => passes(memory('m', { owner }), own, NOW))).toEqual([
      true,
      true,
      false,
    ])
    const common = filterOf({ ...noFilter, owner: 'common' }, NOW)
    expect([null, 'agent-1'].map((owner) => passes(memory('m', { owner }), common, NOW))).toEqual([true, false])
  })
})

describe('what a search found', () => {
  const none = { words: 0, meaning: 0, whose: 0, answer: 0, recency: 0, use: 0 }

  it('is explained by its largest part first, and by what speaks against it last', () => {
    const parts = partsOf({ ...none, words: 1, meaning: 3, whose: -0.5 })
    expect(parts.map(({ key }) => key)).toEqual(['meaning', 'words', 'whose'])
    expect(parts[0]?.share).toBe(0.75)
    expect(parts[2]).toMatchObject({ share: 0, about: expect.stringContaining('somebody else') as string })
    expect(mainly({ ...none, words: 1, meaning: 3 })).toBe('meaning and words')
  })

  it('keeps its text whole when words in it are marked', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, query) => {
        expect(
          marked(text, query)
            .map((piece) => piece.text)
            .join(''),
        ).toBe(text)
      }),
    )
    expect(marked('Two dogs, no cat', 'dog').filter(({ hit }) => hit)).toEqual([{ text: 'dogs', hit: true }])
  })
})

describe('the rows in sight', () => {
  it('are few however long the list is, and always cover the window', () => {
    fc.assert(
      fc.property(fc.nat(6_000_000), fc.integer({ min: 1, max: 2_000 }), fc.nat(100_000), (top, height, count) => {
        const { first, end } = visibleRows(top, height, 60, count)
        expect(end - first).toBeLessThanOrEqual(Math.ceil(height / 60) + 18)
        expect(first).toBeLessThanOrEqual(end)
        const middle = Math.floor((top + height / 2) / 60)
        if (middle < count) expect(first <= middle && middle < end).toBe(true)
      }),
    )
  })

  it('move as little as needed to show one of them', () => {
    expect(scrollFor(0, 100, 300, 60)).toBe(0)
    expect(scrollFor(3, 100, 300, 60)).toBe(100)
    expect(scrollFor(10, 100, 300, 60)).toBe(360)
  })
})
