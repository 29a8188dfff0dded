/** Ids that count up: the same in every run of a test. */
import type { Random } from '../../core/platform.ts'

export function createCountingRandom(): Random {
  let next = 0
  return { id: (prefix) => `${prefix}-${++next}` }
}
