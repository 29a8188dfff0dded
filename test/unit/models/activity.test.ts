/** What charts and lists are made of. */
import { expect, test } from 'vitest'
import {
  FIRST_TOKENS_KEPT,
  RATE_WINDOW_MS,
  SAMPLE_MS,
  SAMPLES_KEPT,
  SLICES_TOLD,
  TIMELINE_SLICES,
} from '../../../kernel/core/param.ts'
import { Alarm } from '../../../kernel/core/engines/alarm.ts'
import { createPulse } from '../../../kernel/core/engines/pulse.ts'
import { Samples } from '../../../kernel/core/engines/samples.ts'
import { Shares } from '../../../kernel/core/engines/shares.ts'
import { Timeline } from '../../../kernel/core/engines/timeline.ts'
import { createManualClock } from '../../../kernel/drivers/memory/clock.ts'

const facts = {
  ...{ engine: 'llamacpp' as const, slot: 0, job: 'j', run: null, agent: null, name: 'Ann' },
  ...{ class: 'normal' as const, model: 'starter' },
}
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))

test('the timeline keeps the last slices, those that go on however old they are, and pages forward', () => {
  const timeline = new Timeline(createManualClock())
  const open = timeline.begin(facts)
  timeline.count(open, 3)
  for (let index = 0; index < TIMELINE_SLICES + 10; index += 1) timeline.end(timeline.begin(facts), 'finished', null)
  const all = timeline.after(0, TIMELINE_SLICES + 100)
  expect(all).toHaveLength(TIMELINE_SLICES + 1)
  expect(all[0]).toMatchObject({ seq: open, to: null, ended: null, tokens: 3 })
  const seqs = all.map(({ seq }) => seq)
  expect(seqs).toEqual([...seqs].sort((one, other) => one - other))
  const last = seqs.at(-1) ?? 0
  expect(timeline.after(last - 2, 100).map(({ seq }) => seq)).toEqual([open, last - 1, last])
  expect(timeline.after(0, 5)).toHaveLength(5)
  timeline.end(open, 'preempted', 'Bob')
  expect(timeline.after(last, 100)).toEqual([])
})

test('the timeline tells once of what began or ended, and of very much the newest', () => {
  const timeline = new Timeline(createManualClock())
  const first = timeline.begin(facts)
  expect(timeline.takeChanged()).toMatchObject([{ seq: first, to: null }])
  expect(timeline.takeChanged()).toEqual([])
  timeline.end(first, 'preempted', 'Bob')
  expect(timeline.takeChanged()).toMatchObject([{ seq: first, ended: 'preempted', preemptedBy: 'Bob' }])
  for (let index = 0; index < SLICES_TOLD + 5; index += 1) timeline.begin(facts)
  const told = timeline.takeChanged()
  expect(told).toHaveLength(SLICES_TOLD)
  expect(told.at(-1)?.seq).toBe(first + SLICES_TOLD + 5)
})

test('samples hold the longest waits of their second, and seconds in which nothing happened are zeros', () => {
  const samples = new Samples()
  samples.count(30)
  samples.started(5)
  samples.started(80)
  samples.firstToken(120)
  samples.preempted()
  samples.take(10_000, SAMPLE_MS, { running: 2, waiting: 7 })
  samples.take(20_000, SAMPLE_MS / 2, { running: 0, waiting: 0 })
  const read = samples.read(23_100)
  expect(read[0]).toEqual({
    ...{ at: 10_000, running: 2, waiting: 7, tokensPerSecond: 30, waitMs: 80, firstTokenMs: 120, preemptions: 1 },
  })
  expect(read[1]).toMatchObject({ at: 11_000, running: 0, tokensPerSecond: 0, waitMs: null, preemptions: 0 })
  const times = read.map(({ at }) => at)
  expect(times).toEqual([...Array.from({ length: 11 }, (_, index) => 10_000 + index * 1000), 21_000, 22_000, 23_000])
  expect(samples.read(10_000 + 3 * SAMPLES_KEPT * SAMPLE_MS)).toEqual([])
})

test('first-token times are those of the last answers only', () => {
  const samples = new Samples()
  expect(samples.firstTokens()).toBeNull()
  for (let index = 0; index < FIRST_TOKENS_KEPT; index += 1) samples.firstToken(9_999)
  for (let index = 1; index <= FIRST_TOKENS_KEPT; index += 1) samples.firstToken(index)
  expect(samples.firstTokens()).toEqual({
    p50: FIRST_TOKENS_KEPT / 2 + 1,
    p99: Math.floor(FIRST_TOKENS_KEPT * 0.99) + 1,
  })
})

test('shares add up to one, fade, and are forgotten', () => {
  const shares = new Shares()
  for (let now = 0; now < 1000; now += 10) {
    shares.count('a', 3, now)
    shares.count('b', 1, now)
  }
  expect(shares.share('a', 1000)).toBeCloseTo(0.75, 5)
  expect(shares.share('a', 1000) + shares.share('b', 1000)).toBeCloseTo(1, 5)
  shares.count('b', 1000, 1000 + 10 * RATE_WINDOW_MS)
  expect(shares.share('a', 1000 + 10 * RATE_WINDOW_MS)).toBeLessThan(0.001)
  shares.sweep(1000 + 10 * RATE_WINDOW_MS)
  expect(shares.share('a', 1000 + 10 * RATE_WINDOW_MS)).toBe(0)
})

test('a pulse beats when it begins, at its pace however often that changes, and once when it is over', async () => {
  const clock = createManualClock()
  let busy = false
  let beats = 0
  const pulse = createPulse(
    clock,
    100,
    () => busy,
    () => void (beats += 1),
  )
  for (let index = 0; index < 20; index += 1) {
    busy = index % 2 === 0
    pulse.changed()
  }
  expect(beats).toBe(1)
  clock.advance(100)
  await turn()
  expect(beats).toBe(2)
  clock.advance(100)
  await turn()
  expect({ beats, sleepers: clock.sleepers }).toEqual({ beats: 2, sleepers: 0 })
  // What changes while nobody wants tokens is told of, too: somebody who was paused may have gone.
  pulse.changed()
  expect(beats).toBe(3)
  pulse[Symbol.dispose]()
  await turn()
  expect({ beats, sleepers: clock.sleepers }).toEqual({ beats: 3, sleepers: 0 })
})

test('an alarm rings once, for the earliest time it was set to', async () => {
  const clock = createManualClock()
  let rings = 0
  const alarm = new Alarm(clock, () => void (rings += 1))
  alarm.set(500)
  alarm.set(200)
  alarm.set(800)
  clock.advance(199)
  await turn()
  expect(rings).toBe(0)
  clock.advance(1)
  await turn()
  expect(rings).toBe(1)
  clock.advance(1000)
  await turn()
  expect(rings).toBe(1)
  alarm.set(5000)
  alarm.set(null)
  await turn()
  expect(clock.sleepers).toBe(0)
})
