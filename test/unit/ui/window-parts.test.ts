import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ContextMemory, ContextPage, ContextWindow } from '../../../sdk/index.ts'
import { partsOf, whyOf, whyShown } from '../../../ui/src/window/parts.ts'

function page(fields: Partial<ContextPage>): ContextPage {
  return {
    ...{ id: 'p', agent: 'a', from: 0, to: 1, tokens: 10, state: 'in', pinned: false, why: 'recent', faults: 0 },
    ...{ usedAt: null, trust: 'trusted', stub: 'Hello', standing: [] },
    ...fields,
  }
}

const window: ContextWindow = {
  ...{
    agent: 'a',
    model: 'starter',
    limit: 1000,
    answer: 250,
    instructions: 20,
    tools: 80,
    blocks: 0,
    standing: 0,
    experience: 0,
    pages: 0,
    lastPrompt: null,
  },
}

describe('the parts of a window', () => {
  it('fill it exactly as long as it is not over-full', () => {
    const pages = fc.array(
      fc.record({
        tokens: fc.nat(100),
        pinned: fc.boolean(),
        state: fc.constantFrom('in' as const, 'out' as const),
        why: fc.constantFrom('recent' as const, 'recalled' as const, 'evicted' as const),
      }),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(pages, (fields) => {
        const total = partsOf(window, fields.map(page)).reduce((sum, { tokens }) => sum + tokens, 0)
        expect(total).toBe(1000)
      }),
    )
  })

  it('count a page once, as pinned before anything else, and not at all when it is out', () => {
    const pages = [page({ pinned: true, why: 'recalled' }), page({ why: 'recalled' }), page({ state: 'out' })]
    const sizes = Object.fromEntries(partsOf(window, pages).map(({ key, tokens }) => [key, tokens]))
    expect(sizes).toMatchObject({ pinned: 10, recalled: 10, recent: 0 })
  })

  it('do not pretend to know what is free before the model was loaded', () => {
    const free = partsOf({ ...window, limit: null }, []).find(({ key }) => key === 'free')
    expect(free?.tokens).toBe(0)
  })
})

describe('why a page is where it is', () => {
  it('is said in words without jargon', () => {
    const words = [page({}), page({ pinned: true }), page({ state: 'out', why: 'evicted' })].map(whyOf).join(' ')
    expect(words).toMatch(/recent.*pinned.*to make room/s)
    expect(words).not.toMatch(/evict|fault|cache|context/i)
  })
})

describe('why a memory is in a window', () => {
  it('is said for a note and for experience, with what of it is shown and how', () => {
    const fields = { memory: 'm', name: 'n', tokens: 5, page: null } as const
    const note: ContextMemory = { ...fields, kind: 'block', cut: false, trust: 'trusted' }
    const lesson: ContextMemory = { ...fields, kind: 'experience', cut: true, trust: 'untrusted' }
    expect(whyShown(note)).toBe('A note of its own: it never leaves.')
    expect(whyShown(lesson)).toMatch(/like work it did before.*beginning.*not as an order/)
  })

  it('is counted among the parts of the window', () => {
    const parts = partsOf({ ...window, blocks: 50, standing: 20, experience: 30 }, [])
    const sizes = Object.fromEntries(parts.map(({ key, tokens }) => [key, tokens]))
    expect(sizes).toMatchObject({ blocks: 50, standing: 20, experience: 30 })
    expect(parts.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(1000)
  })
})
