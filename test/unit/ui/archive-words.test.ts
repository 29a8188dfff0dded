/** What a person is told of an import. */
import { expect, test } from 'vitest'
import { reportWords } from '../../../ui/src/settings/archive-words.ts'

test('says what was left out and what was dated ahead, and nothing of either when there is none', () => {
  const kinds = [{ kind: 'memories', added: 2, replaced: 0, kept: 1 }] as const
  expect(reportWords({ kinds: [...kinds], ownerless: 0, redated: 0 })).toBe(
    'Added: 2 memories. Left as they were here: 1 memory.',
  )
  expect(reportWords({ kinds: [], ownerless: 1, redated: 3 })).toBe(
    'Left out: 1 file of no agent. Dated ahead of today, and counted as new today: 3 records.',
  )
})
