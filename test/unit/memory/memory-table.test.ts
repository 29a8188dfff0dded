import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadMemories } from '../../../kernel/core/memory/search/load.ts'
import { MemoryTable } from '../../../kernel/core/memory/search/memory-table.ts'
import { WordIndex } from '../../../kernel/core/memory/search/word-index.ts'
import type { MemoryRecord } from '../../../kernel/core/storage/records.ts'
import { createManualClock } from '../../../kernel/drivers/memory/clock.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { memoryOf } from '../../bench/memory/memory-of.ts'

const newest = (one: MemoryRecord, other: MemoryRecord): number =>
  other.createdAt - one.createdAt || other.number - one.number

describe('the table of memories', () => {
  it('keeps the order of time through any changes', () => {
    const step = fc.record({ number: fc.nat(12), at: fc.nat(4), text: fc.string(), remove: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const table = new MemoryTable()
        const kept = new Map<string, MemoryRecord>()
        for (const { number, at, text, remove } of steps) {
          const memory = memoryOf(number, text, at)
          if (remove) {
            table.remove(memory.id)
            kept.delete(memory.id)
          } else {
            table.put(memory)
            kept.set(memory.id, memory)
          }
        }
        const expected = [...kept.values()].sort(newest)
        expect(table.all()).toEqual(expected)
        expect([...table.newest()]).toEqual(expected)
        for (const memory of expected) expect(table.numbered(memory.number)).toBe(memory)
      }),
    )
  })
})

describe('loading', () => {
  const load = async (stored: readonly MemoryRecord[]): Promise<MemoryTable> => {
    const database = createMemoryDatabase()
    const writes = stored.map((value) => ({ op: 'put', store: 'memories', value }) as const)
    await database.commit(writes, 'relaxed')
    const table = new MemoryTable()
    await loadMemories({ database, clock: createManualClock() }, table, new WordIndex<number>())
    return table
  }

  it('reads memories back as they were stored, newest first', async () => {
    const principal = fc.oneof(
      fc.constantFrom({ kind: 'user' } as const, { kind: 'app', id: 'https://a.example' } as const),
      fc.record({ kind: fc.constant('agent' as const), id: fc.string(), run: fc.string() }),
    )
    const provenance = fc.record(
      {
        source: fc.constantFrom('user' as const, 'tool' as const, 'outside' as const),
        ...{ principal, trust: fc.constantFrom('trusted' as const, 'untrusted' as const) },
        ...{ tool: fc.constantFrom('remember', 'note'), model: fc.constant('m'), run: fc.string(), seq: fc.nat() },
      },
      { requiredKeys: ['source', 'principal', 'trust'] },
    )
    const links = fc.array(fc.record({ kind: fc.constant('related' as const), to: fc.string() }), { maxLength: 2 })
    const more = fc.record({ provenance, links, owner: fc.option(fc.string()), scope: fc.string() })
    await fc.assert(
      fc.asyncProperty(fc.array(more, { maxLength: 30 }), async (parts) => {
        const stored = parts.map((each, at) => memoryOf(at + 1, `text ${at}`, at % 3, each))
        expect((await load(stored)).all()).toEqual([...stored].sort(newest))
      }),
    )
  })

  it('holds what is equal in two memories once', async () => {
    const [one, other] = (await load([memoryOf(1, 'a', 1), memoryOf(2, 'b', 1)])).all()
    expect(one?.provenance).toBe(other?.provenance)
    expect(one?.links).toBe(other?.links)
  })
})
