/** Budgets: what may be reserved, what is charged, and what is left after midnight, a wrong clock and a crash. */
import { expect, test } from 'vitest'
import { HearthError } from '../../../kernel/abi/index.ts'
import { openBudgets } from '../../../kernel/core/governance/budgets.ts'
import { SPENDING_DAYS_KEPT } from '../../../kernel/core/param.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { agentWith, clockAt, errorOf } from './fixture.ts'

test('a run cannot reserve more than its own limit, its agent and the day leave, whichever is lowest', async () => {
  const budgets = await openBudgets({ database: createMemoryDatabase(), clock: clockAt('2026-11-22T10:00') })
  const agent = agentWith({ limits: { tokens: 500, calls: 3 }, budget: { tokens: 800, seconds: 60, perDay: true } })
  const first = budgets.open({ run: 'r1', agent: () => agent, budget: { tokens: 400 } })
  expect(first.available()).toEqual({ tokens: 400, seconds: 60, calls: 3 })
  first.reserve({ tokens: 400 })
  expect(first.available().tokens).toBe(0)
  const second = budgets.open({ run: 'r2', agent: () => agent })
  expect(second.available().tokens).toBe(400)
  const third = budgets.open({ run: 'r3', agent: () => agentWith({ id: 'other' }) })
  expect(third.available()).toEqual({ tokens: Infinity, seconds: Infinity, calls: Infinity })
})

test('what is not left is refused with the budget that refuses, and nothing is held', async () => {
  const clock = clockAt('2026-11-22T23:00')
  const budgets = await openBudgets({ database: createMemoryDatabase(), clock })
  const agent = agentWith({ budget: { tokens: 100, perDay: true } })
  const run = budgets.open({ run: 'r1', agent: () => agent })
  const error = errorOf(() => run.reserve({ tokens: 101, calls: 1 }))
  expect(HearthError.is(error, 'budget-spent') && error.data).toEqual({
    scope: 'day',
    of: 'tokens',
    limit: 100,
    retryAfterMs: 3_600_000,
  })
  expect(run.available().tokens).toBe(100)
})

test('a reservation that may be smaller takes what is left', async () => {
  const budgets = await openBudgets({ database: createMemoryDatabase(), clock: clockAt('2026-11-22T10:00') })
  const run = budgets.open({ run: 'r1', agent: () => agentWith({ limits: { tokens: 100 } }) })
  const reservation = run.reserve({ tokens: 1_000, calls: 1 }, { tokens: 50 })
  expect(reservation.amounts).toEqual({ tokens: 100, seconds: 0, calls: 1 })
  expect(() => run.reserve({ tokens: 10 }, { tokens: 1 })).toThrow('has used its budget of 100 tokens')
})

test('settling charges what was really taken, once, and gives back the rest', async () => {
  const database = createMemoryDatabase()
  const budgets = await openBudgets({ database, clock: clockAt('2026-11-22T10:00') })
  const agent = agentWith({ budget: { tokens: 1_000, perDay: false } })
  const run = budgets.open({ run: 'r1', agent: () => agent })
  const reservation = run.reserve({ tokens: 600, seconds: 5 })
  await database.commit(reservation.settle({ tokens: 120, seconds: 1.5 }), 'strict')
  expect(reservation.settle({ tokens: 120 })).toEqual([])
  reservation.release()
  expect(run.spent).toEqual({ tokens: 120, seconds: 1.5, calls: 0 })
  expect(run.available().tokens).toBe(880)
  expect((await database.list('spending')).map(({ account, tokens }) => [account, tokens])).toEqual([
    ['agent:a1', 120],
    ['agent:a1:2026-11-22', 120],
    ['run:r1', 120],
  ])
})

test('a reservation can grow while work goes on, until nothing is left', async () => {
  const budgets = await openBudgets({ database: createMemoryDatabase(), clock: clockAt('2026-11-22T10:00') })
  const run = budgets.open({ run: 'r1', agent: () => agentWith({ limits: { seconds: 12 } }) })
  const reservation = run.reserve({ seconds: 5 })
  reservation.extend({ seconds: 5 })
  reservation.extend({ seconds: 5 }, { seconds: 0.5 })
  expect(reservation.amounts.seconds).toBe(12)
  expect(() => reservation.extend({ seconds: 5 }, { seconds: 0.5 })).toThrow('12 seconds of the model')
  reservation.release()
  expect(run.available().seconds).toBe(12)
})

test('a child draws on all that its parent draws on, once where they meet', async () => {
  const budgets = await openBudgets({ database: createMemoryDatabase(), clock: clockAt('2026-11-22T10:00') })
  const agent = agentWith({ budget: { tokens: 1_000, perDay: false } })
  const other = agentWith({ id: 'a2', limits: { tokens: 300 } })
  const parent = budgets.open({ run: 'parent', agent: () => agent, budget: { tokens: 500 } })
  const child = budgets.open({ run: 'child', agent: () => other, parent: 'parent' })
  const sibling = budgets.open({ run: 'sibling', agent: () => agent, parent: 'parent' })
  const grandchild = budgets.open({ run: 'grandchild', agent: () => other, parent: 'child' })
  child.reserve({ tokens: 200 }).settle({ tokens: 200 })
  sibling.reserve({ tokens: 100 }).settle({ tokens: 100 })
  grandchild.reserve({ tokens: 50 }).settle({ tokens: 50 })
  expect(parent.spent.tokens).toBe(350)
  expect(child.spent.tokens).toBe(250)
  expect(child.available().tokens).toBe(50)
  expect(parent.available().tokens).toBe(150)
  const state = budgets.state(agent)
  expect(state.find(({ scope }) => scope === 'agent')?.spent.tokens).toBe(350)
  expect(() => grandchild.reserve({ tokens: 151 })).toThrow(HearthError)
})

