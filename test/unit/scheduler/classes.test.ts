/** Between classes: who is stopped for whom, and when. */
import { expect, test } from 'vitest'
import { AGEING_TOKENS, QUANTUM_TOKENS } from '../../../kernel/core/param.ts'
import { Driver } from './driver.ts'

const ticks = (driver: Driver, count: number) => {
  for (let tick = 0; tick < count; tick += 1) driver.tick()
}
const last = (driver: Driver) => driver.decisions.at(-1)

test('an interactive job under background work starts at the next token, however long the others have waited', () => {
  const driver = new Driver({ slots: 2, thorough: false })
  for (let count = 0; count < 20; count += 1) driver.arrive({ class: 'background', tokens: 10_000 })
  ticks(driver, 5_000)
  const id = driver.arrive({ class: 'interactive' })
  expect(last(driver)).toMatchObject({ do: 'preempt', by: { id } })
  driver.tick()
  expect(last(driver)).toMatchObject({ do: 'start', job: { id } })
})

test('where the engine can spare the room it starts at once, before the one it is stopped for has stopped', () => {
  const driver = new Driver({ slots: 2, spare: 1 })
  const low = driver.arrive({ class: 'background', tokens: 1_000 })
  driver.arrive({ class: 'normal', tokens: 1_000 })
  const id = driver.arrive({ class: 'interactive', tokens: 20 })
  expect(driver.decisions.slice(2)).toMatchObject([
    { do: 'preempt', job: { id: low }, by: { id } },
    { do: 'start', job: { id }, slot: 0 },
  ])
  // A second one waits for room.
  const second = driver.arrive({ class: 'interactive', tokens: 20 })
  expect(driver.scheduler.view(second, driver.now)).toMatchObject({ state: 'waiting' })
  driver.tick()
  expect(driver.scheduler.view(second, driver.now)).toMatchObject({ state: 'running' })
  ticks(driver, 30)
  expect(driver.scheduler.view(low, driver.now)).toMatchObject({ state: 'running', preemptions: 1 })
})

test('the one of the lowest class is stopped, and of those the one that was served most', () => {
  const driver = new Driver({ slots: 3 })
  const normal = driver.arrive({ class: 'normal', tokens: 1_000 })
  const little = driver.arrive({ class: 'background', tokens: 1_000 })
  const much = driver.arrive({ class: 'background', tokens: 1_000 })
  driver.write(much, 30)
  driver.write(normal, 200)
  driver.arrive({ class: 'interactive' })
  expect(last(driver)).toMatchObject({ do: 'preempt', job: { id: much } })
  driver.arrive({ class: 'interactive' })
  expect(last(driver)).toMatchObject({ do: 'preempt', job: { id: little } })
  driver.arrive({ class: 'interactive' })
  expect(last(driver)).toMatchObject({ do: 'preempt', job: { id: normal } })
  driver.arrive({ class: 'interactive' })
  expect(driver.decisions.filter((decision) => decision.do === 'preempt')).toHaveLength(3)
})

test('nobody is stopped while a slot is free, or for one that is being freed already', () => {
  const driver = new Driver({ slots: 2 })
  driver.arrive({ class: 'background', tokens: 1_000 })
  driver.arrive({ class: 'interactive' })
  expect(driver.decisions.map((decision) => decision.do)).toEqual(['start', 'start'])
  const first = driver.arrive({ class: 'interactive' })
  expect(last(driver)).toMatchObject({ do: 'preempt', by: { id: first } })
  driver.withdraw(first)
  driver.arrive({ class: 'interactive' })
  expect(driver.decisions.filter((decision) => decision.do === 'preempt')).toHaveLength(1)
})

test('a stopped job goes on as soon as there is room, keeps its slot number if it can, and is counted', () => {
  const driver = new Driver({ slots: 2 })
  driver.arrive({ class: 'normal', tokens: 1_000 })
  const low = driver.arrive({ class: 'background', tokens: 1_000 })
  driver.arrive({ class: 'interactive', tokens: 50 })
  driver.tick()
  expect(driver.scheduler.view(low, driver.now)).toMatchObject({ state: 'waiting', preemptions: 1, slot: null })
  ticks(driver, 60)
  expect(driver.scheduler.view(low, driver.now)).toMatchObject({ state: 'running', slot: 1, preemptions: 1 })
  expect(driver.works.get(low)?.starts).toBe(2)
})

