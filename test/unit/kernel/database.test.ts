import { expect, test } from 'vitest'
import { compareKeys } from '../../../kernel/core/storage/keys.ts'
import { createMemoryDatabase } from '../../../kernel/drivers/memory/database.ts'
import { databaseContract } from '../../contract/database.ts'

databaseContract('memory', async () => createMemoryDatabase())

test('numbers come before strings, and strings before compound keys, as IndexedDB has it', () => {
  const keys = [['a', 1], ['a'], '10', 'a', 2, -1, 10, ['a', 'b']]
  expect(keys.sort(compareKeys)).toEqual([-1, 2, 10, '10', 'a', ['a'], ['a', 1], ['a', 'b']])
})
