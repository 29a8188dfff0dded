import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Turn } from '../../../kernel/abi/index.ts'
import { openCalibrations } from '../../../kernel/core/calibrations.ts'
import { createTokenEstimator, utf8Bytes, type TokenEstimator } from '../../../kernel/core/context/estimate.ts'
import { countOf, extentOf, messageOf, spacedJson } from '../../../kernel/core/context/messages.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { boot, Talk } from './harness.ts'

const estimatorOn = async (database = createMemoryDatabase()): Promise<TokenEstimator> =>
  createTokenEstimator(await openCalibrations(database))

describe('the token estimate', () => {
  it('takes what the model itself counted of its answers, and guesses those of another', async () => {
    const talk = new Talk(await boot())
    const usage = { promptTokens: 0, cachedTokens: 0, completionTokens: 400, tokensPerSecond: 0, firstTokenMs: 0 }
    const answer: Turn = talk.turn('assistant', '10, '.repeat(5), { usage })
    const message = messageOf(answer)
    expect(extentOf([message], [], () => countOf(answer, 'm'))).toEqual({ items: 1, bytes: 0, counted: 400 })
    expect(extentOf([message], [], () => countOf(answer, 'other'))).toEqual({ items: 1, bytes: 20, counted: 0 })
  })

  it("learns each model's rate, quickly upwards and slowly downwards", async () => {
    const estimator = await estimatorOn()
    const extent = { items: 0, bytes: 1_000, counted: 0 }
    const before = estimator.tokens('m', extent)
    estimator.calibrate('m', extent, 900)
    expect(estimator.tokens('m', extent)).toBe(900)
    estimator.calibrate('m', extent, 500)
    expect(estimator.tokens('m', extent)).toBeGreaterThan(600)
    for (let report = 0; report < 30; report += 1) estimator.calibrate('m', extent, 500)
    expect(estimator.tokens('m', extent)).toBeLessThan(520)
    expect(estimator.tokens('other', extent)).toBe(before)
  })

  it('tells what a message takes from what its text does, so that a long one after many short ones is not taken for short', async () => {
    const estimator = await estimatorOn()
    const real = (items: number, bytes: number): number => items * 5 + Math.ceil(bytes / 3)
    for (let items = 2; items < 60; items += 2) {
      const extent = { items, bytes: items * 20, counted: 0 }
      estimator.calibrate('m', extent, real(items, extent.bytes))
    }
    const guess = estimator.tokens('m', { items: 61, bytes: 60 * 20 + 900, counted: 0 })
    expect(guess).toBeGreaterThan(real(61, 60 * 20 + 900) * 0.9)
    expect(guess).toBeLessThan(real(61, 60 * 20 + 900) * 1.15)
  })

  it('still knows the rate after a restart, and leaves the other measurements of the model alone', async () => {
    const database = createMemoryDatabase()
    const calibrations = await openCalibrations(database)
    calibrations.update('m', { prefillRate: 2, decodeRate: 0.5 })
    createTokenEstimator(calibrations).calibrate('m', { items: 0, bytes: 1_000, counted: 0 }, 250)
    await calibrations.flush()
    expect((await estimatorOn(database)).tokens('m', { items: 0, bytes: 4_000, counted: 0 })).toBeCloseTo(1_000, -2)
    expect((await openCalibrations(database)).get('m')).toMatchObject({ prefillRate: 2, decodeRate: 0.5 })
  })

  it('is never below what it last learnt for a request of the same make', async () => {
    const count = fc.integer({ min: 1, max: 10_000 })
    await fc.assert(
      fc.asyncProperty(count, count, async (bytes, tokens) => {
        const estimator = await estimatorOn()
        const extent = { items: 0, bytes, counted: 0 }
        const possible = Math.min(tokens, bytes)
        estimator.calibrate('m', extent, possible)
        expect(estimator.tokens('m', extent)).toBeGreaterThanOrEqual(possible)
      }),
    )
  })

  it('counts bytes as UTF-8 has them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(utf8Bytes(text)).toBe(new TextEncoder().encode(text).length)
      }),
    )
  })
})

describe('what was measured of models', () => {
  it('is kept for the models measured last, and written in one commit however much was measured', async () => {
    const database = createMemoryDatabase()
    let commits = 0
    const counting = {
      ...database,
      commit: (...args: Parameters<typeof database.commit>) => ((commits += 1), database.commit(...args)),
    }
    const calibrations = await openCalibrations(counting)
    for (let model = 0; model < 300; model += 1) calibrations.update(`m${model}`, { loadMs: model })
    await calibrations.flush()
    expect(commits).toBe(1)
    const stored = await database.list('calibrations')
    expect(stored.length).toBe(256)
    expect(calibrations.get('m0').loadMs).toBe(null)
    expect(calibrations.get('m299').loadMs).toBe(299)
  })

  it('goes on being measured when it cannot be stored', async () => {
    const database = createMemoryDatabase()
    const full = { ...database, commit: () => Promise.reject(new Error('full')) }
    const calibrations = await openCalibrations(full)
    calibrations.update('m', { loadMs: 1 })
    await calibrations.flush()
    expect(calibrations.get('m').loadMs).toBe(1)
  })
})

describe('tool calls as models were taught to write them', () => {
  it('have a space after commas and colons, and stay the same JSON', () => {
    expect(spacedJson({ expression: '12 * 34', n: [1, 2], o: {} })).toBe(
      '{"expression": "12 * 34", "n": [1, 2], "o": {}}',
    )
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(spacedJson(value as never))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})
