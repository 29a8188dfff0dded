import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SlotSlice } from '../../../sdk/index.ts'
import { paint, type Pen, type Scene } from '../../../ui/src/activity/paint.ts'
import { lanesOf, mergeSlices, sliceAt, visible } from '../../../ui/src/activity/slices.ts'
import { endOf, LONGEST_MS, pan, SHORTEST_MS, startOf, zoom } from '../../../ui/src/activity/time-span.ts'

function slice(seq: number, from: number, to: number | null, fields: Partial<SlotSlice> = {}): SlotSlice {
  return {
    ...{ seq, from, to, engine: 'llamacpp', slot: 0, job: `j${seq}`, run: 'r', agent: 'a', name: 'Mail' },
    ...{ class: 'normal', model: 'starter', tokens: 3, ended: to === null ? null : 'finished', preemptedBy: null },
    ...fields,
  }
}

/** Slices of one slot, one after another. */
const oneSlot = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 100 })), { maxLength: 60 })
  .map((gaps) => {
    let time = 0
    return gaps.map(([gap, length], index) => {
      const from = time + gap
      time = from + length
      return slice(index + 1, from, time)
    })
  })

describe('slices told of in parts', () => {
  it('are kept once each, with what was told of them last', () => {
    const known = [slice(1, 0, 10), slice(2, 10, null)]
    const merged = mergeSlices(known, [slice(2, 10, 20), slice(3, 20, null)], 10)
    expect(merged.map(({ seq, to }) => [seq, to])).toEqual([
      [1, 10],
      [2, 20],
      [3, null],
    ])
  })

  it('lose the oldest above the limit', () => {
    expect(mergeSlices([slice(1, 0, 1), slice(2, 1, 2)], [slice(3, 2, 3)], 2).map(({ seq }) => seq)).toEqual([2, 3])
  })
})

describe('a lane', () => {
  it('is there for each slot, used or not', () => {
    const lanes = lanesOf([slice(1, 0, 1, { slot: 2 })], [{ engine: 'llamacpp', slots: 2 }])
    expect(lanes.map(({ slot, slices }) => [slot, slices.length])).toEqual([
      [0, 0],
      [1, 0],
      [2, 1],
    ])
  })

  it('shows exactly the slices that touch what is in sight', () => {
    fc.assert(
      fc.property(oneSlot, fc.integer({ max: 5000 }), fc.nat(2000), (slices, from, length) => {
        const [lane] = lanesOf(slices, [{ engine: 'llamacpp', slots: 1 }])
        const to = from + length
        const expected = slices.filter((one) => (one.to ?? Infinity) >= from && one.from <= to)
        expect(visible(lane!, from, to, 1e9)).toEqual(expected)
      }),
    )
  })

  it('gives the slice under the pointer, and a thin one beside it', () => {
    const [lane] = lanesOf([slice(1, 0, 10), slice(2, 100, 101)], [])
    const at = (time: number, reach: number) => sliceAt(lane!, time, reach, 1e9)?.seq
    expect([at(5, 0), at(98, 5), at(50, 5)]).toEqual([1, 2, undefined])
  })
})

describe('the stretch of time shown', () => {
  it('keeps what lies under the pointer there, whatever the zoom', () => {
    const number = fc.double({ min: 0.2, max: 5, noNaN: true })
    fc.assert(
      fc.property(number, fc.double({ min: 0, max: 1, noNaN: true }), (factor, at) => {
        const before = { length: 10_000, end: 500_000 }
        const after = zoom(before, factor, at, 1e9)
        const under = (span: typeof before) => startOf(span, 1e9) + at * span.length
        expect(under({ length: after.length, end: endOf(after, 1e9) })).toBeCloseTo(under(before), 3)
      }),
    )
  })

  it('has a shortest and a longest', () => {
    expect(zoom({ length: 1000, end: null }, 1e-9, 1, 0).length).toBe(SHORTEST_MS)
    expect(zoom({ length: 1000, end: null }, 1e9, 1, 0).length).toBe(LONGEST_MS)
  })

  it('stops following now when it is moved back, and follows again at now', () => {
    const back = pan({ length: 1000, end: null }, -500, 10_000)
    expect(back.end).toBe(9_500)
    expect(pan(back, 600, 10_000).end).toBeNull()
  })
})

/** Counts instead of drawing: there is no canvas here. */
class CountingPen {
  rects = 0
  texts: string[] = []
  fillStyle = ''
  strokeStyle = ''
  lineWidth = 1
  font = ''
  textAlign = 'left'
  textBaseline = 'middle'
  globalAlpha = 1
  fillRect = (): void => void this.rects++
  fillText = (text: string): void => void this.texts.push(text)
  measureText = (text: string): { width: number } => ({ width: text.length * 7 })
  clearRect = (): void => {}
  strokeRect = (): void => {}
  beginPath = (): void => {}
  moveTo = (): void => {}
  lineTo = (): void => {}
  closePath = (): void => {}
  fill = (): void => {}
}

describe('drawing', () => {
  const palette = {
    ...{ interactive: '', normal: '', background: '', text: '', lane: '', line: '', dim: '', mark: '' },
    ...{ bad: '', focus: '', font: '' },
  }
  const drawn = (slices: readonly SlotSlice[], from: number, to: number): CountingPen => {
    const pen = new CountingPen()
    const lanes = lanesOf(slices, [{ engine: 'llamacpp', slots: 4 }])
    const scene: Scene = {
      ...{ lanes, from, to, now: to, following: true, width: 800, palette, marked: null, run: null },
    }
    paint(pen as unknown as Pen, scene)
    return pen
  }

  it('draws no more than a slice for each pixel, however many there are', () => {
    const many = Array.from({ length: 5_000 }, (_, index) =>
      slice(index + 1, index * 10, index * 10 + 9, { slot: index % 4 }),
    )
    expect(drawn(many, 0, 50_000).rects).toBeLessThan(4 * 800 + 20)
    expect(drawn(many, 25_000, 25_100).rects).toBeLessThan(40)
  })

  it('names those who have room for a name', () => {
    const pen = drawn([slice(1, 0, 500, { name: 'Researcher' }), slice(2, 500, 501, { name: 'Thin' })], 0, 1000)
    expect(pen.texts).toContain('Researcher')
    expect(pen.texts).not.toContain('Thin')
  })
})
