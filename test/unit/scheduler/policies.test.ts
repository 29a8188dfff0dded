/** Inside a class: the three policies, deadlines, and the quantum. */
import { expect, test } from 'vitest'
import { QUANTUM_MAX_TOKENS, QUANTUM_TOKENS } from '../../../kernel/core/param.ts'
import { Driver } from './driver.ts'

const ticks = (driver: Driver, count: number) => {
  for (let tick = 0; tick < count; tick += 1) driver.tick()
}
const started = (driver: Driver) =>
  driver.decisions.flatMap((decision) => (decision.do === 'start' ? [decision.job.id] : []))

test('fair: whoever was served least goes first, and the slot changes hands after a quantum', () => {
  const driver = new Driver()
  const [one, two] = [driver.arrive({ tokens: 1_000 }), driver.arrive({ tokens: 1_000 })]
  ticks(driver, QUANTUM_TOKENS)
  expect(driver.decisions.at(-2)).toMatchObject({ do: 'preempt', job: { id: one }, by: { id: two } })
  expect(started(driver)).toEqual([one, two])
})

test('fifo: whoever came first is served to the end', () => {
  const driver = new Driver({ policy: 'fifo' })
  const ids = [
    driver.arrive({ tokens: 300 }),
    driver.arrive({ tokens: 10 }),
    driver.arrive({ tokens: 10, deadline: 400 }),
  ]
  ticks(driver, 330)
  expect(started(driver)).toEqual(ids)
  expect(driver.works.size).toBe(0)
})

test('round-robin: a quantum for each in turn, whatever its weight', () => {
  const driver = new Driver({ policy: 'round-robin' })
  const ids = [1, 5, 100].map((weight) => driver.arrive({ tokens: 1_000, weight }))
  ticks(driver, 7 * QUANTUM_TOKENS)
  expect(started(driver).slice(0, 6)).toEqual([...ids, ...ids])
})

test('the policy can be changed while jobs wait and run', () => {
  const driver = new Driver({ policy: 'fifo' })
  const ids = [driver.arrive({ tokens: 1_000 }), driver.arrive({ tokens: 1_000 })]
  ticks(driver, 200)
  expect(started(driver)).toEqual(ids.slice(0, 1))
  driver.scheduler.setPolicy('fair')
  driver.settle()
  ticks(driver, 1)
  expect(started(driver)).toEqual(ids)
  driver.scheduler.setPolicy('fifo')
  driver.settle()
  ticks(driver, 500)
  expect(started(driver)).toEqual(ids)
})

test('of equals the one with the earliest deadline goes first, before those without one', () => {
  const driver = new Driver()
  const busy = driver.arrive({ tokens: 10 })
  const without = driver.arrive({ tokens: 10 })
  const late = driver.arrive({ tokens: 10, deadline: 5_000 })
  const early = driver.arrive({ tokens: 10, deadline: 4_000 })
  ticks(driver, 50)
  expect(started(driver)).toEqual([busy, early, late, without])
})

test('a deadline gives no right over one that was served less by more than a quantum', () => {
  const driver = new Driver()
  const light = driver.arrive({ tokens: 1_000, weight: 0.25, deadline: 100_000 })
  const other = driver.arrive({ tokens: 1_000 })
  ticks(driver, QUANTUM_TOKENS)
  expect(driver.running.has(other)).toBe(true)
  ticks(driver, 4 * QUANTUM_TOKENS - 1)
  expect(driver.running.has(other)).toBe(true)
  ticks(driver, 1)
  expect(driver.running.has(light)).toBe(true)
})

test('a deadline that cannot be met changes nothing', () => {
  const driver = new Driver()
  driver.scheduler.calibrate('one', { prefillRate: 1, decodeRate: 1 })
  const busy = driver.arrive({ tokens: 10 })
  const without = driver.arrive({ tokens: 10 })
  const past = driver.arrive({ tokens: 10, deadline: 5 })
  const tooMuchToRead = driver.arrive({ tokens: 10, promptTokens: 1_000, deadline: 500 })
  const hopeful = driver.arrive({ tokens: 10, deadline: 600 })
  ticks(driver, 60)
  expect(started(driver)).toEqual([busy, hopeful, without, past, tooMuchToRead])
})

test('the longer a prompt takes to read, the longer the quantum, unless its KV cache is still there', () => {
  const driver = new Driver({ retains: 1 })
  driver.scheduler.calibrate('one', { prefillRate: 2, decodeRate: 0.2 })
  const quantumOf = (promptTokens: number) => {
    const id = driver.arrive({ promptTokens, tokens: 1_000 })
    const decision = driver.decisions.findLast((one) => one.do === 'start' && one.job.id === id)
    driver.withdraw(id)
    return decision?.do === 'start' ? decision.quantum : NaN
  }
  expect(quantumOf(10)).toBe(QUANTUM_TOKENS)
  expect(quantumOf(1_000)).toBe(400)
  expect(quantumOf(100_000)).toBe(QUANTUM_MAX_TOKENS)
  const again = driver.arrive({ flow: 'talk', promptTokens: 1_000, tokens: 10 })
  driver.withdraw(again)
  const next = driver.arrive({ flow: 'talk', promptTokens: 1_000, tokens: 10 })
  expect(driver.decisions.at(-1)).toMatchObject({ do: 'start', job: { id: next }, quantum: QUANTUM_TOKENS })
})

test('a prompt that was in the cache costs its flow nothing, one that was read costs a part of a written token each', () => {
  const driver = new Driver()
  const id = driver.arrive({ promptTokens: 400, tokens: 100 })
  expect(driver.scheduler.view(id, 0)?.virtualTokens).toBe(100)
  driver.scheduler.served(id, { prefilled: 40, decoded: 0 }, 1)
  expect(driver.scheduler.view(id, 1)?.virtualTokens).toBe(10)
  driver.scheduler.served(id, { prefilled: 400, decoded: 5 }, 2)
  expect(driver.scheduler.view(id, 2)?.virtualTokens).toBe(15)
})

test('the decode rate is measured from what is served, and other rates are averaged', () => {
  const driver = new Driver()
  driver.arrive({ tokens: 1_000 })
  for (let count = 0; count < 300; count += 1) {
    driver.now += 4
    driver.write(1, 1)
  }
  expect(driver.scheduler.rates('one').decodeRate).toBeCloseTo(0.25)
  driver.scheduler.calibrate('one', { loadMs: 1_000 })
  driver.scheduler.calibrate('one', { loadMs: 2_000 })
  expect(driver.scheduler.rates('one').loadMs).toBe(1_200)
  expect(driver.scheduler.rates('two')).toEqual({ prefillRate: null, decodeRate: null, loadMs: null })
})

test('a view tells how long a job waited and ran', () => {
  const driver = new Driver()
  const first = driver.arrive({ tokens: 50 })
  const second = driver.arrive({ tokens: 50 })
  ticks(driver, 30)
  expect(driver.scheduler.view(second, driver.now)).toMatchObject({ state: 'waiting', waitedMs: 30, ranMs: 0 })
  ticks(driver, 30)
  expect(driver.scheduler.view(first, driver.now)).toBeNull()
  expect(driver.scheduler.view(second, driver.now)).toMatchObject({
    state: 'running',
    waitedMs: 50,
    ranMs: 10,
    warm: true,
  })
})
