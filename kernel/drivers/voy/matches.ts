/** A filter as a predicate, for an index that cannot filter while it searches. */
import type { VectorAttributes, VectorFilter } from '../../core/memory/vector-index.ts'

export function matches(attributes: VectorAttributes, filter: VectorFilter): boolean {
  const { owners, scopes, kinds, allLabels = 0, noLabels = 0, from = -Infinity, to = Infinity, validAt } = filter
  const { owner, scope, kind, labels, time, until } = attributes
  return (
    (owners === undefined || owners.includes(owner)) &&
    (scopes === undefined || scopes.includes(scope)) &&
    (kinds === undefined || kinds.includes(kind)) &&
    (labels & allLabels) >>> 0 === allLabels &&
    (labels & noLabels) === 0 &&
    from <= time &&
    time <= to &&
    (validAt === undefined || (time <= validAt && validAt < until))
  )
}
