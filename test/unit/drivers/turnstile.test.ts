/** The line before IndexedDB: no more inside than may be, nobody passed over, nobody kept out for ever. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Turnstile } from '../../../kernel/drivers/idb/turnstile.ts'

describe('a turnstile', () => {
  it('lets whoever comes while there is room in at once', () => {
    const turnstile = new Turnstile(2)
    expect(turnstile.enter()).toBeUndefined()
    expect(turnstile.enter()).toBeUndefined()
    expect(turnstile.enter()).toBeInstanceOf(Promise)
  })

  it('lets in as many as may be, in the order they came, and all of them in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(fc.nat(3), { maxLength: 40 }), async (most, stays) => {
        const turnstile = new Turnstile(most)
        const entered: number[] = []
        let inside = 0
        await Promise.all(
          stays.map(async (stay, who) => {
            await turnstile.enter()
            entered.push(who)
            expect((inside += 1)).toBeLessThanOrEqual(most)
            for (let turn = 0; turn < stay; turn++) await Promise.resolve()
            inside -= 1
            turnstile.leave()
          }),
        )
        expect(entered).toEqual(stays.map((_, who) => who))
      }),
    )
  })
})
