/** Which model the engine has: loads, several models in one engine, lost engines, full queues. */
import { expect, test, vi } from 'vitest'
import { HearthError } from '../../../kernel/abi/index.ts'
import { RESIDENCY_FACTOR } from '../../../kernel/core/param.ts'
import { Driver } from './driver.ts'

vi.setConfig({ testTimeout: 60_000 })

const ticks = (driver: Driver, count: number) => {
  for (let tick = 0; tick < count; tick += 1) driver.tick()
}
const load = (driver: Driver, model: string | null) =>
  driver.arrive({ model, slot: false, class: 'interactive', flow: '', tokens: 0 })
const changes = (driver: Driver) =>
  driver.decisions.flatMap((decision) => (decision.do === 'change' ? [decision.to] : []))

test('a load waits for the answers in flight, stops none of them, and lets none begin before it', () => {
  const driver = new Driver({ slots: 2 })
  driver.arrive({ class: 'background', tokens: 100 })
  load(driver, 'two')
  const later = driver.arrive({ class: 'normal', tokens: 10 })
  ticks(driver, 99)
  expect(driver.decisions.map((decision) => decision.do)).toEqual(['start'])
  driver.tick()
  expect(changes(driver)).toEqual(['two'])
  driver.endChange()
  expect(changes(driver)).toEqual(['two', 'one'])
  driver.endChange()
  expect(driver.running.has(later)).toBe(true)
})

test('who only wants the model that is there is served at once, and so is unloading an empty engine', () => {
  const driver = new Driver()
  driver.arrive({ tokens: 100 })
  const id = load(driver, 'one')
  expect(driver.decisions.at(-1)).toMatchObject({ do: 'start', job: { id } })
  const empty = new Driver({ loaded: null })
  const unload = load(empty, null)
  expect(empty.decisions).toMatchObject([{ do: 'start', job: { id: unload } }])
})

test('a load that nobody waits for any more gives way to who waits for another model', () => {
  const driver = new Driver({ loaded: null })
  const one = driver.arrive({ model: 'one' })
  expect(changes(driver)).toEqual(['one'])
  driver.arrive({ model: 'two' })
  expect(driver.changing?.abandoned).toBe(false)
  driver.withdraw(one)
  expect(driver.changing?.abandoned).toBe(true)
  driver.endChange(false)
  expect(changes(driver)).toEqual(['one', 'two'])
})

test('a model that was lost is brought back though nobody waits, unless somebody needs another or it is unloaded', () => {
  const driver = new Driver()
  driver.lose('one')
  expect(changes(driver)).toEqual(['one'])
  const other = new Driver()
  const id = other.arrive({ model: 'two', held: true })
  other.lose('one')
  other.scheduler.forget('one')
  other.change(id, { held: false })
  expect(changes(other)).toEqual(['one'])
  const needed = new Driver()
  needed.scheduler.lost('one', 0)
  needed.arrive({ model: 'two' })
  expect(changes(needed)).toEqual(['two'])
  const unloaded = new Driver()
  unloaded.scheduler.lost('one', 0)
  unloaded.scheduler.forget('one')
  expect(unloaded.scheduler.decide(0)).toEqual({ do: 'nothing', until: null })
})

test('answers on an engine that was lost wait again with their ids and go on first', () => {
  const driver = new Driver({ policy: 'fifo', slots: 2 })
  const ids = [1, 2, 3, 4].map(() => driver.arrive({ tokens: 100 }))
  ticks(driver, 10)
  driver.lose('one')
  expect(driver.scheduler.waiting.map(({ id }) => id)).toEqual(ids)
  driver.endChange()
  expect([...driver.running.keys()]).toEqual(ids.slice(0, 2))
})

test('two models that both have work take the engine in turns that last in proportion to loading', () => {
  const driver = new Driver({ slots: 2, thorough: false })
  for (const model of ['one', 'two']) driver.scheduler.calibrate(model, { loadMs: 500 })
  for (const model of ['one', 'two'])
    for (let count = 0; count < 3; count += 1) driver.arrive({ model, tokens: 50_000 })
  const until = 40_000
  let changed = 0
  while (driver.now < until) {
    if (driver.changing) {
      driver.now += 500
      driver.endChange()
      changed += 1
    } else {
      driver.tick()
    }
  }
  expect(changed).toBeGreaterThan(5)
  expect((changed * 500) / until).toBeLessThan(1 / (RESIDENCY_FACTOR + 1) + 0.02)
  const of = (from: number) =>
    [from, from + 1, from + 2].reduce((sum, id) => sum + driver.written.get(`flow ${id}`)!, 0)
  expect(Math.abs(of(1) / of(4) - 1)).toBeLessThan(0.2)
})

test('a person who waits for another model has it at once; a background job has to wait until the model is spent', () => {
  const driver = new Driver({ slots: 2 })
  driver.scheduler.calibrate('one', { loadMs: 1_000 })
  driver.arrive({ class: 'background', tokens: 10_000 })
  driver.arrive({ class: 'background', tokens: 10_000 })
  driver.arrive({ class: 'normal', model: 'two' })
  expect(driver.stopping.size).toBe(0)
  const id = driver.arrive({ class: 'interactive', model: 'two', tokens: 10 })
  expect(driver.stopping.size).toBe(2)
  driver.tick()
  expect(changes(driver)).toEqual(['two'])
  driver.endChange()
  expect(driver.running.has(id)).toBe(true)
})

test('a lower class that waits for another model is served in the end, without thrashing', () => {
  const driver = new Driver({ thorough: false })
  for (const model of ['one', 'two']) driver.scheduler.calibrate(model, { loadMs: 500, decodeRate: 1 })
  const low = driver.arrive({ class: 'background', model: 'two', tokens: 100 })
  let changed = 0
  for (let tick = 0; driver.works.has(low); tick += 1) {
    while (driver.works.size < 4) driver.arrive({ class: 'interactive', tokens: 100 })
    if (driver.changing) {
      driver.now += 500
      driver.endChange()
      changed += 1
    }
    driver.tick()
    expect(tick).toBeLessThan(40_000)
  }
  expect((changed * 500) / driver.now).toBeLessThan(0.25)
})

test('a full queue refuses with the time after which a place should be free, from what was measured', () => {
  const driver = new Driver({ limit: 2, slots: 2 })
  const refusal = () => {
    try {
      driver.arrive({ tokens: 100 })
    } catch (error) {
      if (HearthError.is(error, 'over-limit')) return error.data
    }
    throw new Error('It was not refused.')
  }
  for (let count = 0; count < 4; count += 1) driver.arrive({ tokens: 100 })
  expect(refusal()).toMatchObject({ maximum: 2, retryAfterMs: null })
  driver.scheduler.calibrate('one', { decodeRate: 0.1 })
  const { retryAfterMs } = refusal()
  // 100 tokens at 0.1 a millisecond on two slots, and up to as much again so that not all come back at once.
  expect(retryAfterMs).toBeGreaterThanOrEqual(500)
  expect(retryAfterMs).toBeLessThanOrEqual(1_000)
  expect(() => driver.scheduler.admit(driver.now)).toThrow(HearthError)
  // A job that was admitted is never refused again, and loading is not an answer.
  driver.scheduler.arrive(driver.works.get(3)!.job, driver.now)
  load(driver, 'one')
})
