/** Memory search by meaning, on the vectors that are shipped. */
import { readFile } from 'node:fs/promises'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Memory } from '../../../kernel/abi/index.ts'
import { Facts } from '../../../kernel/core/memory/search/facts.ts'
import { live } from '../agents/harness.ts'

const shipped = (): Promise<Uint8Array> => readFile('wasm/words/words.bin')
const clock = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() }

const factOf = (text: string, at = 0, owner: string | null = null): Memory => ({
  ...{ id: `${text} ${at}`, text, owner, createdAt: at },
  provenance: { source: 'user', principal: { kind: 'user' }, trust: 'trusted' },
})

function holding(texts: readonly string[], wordVectors = shipped): Facts {
  const facts = new Facts({ clock, wordVectors })
  for (const [at, text] of texts.entries()) facts.add(factOf(text, at))
  return facts
}

async function found(facts: Facts, query: string, k = 5): Promise<string[]> {
  return (await facts.search(query, k, () => true)).hits.map(({ memory }) => memory.text)
}

const LIFE = [
  'my car is on the third floor',
  'my boss is called Okafor',
  'the refund came on Monday',
  'Rosa likes the sea',
]

describe('memory search by meaning', () => {
  it.each([
    ['Where is the automobile?', 'my car is on the third floor'],
    ['Was I paid back, reimbursed?', 'the refund came on Monday'],
  ])('answers %j with a fact that shares no word with it', async (query, fact) => {
    const { match, hits } = await holding(LIFE).search(query, 5, () => true)
    expect(match).toBe('words and meaning')
    expect(hits[0]?.memory.text).toBe(fact)
    expect(hits[0]?.parts.words).toBe(0)
    expect(hits[0]?.parts.meaning).toBeGreaterThan(0)
  })

  it('finds nothing where nothing has to do with the question', async () => {
    expect(await found(holding(LIFE), 'photosynthesis')).toEqual([])
    expect(await found(holding([]), 'automobile')).toEqual([])
  })

  it('prefers a fact about the one who is asked about, and of two such the newer', async () => {
    const salaries = ['my salary is 10', "Ann's salary is 20", 'my salary is 30', "my sister's salary is 40"]
    expect((await found(holding(salaries), 'What is my salary?')).slice(0, 2)).toEqual([salaries[2], salaries[0]])
    expect((await found(holding(salaries), 'What does Ann’s job pay, her salary?'))[0]).toBe(salaries[1])
    expect((await found(holding(salaries), "What is my sister's salary?"))[0]).toBe(salaries[3])
  })

  it('explains each score as the sum of its parts, above zero', async () => {
    const { hits } = await holding(LIFE).search("Where is Tom's car, on which floor?", 5, () => true)
    expect(hits.length).toBeGreaterThan(0)
    for (const { score, parts } of hits) {
      expect(score).toBeCloseTo(parts.words + parts.meaning + parts.recency + parts.whose, 10)
      expect(score).toBeGreaterThan(0)
    }
    expect(hits[0]?.parts.whose).toBeLessThan(0)
  })

  it('goes on by words while the vectors are not to be had, says so, and tries again at the next search', async () => {
    let tries = 0
    const facts = holding(LIFE, () => {
      tries += 1
      return tries < 3 ? Promise.reject(new Error('offline')) : shipped()
    })
    await expect.poll(() => tries).toBe(1)
    const offline = await facts.search('Where is the car or automobile?', 5, () => true)
    expect(offline.match).toBe('words')
    expect(offline.hits.map(({ memory, parts }) => [memory.text, parts.meaning])).toEqual([[LIFE[0], 0]])
    expect((await facts.search('automobile', 5, () => true)).match).toBe('words and meaning')
    expect(await found(facts, 'automobile')).toContain(LIFE[0])
    expect(tries).toBe(3)
  })

  it('goes on by words with a damaged file of vectors, and with a question of no word they know', async () => {
    const damaged = holding(LIFE, async () => (await shipped()).subarray(0, 5_000))
    expect((await damaged.search('car', 5, () => true)).match).toBe('words')
    expect(await found(damaged, 'car')).toEqual([LIFE[0]])
    expect(await holding(['宇宙船はどこ']).search('宇宙船', 5, () => true)).toMatchObject({
      match: 'words',
      hits: [{}],
    })
  })

  it('finds facts that are added after the vectors are there, and deleted ones no more, by words or meaning', async () => {
    const facts = holding(LIFE)
    expect(await found(facts, 'physician')).toEqual([])
    facts.add(factOf('my doctor is Moreau'))
    expect(await found(facts, 'physician')).toEqual(['my doctor is Moreau'])
    facts.remove(factOf('my doctor is Moreau').id)
    expect(await found(facts, 'physician')).toEqual([])
    expect(await found(facts, 'doctor Moreau')).toEqual([])
    facts.remove(`${LIFE[0]} 0`)
    expect(await found(facts, 'car automobile')).not.toContain(LIFE[0])
    expect(await found(facts, 'reimbursed')).toEqual([LIFE[2]])
  })

  it('never finds what is not allowed or was deleted, whatever is added and removed', async () => {
    const words = fc.constantFrom('car', 'automobile', 'dog', 'puppy', "Ann's", 'my', 'salary', 'wages', '4417', '犬')
    const text = fc.array(words, { minLength: 1, maxLength: 4 }).map((all) => all.join(' '))
    const owner = fc.constantFrom('ada', 'bob', null)
    const step = fc.record({ id: fc.nat(5).map(String), text, owner, removed: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), text, owner, fc.nat(3), async (steps, query, asker, k) => {
        const facts = new Facts({ clock, wordVectors: cached })
        const model = new Map<string, Memory>()
        for (const { id, text, owner, removed } of steps) {
          if (removed) facts.remove(id)
          else facts.add({ ...factOf(text, 0, owner), id })
          if (removed) model.delete(id)
          else model.set(id, { ...factOf(text, 0, owner), id })
        }
        const allowed = (memory: Memory): boolean => memory.owner === asker
        const { hits } = await facts.search(query, k + 1, allowed)
        expect(hits.length).toBeLessThanOrEqual(k + 1)
        expect(new Set(hits.map(({ memory }) => memory.id)).size).toBe(hits.length)
        for (const { memory } of hits) {
          expect(memory).toEqual(model.get(memory.id))
          expect(allowed(memory)).toBe(true)
        }
      }),
      { numRuns: 40 },
    )
  })
})

const bytes = shipped()
const cached = (): Promise<Uint8Array> => bytes

describe('the kernel', () => {
  it('keeps one agent from the facts of another also where only the meaning fits', async () => {
    const life = await live({ script: () => [] })
    for (const owner of ['ada', 'bob', null]) {
      await life.call('memory.add', { text: `car of ${owner ?? 'all'}`, owner })
    }
    const seen = async (owner: string | null) =>
      (await life.call('memory.search', { query: 'automobile', k: 9, owner })).hits.map(({ memory }) => memory.owner)
    expect((await seen('ada')).sort()).toEqual(['ada', null])
    expect((await seen(null)).sort()).toEqual(['ada', 'bob', null])
  })
})
