/** What every Database must do, whatever it is made of. Runs over drivers/memory in Node and drivers/idb in a browser. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Database, Mutation } from '../../kernel/core/storage/database.ts'
import { compareKeys } from '../../kernel/core/storage/keys.ts'
import { KEY_END } from '../../kernel/core/storage/records.ts'
import type { JournalRecord, MetaRecord } from '../../kernel/core/storage/records.ts'

const meta = (name: string, value: MetaRecord['value'] = null): Mutation => ({
  op: 'put',
  store: 'meta',
  value: { name, value },
})

const entry = (run: string, seq: number): Mutation => ({
  op: 'put',
  store: 'journal',
  value: { run, seq, event: { seq, at: 0, type: 'paused', reason: 'test' } } satisfies JournalRecord,
})

export function databaseContract(name: string, open: () => Promise<Database>): void {
  describe(`a database on ${name}`, () => {
    let database: Database
    beforeEach(async () => {
      database = await open()
    })
    afterEach(() => database.close())

    test('gives back what was committed, and nothing for a key that was not', async () => {
      await database.commit([meta('epoch', 3)], 'strict')
      expect(await database.get('meta', 'epoch')).toEqual({ name: 'epoch', value: 3 })
      expect(await database.get('meta', 'other')).toBeUndefined()
    })

    test('hands out copies, so that nobody changes a record by holding it', async () => {
      const value = { name: 'epoch', value: 1 }
      await database.commit([{ op: 'put', store: 'meta', value }], 'relaxed')
      value.value = 2
      const read = await database.get('meta', 'epoch')
      if (read) read.value = 3
      expect(await database.get('meta', 'epoch')).toEqual({ name: 'epoch', value: 1 })
    })

    test('applies a large batch whole, or not at all when its last write conflicts', async () => {
      const many = Array.from({ length: 1_000 }, (_, index) => entry('many', index))
      const taken: Mutation = { op: 'add', store: 'meta', value: { name: 'taken', value: null } }
      await database.commit([meta('taken')], 'strict')
      await expect(database.commit([...many, taken], 'strict')).rejects.toMatchObject({ code: 'conflict' })
      expect(await database.count('journal')).toBe(0)
      const uncloneable = { op: 'put', store: 'meta', value: { name: 'x', value: () => {} } } as unknown as Mutation
      await expect(database.commit([...many, uncloneable], 'strict')).rejects.toMatchObject({ code: 'storage-failed' })
      expect(await database.count('journal')).toBe(0)
      await database.commit(many, 'strict')
      expect(await database.count('journal')).toBe(1_000)
    })

    test('lists in key order, forwards and backwards, within bounds that are included', async () => {
      await database.commit([meta('b'), meta('d'), meta('a'), meta('c')], 'relaxed')
      const names = async (range: Parameters<typeof database.list>[1]) =>
        (await database.list('meta', range)).map((record) => record.name)
      expect(await names({})).toEqual(['a', 'b', 'c', 'd'])
      expect(await names({ from: 'b', to: 'c' })).toEqual(['b', 'c'])
      expect(await names({ reverse: true, limit: 2 })).toEqual(['d', 'c'])
      expect(await names({ from: 'b', limit: 1 })).toEqual(['b'])
      expect(await names({ to: 'c', reverse: true })).toEqual(['c', 'b', 'a'])
      expect(await names({ limit: 0 })).toEqual([])
      expect(await names({ from: 'x' })).toEqual([])
      expect(await database.count('meta', { from: 'b' })).toBe(3)
      expect(await database.count('meta')).toBe(4)
    })

    test('orders compound keys part by part, numbers as numbers', async () => {
      await database.commit([entry('r1', 10), entry('r10', 0), entry('r1', 9), entry('r2', 1)], 'relaxed')
      const of = async (run: string) =>
        (await database.list('journal', { from: [run, 0], to: [run, KEY_END] })).map((record) => record.seq)
      expect(await of('r1')).toEqual([9, 10])
      expect(await of('r10')).toEqual([0])
      const [last] = await database.list('journal', { from: ['r1', 0], to: ['r1', KEY_END], reverse: true, limit: 1 })
      expect(last?.seq).toBe(10)
    })

    test('deletes one key or a range with both ends', async () => {
      await database.commit([entry('r', 1), entry('r', 2), entry('r', 3), entry('s', 1)], 'relaxed')
      await database.commit([{ op: 'delete', store: 'journal', key: ['r', 9] }], 'relaxed')
      await database.commit([{ op: 'delete-range', store: 'journal', from: ['r', 1], to: ['r', 2] }], 'relaxed')
      await database.commit([{ op: 'delete', store: 'journal', key: ['s', 1] }], 'relaxed')
      expect((await database.list('journal')).map(({ run, seq }) => [run, seq])).toEqual([['r', 3]])
    })

    test('deletes nothing by a range that ends before it begins, and does the rest of the batch', async () => {
      await database.commit([entry('r', 1)], 'relaxed')
      const empty = { op: 'delete-range', store: 'journal', from: ['r', 0], to: ['r', -9] } as const
      await database.commit([empty, entry('r', 2)], 'relaxed')
      expect((await database.list('journal')).map(({ seq }) => seq)).toEqual([1, 2])
    })

    test('applies the mutations of a batch in order', async () => {
      await database.commit(
        [
          meta('a', 1),
          { op: 'delete', store: 'meta', key: 'a' },
          { op: 'add', store: 'meta', value: { name: 'a', value: 2 } },
        ],
        'relaxed',
      )
      expect(await database.get('meta', 'a')).toEqual({ name: 'a', value: 2 })
    })

    test('applies nothing of a batch whose add finds its key taken, and says which', async () => {
      await database.commit([meta('a', 1)], 'strict')
      const batch: Mutation[] = [meta('b'), entry('r', 1), { op: 'add', store: 'meta', value: { name: 'a', value: 2 } }]
      await expect(database.commit(batch, 'strict')).rejects.toMatchObject({
        code: 'conflict',
        data: { kind: 'meta', id: 'a' },
      })
      expect(await database.list('meta')).toEqual([{ name: 'a', value: 1 }])
      expect(await database.count('journal')).toBe(0)
    })

    test('applies nothing of a batch with a value that cannot be stored', async () => {
      const bad = { name: 'bad', value: (() => 1) as unknown as string }
      await expect(
        database.commit([meta('a'), { op: 'put', store: 'meta', value: bad }], 'strict'),
      ).rejects.toMatchObject({
        code: 'storage-failed',
      })
      expect(await database.count('meta')).toBe(0)
    })

    test('commits many batches at once, each whole', async () => {
      await Promise.all(
        Array.from({ length: 50 }, (_, i) => database.commit([meta(`a${i}`), entry('r', i)], 'relaxed')),
      )
      expect(await database.count('meta')).toBe(50)
      expect(await database.count('journal')).toBe(50)
    })

    test('fails with a typed error once it is closed', async () => {
      database.close()
      await expect(database.get('meta', 'a')).rejects.toMatchObject({ code: 'storage-failed' })
      await expect(database.commit([meta('a')], 'strict')).rejects.toMatchObject({ code: 'storage-failed' })
    })

    test('keeps any keys in the order that compareKeys gives them', async () => {
      const runs = fc.string({ unit: 'binary', maxLength: 4 })
      const keys = fc.uniqueArray(fc.tuple(runs, fc.integer()), {
        maxLength: 12,
        comparator: (a, b) => compareKeys(a, b) === 0,
      })
      await fc.assert(
        fc.asyncProperty(keys, async (sample) => {
          const clear: Mutation = {
            op: 'delete-range',
            store: 'journal',
            from: ['', -Infinity],
            to: ['\uffff\uffff\uffff\uffff\uffff', 0],
          }
          await database.commit([clear, ...sample.map(([run, seq]) => entry(run, seq))], 'relaxed')
          const stored = (await database.list('journal')).map(({ run, seq }) => [run, seq] as const)
          expect(stored).toEqual([...sample].sort(compareKeys))
        }),
        { numRuns: 40 },
      )
    })
  })
}
