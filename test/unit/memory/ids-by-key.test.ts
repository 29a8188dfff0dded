import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { IdsByKey } from '../../../kernel/core/memory/ids-by-key.ts'

it('ids by key are those that sets would hold, in their order, whatever is added and deleted', () => {
  const key = fc.constantFrom('a', 'b')
  const id = fc.constantFrom('1', '2', '3')
  const steps = fc.array(fc.tuple(fc.constantFrom('add', 'delete', 'add', 'delete', 'clear'), key, id), {
    maxLength: 40,
  })
  fc.assert(
    fc.property(steps, (taken) => {
      const ids = new IdsByKey()
      const sets = new Map([
        ['a', new Set<string>()],
        ['b', new Set<string>()],
      ])
      for (const [step, of, one] of taken) {
        if (step === 'clear') {
          ids.clear()
          for (const set of sets.values()) set.clear()
        } else {
          ids[step](of, one)
          sets.get(of)?.[step](one)
        }
        for (const [name, set] of sets) expect(ids.get(name)).toEqual([...set])
      }
    }),
  )
})

it('ids that are read stay as they were, also when one is deleted meanwhile', () => {
  const ids = new IdsByKey()
  ids.add('a', '1')
  ids.add('a', '2')
  const read = ids.get('a')
  ids.delete('a', '1')
  expect([read, ids.get('a'), ids.get('b')]).toEqual([['1', '2'], ['2'], []])
})