test('a limit that is raised holds at once', async () => {
  const budgets = await openBudgets({ database: createMemoryDatabase(), clock: clockAt('2026-11-22T10:00') })
  let agent = agentWith({ budget: { calls: 1, perDay: false } })
  const run = budgets.open({ run: 'r1', agent: () => agent })
  run.reserve({ calls: 1 }).settle({ calls: 1 })
  expect(() => run.reserve({ calls: 1 })).toThrow(HearthError)
  agent = agentWith({ budget: { calls: 2, perDay: false } })
  run.reserve({ calls: 1 })
})

test('a daily budget starts anew at midnight; what was reserved before is charged to the day before', async () => {
  const clock = clockAt('2026-11-22T23:59:59')
  const budgets = await openBudgets({ database: createMemoryDatabase(), clock })
  const agent = agentWith({ budget: { tokens: 100, perDay: true } })
  const run = budgets.open({ run: 'r1', agent: () => agent })
  const late = run.reserve({ tokens: 80 })
  clock.set('2026-11-23T00:00:01')
  expect(run.available().tokens).toBe(100)
  late.settle({ tokens: 70 })
  expect(run.available().tokens).toBe(100)
  run.reserve({ tokens: 60 }).settle({ tokens: 60 })
  expect(run.spent.tokens).toBe(130)
  expect(budgets.state(agent)[0]).toMatchObject({ scope: 'day', spent: { tokens: 60 } })
})

test('a clock that goes back finds the day as spent as it was, also in a later kernel', async () => {
  const database = createMemoryDatabase()
  const clock = clockAt('2026-11-22T12:00')
  const agent = agentWith({ budget: { tokens: 100, perDay: true } })
  const before = await openBudgets({ database, clock })
  const run = before.open({ run: 'r1', agent: () => agent })
  await database.commit(run.reserve({ tokens: 100 }).settle({ tokens: 100 }), 'strict')
  clock.set('2026-11-23T12:00')
  await database.commit(run.reserve({ tokens: 30 }).settle({ tokens: 30 }), 'strict')
  clock.set('2026-11-22T12:00')
  expect(run.available().tokens).toBe(0)
  const after = await openBudgets({ database, clock })
  const again = after.open({ run: 'r1', agent: () => agent })
  expect(again.available().tokens).toBe(0)
  clock.set('2026-11-23T12:00')
  expect(again.available().tokens).toBe(70)
})

test('days long past go, and today stays also when later days are on record', async () => {
  const database = createMemoryDatabase()
  const clock = clockAt('2030-01-01T12:00')
  const agent = agentWith({ budget: { tokens: 100, perDay: true } })
  const budgets = await openBudgets({ database, clock })
  for (const day of [
    '2030-01-01',
    '2030-01-02',
    '2030-01-03',
    '2030-01-04',
    '2030-01-05',
    '2026-11-22',
    '2026-11-22',
  ]) {
    clock.set(`${day}T12:00`)
    const run = budgets.open({ run: `run of ${day}`, agent: () => agent })
    await database.commit([...run.reserve({ tokens: 10 }).settle({ tokens: 10 }), ...run.close()], 'strict')
  }
  const names = (await database.list('spending')).map(({ account }) => account)
  expect(names.filter((name) => name.startsWith('agent:a1:'))).toHaveLength(SPENDING_DAYS_KEPT + 1)
  expect((await database.get('spending', 'agent:a1:2026-11-22'))?.tokens).toBe(20)
})

test('a kernel that dies gives back what it held and remembers what was settled', async () => {
  const database = createMemoryDatabase()
  const clock = clockAt('2026-11-22T12:00')
  const agent = agentWith({ limits: { tokens: 100 }, budget: { tokens: 1_000, perDay: false } })
  const before = (await openBudgets({ database, clock })).open({ run: 'r1', agent: () => agent })
  await database.commit(before.reserve({ tokens: 60 }).settle({ tokens: 40 }), 'strict')
  before.reserve({ tokens: 60 })
  expect(before.available().tokens).toBe(0)
  const after = (await openBudgets({ database, clock })).open({ run: 'r1', agent: () => agent })
  expect(after.spent.tokens).toBe(40)
  expect(after.available().tokens).toBe(60)
})

test('a late commit does not put an old sum back', async () => {
  const database = createMemoryDatabase()
  const budgets = await openBudgets({ database, clock: clockAt('2026-11-22T12:00') })
  const agent = agentWith({})
  const early = budgets
    .open({ run: 'r1', agent: () => agent })
    .reserve({ tokens: 10 })
    .settle({ tokens: 10 })
  const late = budgets
    .open({ run: 'r2', agent: () => agent })
    .reserve({ tokens: 5 })
    .settle({ tokens: 5 })
  await database.commit(late, 'strict')
  await database.commit(early, 'strict')
  expect((await database.get('spending', 'agent:a1'))?.tokens).toBe(15)
})

test('the account of a run that ended, and those of a deleted agent, go', async () => {
  const database = createMemoryDatabase()
  const budgets = await openBudgets({ database, clock: clockAt('2026-11-22T12:00') })
  for (const id of ['a1', 'a10']) {
    const run = budgets.open({ run: `run of ${id}`, agent: () => agentWith({ id }) })
    const reservation = run.reserve({ tokens: 10 })
    await database.commit([...reservation.settle({ tokens: 10 }), ...run.close()], 'strict')
  }
  await database.commit(budgets.forget('a1'), 'strict')
  expect((await database.list('spending')).map(({ account }) => account)).toEqual(['agent:a10', 'agent:a10:2026-11-22'])
})
