/** What must be true of the scheduler whatever happens: see the invariants in scheduler.ts. */
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { Driver } from './driver.ts'

// On a busy machine so many random histories take their time.
vi.setConfig({ testTimeout: 60_000 })

const CLASSES = ['interactive', 'normal', 'background'] as const
const attributes = {
  class: fc.constantFrom(...CLASSES),
  weight: fc.constantFrom(0.5, 1, 3, 100),
  deadline: fc.option(fc.nat(2_000)),
}
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      ...{
        do: fc.constant('arrive' as const),
        ...attributes,
        held: fc.boolean(),
        flow: fc.constantFrom('a', 'b', 'c', 'd'),
      },
      ...{ model: fc.constantFrom('one', 'one', 'one', 'two'), promptTokens: fc.nat(300) },
      tokens: fc.integer({ min: 1, max: 300 }),
    }),
  },
  fc.record({ do: fc.constant('load' as const), model: fc.constantFrom('one', 'two', null), class: attributes.class }),
  { weight: 6, arbitrary: fc.record({ do: fc.constant('tick' as const), tokens: fc.integer({ min: 1, max: 80 }) }) },
  fc.record({ do: fc.constant('stop' as const), which: fc.nat(20) }),
  fc.record({ do: fc.constant('withdraw' as const), which: fc.nat(20) }),
  fc.record({ do: fc.constant('hold' as const), which: fc.nat(20), held: fc.boolean() }),
  fc.record({ do: fc.constant('renice' as const), which: fc.nat(20), ...attributes }),
  fc.record({ do: fc.constant('told' as const), which: fc.nat(20), prefilled: fc.nat(400) }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant('change-ends' as const), works: fc.boolean() }) },
  fc.record({ do: fc.constant('lose' as const), wanted: fc.boolean() }),
  fc.record({
    do: fc.constant('policy' as const),
    policy: fc.constantFrom('fair' as const, 'fifo' as const, 'round-robin' as const),
  }),
  fc.record({
    do: fc.constant('measure' as const),
    prefillRate: fc.double({ min: 0.01, max: 10, noNaN: true }),
    loadMs: fc.nat(500),
  }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function apply(driver: Driver, event: Step): void {
  const id = 'which' in event ? [...driver.works.keys()][event.which % Math.max(1, driver.works.size)] : undefined
  switch (event.do) {
    case 'arrive':
      driver.arrive(event)
      break
    case 'load':
      driver.arrive({ model: event.model, slot: false, class: event.class, flow: '', tokens: 0 })
      break
    case 'tick':
      driver.tick(event.tokens)
      break
    case 'change-ends':
      driver.endChange(event.works)
      break
    case 'lose':
      if (driver.loaded !== null) driver.lose(event.wanted ? driver.loaded : null)
      break
    case 'policy':
      driver.scheduler.setPolicy(event.policy)
      driver.settle()
      break
    case 'measure':
      driver.scheduler.calibrate('one', event)
      break
    case 'withdraw':
      if (id !== undefined) driver.withdraw(id)
      break
    case 'stop':
      if (id !== undefined) driver.stop(id)
      break
    case 'hold':
      if (id !== undefined) driver.change(id, { held: event.held })
      break
    case 'renice':
      if (id !== undefined) driver.change(id, { class: event.class, weight: event.weight, deadline: event.deadline })
      break
    case 'told':
      if (id === undefined || !driver.running.has(id)) break
      driver.scheduler.served(id, { prefilled: event.prefilled, decoded: 0 }, driver.now)
      driver.settle()
  }
}

const setting = fc.record({
  policy: fc.constantFrom('fair' as const, 'fifo' as const, 'round-robin' as const),
  slots: fc.integer({ min: 1, max: 4 }),
  retains: fc.nat(3),
  spare: fc.nat(2),
  loaded: fc.constantFrom('one', null),
})

test('whatever happens, the invariants hold and in the end everybody has been served', () => {
  fc.assert(
    fc.property(setting, fc.array(step, { maxLength: 120 }), (options, steps) => {
      const driver = new Driver(options)
      for (const event of steps) apply(driver, event)
      for (const { job } of [...driver.works.values()]) {
        if (driver.works.has(job.id) && job.held) driver.change(job.id, { held: false })
      }
      // From here on loads work and nobody new comes: all that was asked for ends, and nothing twice.
      const left = [...driver.works.values()].reduce((sum, work) => sum + work.left, 0)
      let rounds = 0
      while (driver.works.size > 0) {
        driver.endChange()
        driver.tick(16)
        rounds += 1
        expect(rounds).toBeLessThan(left + 1_000)
      }
    }),
    { numRuns: Number(process.env['HEARTH_PROPERTY_RUNS'] ?? 200) },
  )
})
