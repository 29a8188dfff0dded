/** What is joined although its words differ, what is not although it looks alike, and how either is found later. */
import { expect, test } from 'vitest'
import { saySame } from '../../../kernel/core/memory/consolidation/same.ts'
import { planForget } from '../../../kernel/core/memory/forgetting.ts'
import { DAY, factRecord, world } from './harness.ts'

const SAME = [
  ['my birthday is 3 March', 'My birthday is on March 3rd.'],
  ['The trial period is 14 days', 'The trial period is two weeks'],
  ["The user's favourite colour is blue", 'my favorite color is Blue'],
  ['Ann is our tech lead', 'Our tech lead is Ann'],
  ['The canteen costs £6.50 per day', 'the canteen costs £6.50 a day'],
  ['The upload limit is 25 MB', 'Please note: the upload limit is 25 MB'],
] as const

const ALIKE = [
  ['The trial period is 14 days', 'The trial period is 15 days'],
  ['The ticket costs €12', 'The ticket costs $12'],
  ['my budget is 500', 'my budget is 500 euros'],
  ['my rent is 900 euros', 'our rent is 900 euros'],
  ['I live in Bern', 'I just moved to Bern'],
  ['I like tea', 'I love tea'],
  ['my manager is Ann', 'my manager is Ann Smith'],
  ['my birthday is 3 March', 'my birthday is in March'],
  ['The lease ends on 3 May', 'The lease ends on 3 May 2027'],
  ['Parental leave is sixteen weeks', 'Parental leave went up to sixteen weeks'],
  ['The gym is open', 'The gym is not open'],
  ['my sister lives in Bern', 'my brother lives in Bern'],
  ['The dog Rex eats beef in the morning.', 'The dog Rex eats beef in the evening.'],
] as const

test.each(SAME)('"%s" and "%s" say the same', (one, other) => {
  expect(saySame(one, other)).toBe(true)
  expect(saySame(other, one)).toBe(true)
})

test.each(ALIKE)('"%s" and "%s" do not', (one, other) => {
  expect(saySame(one, other)).toBe(false)
  expect(saySame(other, one)).toBe(false)
})

test('joins facts that say the same in other words, and forgets them together', async () => {
  const facts = SAME.flatMap(([one, other]) => [factRecord({ text: one }), factRecord({ text: other })])
  const alike = ALIKE.map(([one]) => factRecord({ text: one, scope: 'alike' }))
  const others = ALIKE.map(([, other]) => factRecord({ text: other, scope: 'alike' }))
  await using there = await world({ memories: [...facts, ...alike, ...others] })
  expect(await there.run()).toMatchObject({ state: 'done', merged: SAME.length, expired: 0 })
  const after = [...(await there.memories()).values()]
  const kept = after.filter(({ links }) => links.length > 0)
  expect(new Set(kept.map(({ text }) => text))).toEqual(new Set(SAME.map(([one]) => one)))
  const parts = await there.memory.parts()
  const birthday = kept.find(({ text }) => text.includes('birthday'))
  const plan = () =>
    planForget({ ...parts, quotes: async () => ({ writes: [], after: () => undefined }) }, [birthday?.id ?? ''])
  await parts.changes.now('strict', plan)
  const ids = [birthday?.id, birthday?.links[0]?.to]
  const left = await there.memories()
  expect(ids.filter((id) => id !== undefined && left.has(id))).toEqual([])
  const versions = await there.database.list('versions')
  expect(versions.filter(({ record }) => ids.includes(record))).toEqual([])
  expect(left.size).toBe(after.length - 2)
})

test('writes down that a memory has ended when its time has come, once, and tells who watches', async () => {
  const now = 1_750_000_000_000
  const facts = [
    factRecord({ text: 'the code is valid', validUntil: now - DAY }),
    factRecord({ text: 'notes of the trip', kind: 'block', block: { name: 'trip', limit: 100 }, validUntil: now - 1 }),
    factRecord({ text: 'the offer stands', validUntil: now + DAY }),
    // Ended by somebody: that is in its history already.
    factRecord({ text: 'my car is red', validUntil: now - 2 * DAY, updatedAt: now - 2 * DAY }),
  ]
  await using there = await world({ memories: facts })
  const parts = await there.memory.parts()
  const told: string[] = []
  const watching = new AbortController()
  const watch = parts.watchers.watch({ validAt: 'any' }, watching.signal, (event) => {
    if (event.type === 'put') told.push(event.memory.text)
  })
  expect((await there.run()).expired).toBe(2)
  expect(told).toEqual(expect.arrayContaining(['the code is valid', 'notes of the trip']))
  const versions = await there.database.list('versions')
  expect(versions.map(({ memory, ended }) => [memory.text, ended.what, ended.at])).toEqual([
    ['the code is valid', 'expired', now - DAY],
    ['notes of the trip', 'expired', now - 1],
  ])
  expect((await there.memories()).get(facts[0]?.id ?? '')).toMatchObject({ version: 2, validUntil: now - DAY })
  expect((await there.run()).expired).toBe(0)
  there.clock.advance(2 * DAY)
  expect((await there.run()).expired).toBe(1)
  watching.abort()
  await expect(watch).rejects.toBeDefined()
})
