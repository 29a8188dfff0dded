/**
 * Whether a new fact contradicts an old one: the same subject and attribute, and another value. Decided without a model, so
 * only what can be told from the sentences (statements.ts). Shown with precision and recall by test/unit/memory/superseding.test.ts.
 */
import type { Statement } from './statement.ts'
import { differ } from './values.ts'

/** What facts that may contradict each other have in common. */
export const keyOf = ({ subject, attribute }: Statement): string => `${subject}\u0000${attribute}`

/** Whether `old` cannot be true any more when `now` is. */
export function contradicts(now: Statement, old: Statement): boolean {
  if (keyOf(now) !== keyOf(old)) return false
  // "No longer Acme" ends "Acme" and nothing else.
  if (now.negated !== old.negated) return !differ(now.value, old.value)
  return !now.negated && differ(now.value, old.value)
}
