import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WordIndex } from '../../../kernel/core/memory/search/word-index.ts'
import { queryWordsOf, wordsOf } from '../../../kernel/core/memory/search/words.ts'
import { app, errorOf, live } from '../agents/harness.ts'

const anything = (): boolean => true

describe('words', () => {
  it('are the same in any case, accent, number and tense', () => {
    expect(wordsOf('Dogs DOG dog')).toEqual(['dog', 'dog', 'dog'])
    expect(wordsOf('Café cafés')).toEqual(['cafe', 'cafe'])
    expect(wordsOf('parties party')).toEqual(['party', 'party'])
    expect(wordsOf('running planned boxes glasses')).toEqual(['run', 'plan', 'box', 'glass'])
    expect(wordsOf('bus this is gas sing red')).toEqual(['bus', 'this', 'is', 'gas', 'sing', 'red'])
  })

  it('of scripts without spaces are pairs of characters', () => {
    expect(wordsOf('我的狗叫罗莎')).toContain('的狗')
  })

  it('of a query are those that tell something, unless none does', () => {
    expect(queryWordsOf('What is the name of my dog?')).toEqual(['name', 'dog'])
    expect(queryWordsOf('Who am I?')).toEqual(['who', 'am', 'i'])
  })
})

describe('the word index', () => {
  it('ranks rare words above common ones and short texts above long ones', () => {
    const index = new WordIndex()
    index.add('colour', 'my favourite colour is blue')
    index.add('food', 'my favourite food is pasta')
    index.add('film', 'my favourite film is long and has many words that say nothing about it at all')
    expect(index.search('favourite colour', 3, anything).map(({ id }) => id)).toEqual(['colour', 'food', 'film'])
    expect(index.search('pasta', 3, anything).map(({ id }) => id)).toEqual(['food'])
    expect(index.search('weather', 3, anything)).toEqual([])
  })

  it('holds exactly what was added and not removed', () => {
    const step = fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      text: fc.constantFrom('red dog', 'blue cat', 'red cat fish', null),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const index = new WordIndex()
        const model = new Map<string, string>()
        for (const { id, text } of steps) {
          if (text === null) {
            index.remove(id)
            model.delete(id)
          } else {
            index.add(id, text)
            model.set(id, text)
          }
        }
        for (const word of ['red', 'dog', 'blue', 'cat', 'fish']) {
          const found = index.search(word, 10, anything).map(({ id }) => id)
          expect(found.sort()).toEqual(
            [...model]
              .filter(([, text]) => text.split(' ').includes(word))
              .map(([id]) => id)
              .sort(),
          )
        }
        expect(index.size).toBe(model.size)
      }),
    )
  })
})

describe('memory', () => {
  it('finds a fact again after a restart, and says how it was searched for', async () => {
    const first = await live({ script: () => [] })
    const added = await first.call('memory.add', { text: 'my dog is Rosa', owner: null })
    expect(added.provenance).toMatchObject({ source: 'user', trust: 'trusted' })
    const second = await live({ script: () => [], database: first.database })
    const { match, hits } = await second.call('memory.search', { query: 'What is my dog?', k: 5, owner: null })
    expect(match).toBe('words and meaning')
    expect(hits.map(({ memory }) => memory)).toEqual([added])
    await second.call('memory.delete', { id: added.id })
    expect((await second.call('memory.search', { query: 'dog', k: 5, owner: null })).hits).toEqual([])
    expect((await errorOf(second.call('memory.delete', { id: added.id }))).code).toBe('not-found')
  })

  it('keeps one agent from the facts of another', async () => {
    const life = await live({ script: () => [] })
    for (const owner of ['ada', 'bob', null])
      await life.call('memory.add', { text: `secret of ${owner ?? 'all'}`, owner })
    const seen = async (filter: { owner?: string | null }) =>
      (await life.call('memory.search', { query: 'secret', k: 9, ...filter })).hits
        .map(({ memory }) => memory.owner)
        .sort()
    expect(await seen({ owner: 'ada' })).toEqual(['ada', null])
    expect(await seen({ owner: null })).toEqual([null])
    expect(await seen({})).toEqual(['ada', 'bob', null])
  })

  it('labels what an app stores as not trusted', async () => {
    const life = await live({ script: () => [] })
    const memory = await life.call('memory.add', { text: 'buy now', owner: null }, { caller: app('s') })
    expect(memory.provenance).toMatchObject({ source: 'app', trust: 'untrusted' })
  })

  it('answers within a frame among ten thousand facts', async () => {
    const index = new WordIndex()
    for (let n = 0; n < 10_000; n += 1) index.add(`f${n}`, `fact number ${n} about topic ${n % 97} and place ${n % 31}`)
    const [best] = index.search('fact number 4711', 5, anything)
    expect(best?.id).toBe('f4711')
  })
})
