/** Memory search by meaning, on the vectors that are shipped. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MemoryFilter } from '../../../kernel/abi/index.ts'
import type { MemoryIndex } from '../../../kernel/core/memory/memory-index.ts'
import { createMemoryIndex } from '../../../kernel/core/memory/search/memory-index.ts'
import { matcherOf } from '../../../kernel/core/memory/search/matches.ts'
import type { MemoryRecord } from '../../../kernel/core/storage/records.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { memoryOf } from '../../bench/memory/memory-of.ts'
import { createHeldVectors } from '../../fixtures/held-vectors.ts'
import { shipped } from '../../fixtures/shipped.ts'
import { live } from '../agents/harness.ts'

const clock = { now: () => 1_000, monotonic: () => 0, sleep: () => Promise.resolve() }

async function keep(index: MemoryIndex, put: readonly MemoryRecord[], remove: readonly string[] = []): Promise<void> {
  const prepared = await index.prepare({ put, remove })
  prepared.apply()
}

async function holding(texts: readonly string[], meaning = shipped): Promise<MemoryIndex> {
  const platform = { clock, database: createMemoryDatabase() }
  const index = createMemoryIndex({ platform, vectors: createHeldVectors(meaning) })
  await keep(
    index,
    texts.map((text, at) => memoryOf(at + 1, text, at)),
  )
  return index
}

async function found(index: MemoryIndex | Promise<MemoryIndex>, query: string, k = 5): Promise<string[]> {
  return (await (await index).search(query, k, {})).hits.map(({ memory }) => memory.text)
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
    const { match, hits } = await (await holding(LIFE)).search(query, 5, {})
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

  it('takes who is spoken to in what is remembered for the person who asks', async () => {
    const salaries = ["What is Ann's salary? 20.", 'What is your salary? 10.', "What is Tom's salary? 30."]
    const { hits } = await (await holding(salaries)).search('What is my salary?', 5, {})
    expect(hits[0]?.memory.text).toBe(salaries[1])
    expect(hits[0]?.parts.whose).toBeGreaterThan(0)
    const managers = [
      'Who does Ann report to? Silva.',
      'Who do you report to? Tanaka.',
      'Who does Tom report to? Weber.',
    ]
    expect((await found(holding(managers), 'Who do I report to?'))[0]).toBe(managers[1])
  })

  it('explains each score as the sum of its parts, above zero', async () => {
    const { hits } = await (await holding(LIFE)).search("Where is Tom's car, on which floor?", 5, {})
    expect(hits.length).toBeGreaterThan(0)
    for (const { score, parts } of hits) {
      expect(score).toBeCloseTo(
        parts.words + parts.meaning + parts.answer + parts.recency + parts.use + parts.whose,
        10,
      )
      expect(score).toBeGreaterThan(0)
    }
    expect(hits[0]?.parts.whose).toBeLessThan(0)
  })

  it('prefers what holds what is asked for: a time, a number, a name', async () => {
    const meetings = ['the meeting went on for long', 'the meeting is at 14:30', 'the meeting was with Moreau']
    expect((await found(holding(meetings), 'When is the meeting?'))[0]).toBe(meetings[1])
    expect((await found(holding(meetings), 'Who was the meeting with?'))[0]).toBe(meetings[2])
  })

  it('prefers what tells something to what only asks, begs or muses about it', async () => {
    const lawyers = [
      'my lawyer is Ms Ida',
      'Shall we write to the lawyer?',
      'A lawyer can be better than a judge.',
      'Write to the lawyer.',
    ]
    expect((await found(holding(lawyers), 'Which attorney do I have?'))[0]).toBe(lawyers[0])
  })

  it('finds a statement after a question that has nothing to do with it, and a bare answer by its question', async () => {
    const said = [
      'Shall we fix the lamp first? my ferry sails from the north harbour',
      'What is your rabbit called? Mirek.',
    ]
    expect((await found(holding(said), 'Where does the boat leave?'))[0]).toBe(said[0])
    expect((await found(holding(said), 'Which name does the bunny have?'))[0]).toBe(said[1])
  })

  it('gives equals in the order in which they were written, newest first', async () => {
    const index = await holding([])
    await keep(
      index,
      [3, 1, 2].map((number) => memoryOf(number, 'the parcel is here', 7)),
    )
    const ids = (await index.search('parcel', 5, {})).hits.map(({ memory }) => memory.id)
    expect(ids).toEqual(['3', '2', '1'])
    expect((await index.similar('parcel', 5, {})).map(({ memory }) => memory.number)).toEqual([3, 2, 1])
  })

  it('goes on by words while its files are not to be had, says so, and tries again at the next search', async () => {
    const there = { words: false, sentences: false }
    const offline = (): Promise<never> => Promise.reject(new Error('offline'))
    const index = await holding(LIFE, {
      wordVectors: () => (there.words ? shipped.wordVectors() : offline()),
      sentenceEncoder: (words) => (there.sentences ? shipped.sentenceEncoder(words) : offline()),
    })
    for (const words of [false, true]) {
      there.words = words
      const { match, hits } = await index.search('Where is the car or automobile?', 5, {})
      expect(match).toBe('words')
      expect(hits.map(({ memory, parts }) => [memory.text, parts.meaning])).toEqual([[LIFE[0], 0]])
    }
    there.sentences = true
    expect((await index.search('automobile', 5, {})).match).toBe('words and meaning')
    expect(await found(index, 'automobile')).toContain(LIFE[0])
  })

  it('goes on by words with a damaged file of vectors, and with a question of no word they know', async () => {
    const damaged = await holding(LIFE, {
      ...shipped,
      wordVectors: async () => (await shipped.wordVectors()).subarray(0, 5_000),
    })
    expect((await damaged.search('car', 5, {})).match).toBe('words')
    expect(await found(damaged, 'car')).toEqual([LIFE[0]])
    const japanese = await holding(['宇宙船はどこ'])
    expect(await japanese.search('宇宙船', 5, {})).toMatchObject({ match: 'words', hits: [{}] })
  })

  it('finds memories that are added after the vectors are there, and deleted or changed ones no more', async () => {
    const index = await holding(LIFE)
    expect(await found(index, 'physician')).toEqual([])
    const doctor = memoryOf(9, 'my doctor is Moreau', 9)
    await keep(index, [doctor])
    expect(await found(index, 'physician')).toEqual(['my doctor is Moreau'])
    await keep(index, [{ ...doctor, version: 2, text: 'my landlord is Moreau' }])
    expect(await found(index, 'physician')).toEqual([])
    expect(await found(index, 'Moreau')).toEqual(['my landlord is Moreau'])
    await keep(index, [], [doctor.id, '1'])
    expect(await found(index, 'landlord Moreau')).toEqual([])
    expect(await found(index, 'car automobile')).toEqual([])
    expect(await found(index, 'reimbursed')).toEqual([LIFE[2]])
  })

  it('never finds what a filter excludes or was removed, and lists and counts like a plain list', async () => {
    const words = fc.constantFrom('car', 'automobile', 'dog', 'puppy', "Ann's", 'my', 'salary', 'wages', '4417', '犬')
    const text = fc.array(words, { minLength: 1, maxLength: 4 }).map((all) => all.join(' '))
    const time = fc.nat({ max: 3 }).map((thousands) => thousands * 500)
    const owner = fc.constantFrom('ada', 'bob', null)
    const scope = fc.constantFrom('', 'work')
    const kind = fc.constantFrom('fact' as const, 'experience' as const)
    const trust = fc.constantFrom('trusted' as const, 'untrusted' as const)
    const until = fc.option(time.map((at) => at + 1))
    const step = fc.record({ id: fc.nat(5), text, owner, scope, kind, trust, time, until, removed: fc.boolean() })
    const filter: fc.Arbitrary<MemoryFilter> = fc.record(
      {
        ...{ owner, trust, from: time, to: time, kinds: fc.uniqueArray(kind), scopes: fc.uniqueArray(scope) },
        validAt: fc.oneof(time, fc.constant('any' as const)),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), text, filter, fc.nat(3), async (steps, query, filter, k) => {
        const index = await holding([])
        const model = new Map<string, MemoryRecord>()
        for (const { id, text, removed, time, until, trust, ...more } of steps) {
          const provenance = { source: 'user', principal: { kind: 'user' }, trust } as const
          const number = model.get(String(id))?.number ?? (await index.nextNumber())
          const memory = { ...memoryOf(number, text, time, { ...more, provenance, validUntil: until }), id: String(id) }
          await keep(index, removed ? [] : [memory], removed ? [memory.id] : [])
          if (removed) model.delete(memory.id)
          else model.set(memory.id, memory)
        }
        const matches = matcherOf(filter, clock.now())
        const expected = [...model.values()]
          .filter(matches)
          .sort((one, other) => other.createdAt - one.createdAt || other.number - one.number)
        expect(await index.list(filter)).toEqual(expected)
        expect(await index.list(filter, { limit: k })).toEqual(expected.slice(0, k))
        const [first] = expected
        if (first) expect(await index.list(filter, { before: first.id })).toEqual(expected.slice(1))
        expect(await index.count(filter)).toBe(expected.length)
        const { hits } = await index.search(query, k + 1, filter)
        const alike = await index.similar(query, k + 1, filter)
        for (const found of [hits, alike]) {
          expect(found.length).toBeLessThanOrEqual(k + 1)
          expect(new Set(found.map(({ memory }) => memory.id)).size).toBe(found.length)
          for (const { memory } of found) expect(expected).toContainEqual(memory)
        }
        // Everything that says exactly the same is among what is nearest to it.
        const same = expected.filter((memory) => memory.text === query).length
        const nearest = (await index.similar(query, 100, filter)).filter(({ cosine }) => cosine > 0.999)
        if (/[a-z]/.test(query)) expect(nearest.length).toBeGreaterThanOrEqual(same)
      }),
      { numRuns: 60 },
    )
  })
})

describe('the kernel', () => {
  it('keeps one agent from the facts of another also where only the meaning fits', async () => {
    const life = await live({ script: () => [] })
    for (const owner of ['ada', 'bob', null]) {
      await life.call('memory.add', { text: `car of ${owner ?? 'all'}`, owner })
    }
    const seen = async (owner: string | null) =>
      (await life.call('memory.search', { query: 'automobile', k: 9, ...(owner !== null && { owner }) })).hits.map(
        ({ memory }) => memory.owner,
      )
    expect((await seen('ada')).sort()).toEqual(['ada', null])
    expect((await seen(null)).sort()).toEqual(['ada', 'bob', null])
  })
})
