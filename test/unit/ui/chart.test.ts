import { describe, expect, it } from 'vitest'
import { ceiling, drawn, lastSeconds, linePoints, type Series } from '../../../ui/src/activity/chart.ts'

const series = (fields: Partial<Series>): Series => ({ label: 'a', colour: '', values: [], area: true, ...fields })

describe('a chart', () => {
  it('reaches to a round figure above all that is drawn, amounts that add up included', () => {
    expect(ceiling([series({ values: [3, 7] })], 5)).toBe(10)
    expect(ceiling([series({ values: [3, 7], on: [1, 4] })], 5)).toBe(20)
    expect(ceiling([series({})], 5)).toBe(5)
  })

  it('puts what waits on top of what writes', () => {
    expect(drawn(series({ values: [5, 2], on: [4, 4] }))).toEqual([9, 6])
  })

  it('leaves out seconds in which nothing was measured', () => {
    expect(linePoints([null, 50, null], 100)).toEqual([{ x: 50, y: 50 }])
  })

  it('begins with nothing while there are fewer figures than seconds', () => {
    expect(lastSeconds([1, 2], 4, 0)).toEqual([0, 0, 1, 2])
    expect(lastSeconds([1, 2, 3], 2, 0)).toEqual([2, 3])
  })
})
