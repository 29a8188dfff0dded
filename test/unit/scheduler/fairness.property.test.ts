/** Shares inside a class, and that nobody is left out, measured in tokens. */
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { AGEING_TOKENS, QUANTUM_TOKENS } from '../../../kernel/core/param.ts'
import { Driver, type DriverOptions } from './driver.ts'

// Long simulations; on a busy machine they take their time.
vi.setConfig({ testTimeout: 60_000 })

interface Agent {
  flow: string
  weight: number
  /** Lengths of what it asks, in turn, for ever. */
  lengths: readonly number[]
  /** Requests it has open at once: with 1 it asks anew when it has its answer. */
  atOnce: number
}

/** Keeps every agent supplied and calls `look` after every tick. */
function supply(
  options: DriverOptions,
  agents: readonly Agent[],
  ticks: number,
  look: (driver: Driver) => void,
): Driver {
  const driver = new Driver({ ...options, thorough: false })
  const asked = new Map<string, number>()
  const open = new Map(agents.map(({ flow }) => [flow, new Set<number>()]))
  const refill = () => {
    for (const { flow, weight, lengths, atOnce } of agents) {
      const mine = open.get(flow)!
      for (const id of mine) if (!driver.works.has(id)) mine.delete(id)
      while (mine.size < atOnce) {
        const count = asked.get(flow) ?? 0
        asked.set(flow, count + 1)
        mine.add(driver.arrive({ flow, weight, tokens: lengths[count % lengths.length]! }))
      }
    }
  }
  for (let tick = 0; tick < ticks; tick += 1) {
    refill()
    driver.tick()
    look(driver)
  }
  return driver
}

const lengths = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 })

const weight = fc.constantFrom(1, 2, 3, 5)
const long = fc.array(fc.integer({ min: 3 * QUANTUM_TOKENS, max: 500 }), { minLength: 1, maxLength: 5 })

test.each([
  // More than the slots could take, so that each really always waits for more.
  ['queue their requests', lengths, 4],
  ['ask anew after each answer', long, 1],
] as const)('two equal agents that %s never differ by more than two quanta and one request', (_, one, atOnce) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(1, 2, 0.5),
      fc.array(one, { minLength: 4, maxLength: 6 }),
      (slots, weight, each) => {
        const agents = each.map((lengths, index) => ({ flow: `agent ${index}`, weight, lengths, atOnce }))
        const bound = 2 * QUANTUM_TOKENS * slots + Math.max(...each.flat())
        supply({ slots }, agents, 1_500, (driver) => {
          const given = agents.map(({ flow }) => driver.written.get(flow) ?? 0)
          const difference = Math.max(...given) - Math.min(...given)
          if (difference > bound) expect(difference).toBeLessThanOrEqual(bound)
        })
      },
    ),
    { numRuns: Number(process.env['HEARTH_PROPERTY_RUNS'] ?? 25) },
  )
})

test.each([
  ['queue their requests', lengths, 3],
  ['ask anew after each answer', long, 1],
] as const)('tokens are shared by weight among agents that %s', (_, each, atOnce) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(weight, each), { minLength: 2, maxLength: 5 }), (some) => {
      const agents = some.map(([own, lengths], index) => ({ flow: `agent ${index}`, weight: own, lengths, atOnce }))
      const driver = supply({ slots: 1 }, agents, 12_000, () => {})
      const total = agents.reduce((sum, { weight }) => sum + weight, 0)
      for (const { flow, weight } of agents) {
        expect(Math.abs(driver.written.get(flow)! / 12_000 - weight / total)).toBeLessThan(0.04)
      }
    }),
    { numRuns: 10 },
  )
})

test.each(['fair', 'fifo', 'round-robin'] as const)(
  'under %s a lower class gets its small share while higher ones always have work',
  (policy) => {
    for (const slots of [1, 2, 4]) {
      const driver = new Driver({ policy, slots, thorough: false })
      const low = driver.arrive({ flow: 'low', class: 'background', tokens: 100_000 })
      const other = driver.arrive({ flow: 'other', class: 'normal', tokens: 100_000 })
      const total = 24_000
      let longest = 0
      let last = 0
      for (let tick = 0; tick < total / slots; tick += 1) {
        while (driver.works.size < slots + 4) {
          driver.arrive({ class: 'interactive', tokens: 200 })
        }
        const before = driver.written.get('low') ?? 0
        driver.tick()
        if (driver.written.get('low') !== before) last = driver.now
        longest = Math.max(longest, (driver.now - last) * slots)
      }
      expect(driver.works.has(low) && driver.works.has(other)).toBe(true)
      // A quantum after at most what it is owed for, and the quanta of those that are before it.
      expect(longest).toBeLessThan(2 * AGEING_TOKENS + 4 * slots * slots * QUANTUM_TOKENS)
      const share = driver.written.get('low')! / total
      expect(share).toBeGreaterThan(0.07)
      expect(share).toBeLessThan(0.16)
    }
  },
)

test.each(['fair', 'fifo', 'round-robin'] as const)(
  'under %s everybody ends though new ones of the same class keep coming',
  (policy) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), lengths), { minLength: 2, maxLength: 8 }), (others) => {
        const driver = new Driver({ policy, slots: 2, thorough: false })
        const first = driver.arrive({ flow: 'first', tokens: 400 })
        let ticks = 0
        for (; driver.works.has(first); ticks += 1) {
          const [flow, [tokens]] = others[ticks % others.length]! as [number, [number]]
          if (driver.works.size < 30) driver.arrive({ flow: `other ${flow}`, tokens, deadline: driver.now + 500 })
          driver.tick()
          expect(ticks).toBeLessThan(30_000)
        }
      }),
      { numRuns: 15 },
    )
  },
)

test('an agent that was idle gains nothing by it, and one that asks anew after every answer loses nothing', () => {
  const driver = new Driver({ slots: 1, thorough: false })
  driver.arrive({ flow: 'busy', tokens: 100_000 })
  for (let tick = 0; tick < 5_000; tick += 1) driver.tick()
  driver.arrive({ flow: 'late', tokens: 100_000 })
  for (let tick = 0; tick < 2_000; tick += 1) driver.tick()
  expect(Math.abs(driver.written.get('late')! - 1_000)).toBeLessThan(2 * QUANTUM_TOKENS)
})
