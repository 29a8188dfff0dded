/** The filter of ids: it may doubt a new one, and never takes an old one for new. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SeenIds } from '../../../kernel/drivers/idb/seen-ids.ts'

test('an id that was seen is never taken for a new one', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 200 }), (ids) => {
      const seen = new SeenIds()
      for (const id of ids) seen.add(id)
      for (const id of ids) expect(seen.add(id)).toBe(true)
    }),
  )
})

test('of ids that differ in their last digits only few are doubted', () => {
  const seen = new SeenIds()
  let doubted = 0
  for (let i = 0; i < 100_000; i += 1) if (seen.add(`3f8a2c1e-0b54-4f0e-9d43-7a61c2f0b7d9:${i}`)) doubted += 1
  // One bit in 42 is taken at the end, and half as many on the way there.
  expect(doubted).toBeLessThan(100_000 / 42)
})
