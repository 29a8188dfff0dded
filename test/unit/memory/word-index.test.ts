import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { WordIndex } from '../../../kernel/core/memory/search/word-index.ts'

const WORDS = ['red', 'dog', 'blue', 'cat', 'fish', 'boat', 'harbour', 'night', 'lamp', 'door', 'key']

it('answers as an index that was never told of what was replaced or removed', () => {
  const step = fc.record({
    id: fc.nat(20),
    words: fc.option(fc.array(fc.constantFrom(...WORDS), { maxLength: 40 })),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const index = new WordIndex<number>()
      const left = new Map<number, string>()
      for (const { id, words } of steps) {
        left.delete(id)
        if (words === null) index.remove(id)
        else {
          index.add(id, words.join(' '))
          left.set(id, words.join(' '))
        }
      }
      const fresh = new WordIndex<number>()
      for (const [id, text] of left) fresh.add(id, text)
      expect(index.size).toBe(left.size)
      for (const query of ['red dog', 'harbour', 'the key of the door', 'nothing of this']) {
        const odd = (id: number): boolean => id % 2 === 1
        expect(index.search(query, 5, odd)).toEqual(fresh.search(query, 5, odd))
        const wanted = [{ stem: 'lamp', instead: [{ stem: 'night', worth: 0.5 }] }, { stem: 'boat' }]
        expect(index.rank(wanted, 50, () => true)).toEqual(fresh.rank(wanted, 50, () => true))
      }
      for (const word of WORDS) expect(index.rarity(word)).toBe(fresh.rarity(word))
    }),
  )
})
