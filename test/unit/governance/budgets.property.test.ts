/** Any order of reserving, settling, releasing, ending, crashing and setting the clock keeps every account within its limit. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Spent } from '../../../kernel/abi/index.ts'
import { openBudgets, type Budgets, type RunAccount } from '../../../kernel/core/governance/budgets.ts'
import type { Reservation } from '../../../kernel/core/governance/reservation.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { agentWith, clockAt } from './fixture.ts'

/** Each run with its parent: a tree over two agents that share one. */
const PARENTS = [null, 0, 0, 1, null, 4] as const
const AGENTS = [0, 1, 0, 0, 1, 1] as const

const step = fc.oneof(
  fc.record({ do: fc.constant('reserve' as const), run: fc.nat(5), tokens: fc.integer({ min: 0, max: 60 }) }),
  fc.record({ do: fc.constant('extend' as const), which: fc.nat(20), tokens: fc.integer({ min: 0, max: 60 }) }),
  fc.record({
    do: fc.constant('settle' as const),
    which: fc.nat(20),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  fc.record({ do: fc.constant('release' as const), which: fc.nat(20) }),
  fc.record({ do: fc.constant('day' as const), day: fc.integer({ min: 20, max: 23 }) }),
  fc.record({ do: fc.constant('crash' as const) }),
)

test('no account is overdrawn and no reservation is lost or counted twice, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.boolean(), async (steps, perDay) => {
      const database = createMemoryDatabase()
      const clock = clockAt('2026-11-20T12:00')
      const agents = [
        agentWith({ id: 'a0', limits: { tokens: 150 }, budget: { tokens: 220, perDay } }),
        agentWith({ id: 'a1', limits: { tokens: 120 }, budget: { tokens: 180, perDay: !perDay } }),
      ]
      let budgets: Budgets
      let runs: RunAccount[] = []
      let open: { run: number; reservation: Reservation }[] = []
      const settled = PARENTS.map(() => 0)
      const start = async () => {
        budgets = await openBudgets({ database, clock })
        open = []
        runs = PARENTS.map((parent, run) =>
          budgets.open({
            run: `r${run}`,
            agent: () => agents[AGENTS[run]!]!,
            ...(parent === null ? {} : { parent: `r${parent}` }),
          }),
        )
      }
      const check = () => {
        for (const agent of agents) {
          for (const { limit, spent, reserved } of budgets.state(agent)) {
            expect(spent.tokens + reserved.tokens).toBeLessThanOrEqual(limit.tokens!)
            expect(reserved.tokens).toBeGreaterThanOrEqual(0)
          }
        }
        // A run's account has what it and all below it settled.
        PARENTS.forEach((_, run) => expect(runs[run]!.spent.tokens).toBe(sumBelow(run, settled)))
        const held = PARENTS.map((_, run) => sum(open.filter((one) => one.run === run)))
        const states = budgets.state(agents[0]!).filter(({ scope }) => scope === 'run')
        const own = PARENTS.map((_, run) => run).filter((run) => AGENTS[run] === 0)
        expect(states.map(({ reserved }) => reserved.tokens)).toEqual(own.map((run) => sumBelow(run, held)))
      }
      await start()
      for (const event of steps) {
        if (event.do === 'reserve') {
          const before = runs[event.run]!.available().tokens
          const reservation = attempt(() => runs[event.run]!.reserve({ tokens: event.tokens }))
          expect(reservation !== null).toBe(event.tokens <= before)
          if (reservation) open.push({ run: event.run, reservation })
        } else if (event.do === 'day') {
          clock.set(`2026-11-${event.day}T12:00`)
        } else if (event.do === 'crash') {
          await start()
        } else {
          const index = event.which % Math.max(1, open.length)
          const found = open[index]
          if (!found) continue
          if (event.do === 'extend') {
            attempt(() => found.reservation.extend({ tokens: event.tokens }))
          } else {
            open.splice(index, 1)
            if (event.do === 'release') found.reservation.release()
            else {
              const tokens = Math.floor(found.reservation.amounts.tokens * event.share)
              await database.commit(found.reservation.settle({ tokens }), 'strict')
              settled[found.run]! += tokens
            }
          }
        }
        check()
      }
    }),
    { numRuns: 200 },
  )
})

const sum = (some: readonly { reservation: { amounts: Spent } }[]): number =>
  some.reduce((total, { reservation }) => total + reservation.amounts.tokens, 0)

function sumBelow(run: number, each: readonly number[]): number {
  const below = PARENTS.map((parent, child) => (parent === run ? sumBelow(child, each) : 0))
  return each[run]! + below.reduce((total, part) => total + part, 0)
}

function attempt<T>(act: () => T): T | null {
  try {
    return act()
  } catch {
    return null
  }
}