test('one that is about to end is let end', () => {
  const driver = new Driver()
  driver.arrive({ class: 'background', tokens: 100 })
  ticks(driver, 98)
  const id = driver.arrive({ class: 'interactive' })
  ticks(driver, 2)
  expect(driver.decisions.some((decision) => decision.do === 'preempt')).toBe(false)
  expect(driver.running.has(id)).toBe(true)
})

test('where reading the prompt again takes longer than what is left to write, a short rest is let end too', () => {
  const run = (prefillRate: number) => {
    const driver = new Driver()
    driver.scheduler.calibrate('one', { prefillRate, decodeRate: 1 })
    driver.arrive({ class: 'background', tokens: 100, promptTokens: 1_000 })
    ticks(driver, 70)
    driver.arrive({ class: 'interactive' })
    return last(driver)?.do
  }
  expect(run(1)).toBe('start')
  expect(run(100)).toBe('preempt')
})

test('a class that waits is served a quantum once it is owed one, in which nobody takes the slot from it', () => {
  const driver = new Driver()
  const low = driver.arrive({ class: 'background', tokens: 10_000 })
  const high = driver.arrive({ class: 'interactive', tokens: 10_000 })
  ticks(driver, AGEING_TOKENS)
  expect(driver.running.has(high)).toBe(true)
  ticks(driver, QUANTUM_TOKENS)
  expect(driver.running.has(low)).toBe(true)
  expect(driver.scheduler.view(low, driver.now)?.servedAs).toBe('interactive')
  const urgent = driver.arrive({ class: 'interactive', flow: 'person' })
  expect(driver.stopping.size).toBe(0)
  ticks(driver, QUANTUM_TOKENS)
  expect(driver.running.has(low)).toBe(false)
  expect(driver.scheduler.view(low, driver.now)?.servedAs).toBe('background')
  expect(driver.running.has(urgent) || driver.running.has(high)).toBe(true)
})

test('renicing takes effect at once, in both directions', () => {
  const driver = new Driver()
  const one = driver.arrive({ class: 'normal', tokens: 1_000 })
  const other = driver.arrive({ class: 'normal', tokens: 1_000 })
  driver.change(other, { class: 'interactive' })
  expect(last(driver)).toMatchObject({ do: 'preempt', job: { id: one }, by: { id: other } })
  driver.tick()
  driver.change(other, { class: 'background' })
  expect(last(driver)).toMatchObject({ do: 'preempt', job: { id: other }, by: { id: one } })
})

test('a held job gets nothing, and goes on at its place when it is let go', () => {
  const driver = new Driver({ policy: 'fifo' })
  const first = driver.arrive({ tokens: 100 })
  const second = driver.arrive({ tokens: 100 })
  const third = driver.arrive({ tokens: 100 })
  driver.change(first, { held: true })
  expect(last(driver)).toMatchObject({ do: 'preempt', job: { id: first }, by: null })
  driver.tick()
  expect(driver.scheduler.view(first, driver.now)).toMatchObject({ state: 'paused', preemptions: 0 })
  expect(driver.scheduler.ahead(first)).toBeNull()
  driver.change(first, { held: false })
  expect(driver.scheduler.ahead(first)).toBe(0)
  expect(driver.scheduler.ahead(third)).toBe(1)
  ticks(driver, 105)
  expect(driver.works.has(second)).toBe(false)
  expect(driver.running.has(first)).toBe(true)
})

test('an engine that cannot go on with an answer stops one only for a person', () => {
  const driver = new Driver({ continues: false })
  const low = driver.arrive({ class: 'background', tokens: 1_000 })
  ticks(driver, 100)
  const high = driver.arrive({ class: 'interactive' })
  driver.arrive({ class: 'interactive', model: 'two' })
  ticks(driver, 100)
  expect(driver.running.has(low)).toBe(true)
  driver.change(low, { held: true })
  driver.tick()
  expect(driver.running.has(high)).toBe(true)
})
