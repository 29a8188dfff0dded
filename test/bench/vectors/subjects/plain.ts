/** What anybody writes first: one long Float32Array and a loop. */
import { DIMENSIONS, nearestOf, vectorAt } from '../data.ts'
import type { Data } from '../data.ts'
import { OWNER, ownerOf } from '../subject.ts'
import type { Subject } from '../subject.ts'

export function createPlain(): Subject {
  let data: Data = { count: 0, base: new Float32Array(0), queries: [] }
  return {
    async build(given) {
      const base = new Float32Array((given.count + 100) * DIMENSIONS)
      for (let row = 0; row < given.count; row++) base.set(vectorAt(given, row), row * DIMENSIONS)
      data = { count: given.count, base, queries: [] }
    },
    addOne(row, vector) {
      data.base.set(vector, row * DIMENSIONS)
      data = { ...data, count: Math.max(data.count, row + 1) }
    },
    search: (query, k) => nearestOf(data, query, k, () => true),
    filtered: (query, k) => nearestOf(data, query, k, (row) => ownerOf(row) === OWNER),
    bytes: () => data.base.byteLength,
  }
}
