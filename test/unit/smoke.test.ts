import { expect, test } from 'vitest'
import { HearthError, toWire } from '../../kernel/abi/index.ts'
test('an error keeps its code and data across the wire', () => {
  const error = new HearthError('no-model', 'Load one.', { model: null })
  expect(HearthError.fromWire(toWire(error))).toMatchObject({ code: 'no-model', data: { model: null } })
})
