import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VectorTable } from '../../../kernel/core/memory/search/vector-table.ts'

const unit = (angle: number): Float32Array => Float32Array.of(Math.cos(angle), Math.sin(angle))

describe('a table of vectors', () => {
  it('ranks like a plain map of them, whatever was set and removed, also beyond its first rows', () => {
    const step = fc.record({
      id: fc.nat(90).map(String),
      angle: fc.option(fc.double({ min: 0, max: 1.5, noNaN: true })),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const table = new VectorTable(2)
        const model = new Map<string, number>()
        for (const { id, angle } of steps) {
          if (angle === null) {
            table.remove(id)
            model.delete(id)
          } else {
            table.set(id, unit(angle))
            model.set(id, angle)
          }
        }
        const hits = table.search(unit(0), 1_000, () => true)
        expect(hits.map(({ id }) => id).sort()).toEqual([...model.keys()].sort())
        for (const { id, cosine } of hits) expect(cosine).toBeCloseTo(Math.cos(model.get(id) ?? 0), 5)
        for (const [at, { cosine }] of hits.entries()) expect(cosine).toBeLessThanOrEqual(hits[at - 1]?.cosine ?? 2)
        expect(table.size).toBe(model.size)
      }),
    )
  })

  it('filters before it cuts', () => {
    const table = new VectorTable(2)
    for (const [id, angle] of Object.entries({ best: 0, next: 0.3, last: 0.6, opposite: 3 })) table.set(id, unit(angle))
    expect(table.search(unit(0), 1, (id) => id !== 'best').map(({ id }) => id)).toEqual(['next'])
    expect(table.search(unit(0), 9, () => true)).toHaveLength(3)
  })
})
