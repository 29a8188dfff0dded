/** Forgetting: with a memory go its versions, its vector and words, and the links of others to it. */
import type { Mutation } from '../storage/database.ts'
import type { MemoryRecord } from '../storage/records.ts'
import type { Book } from './book.ts'
import type { Plan } from './changes.ts'
import type { MemoryIndex } from './memory-index.ts'
import { changed, dropVersions } from './records.ts'

/** @param ids of what is to be forgotten; those that are gone already are passed over */
export async function planForget(
  deps: { readonly index: MemoryIndex; readonly book: Book; readonly clock: { now(): number } },
  ids: Iterable<string>,
): Promise<Plan<Record<string, never>>> {
  const gone = new Set(ids)
  const put = new Map<string, MemoryRecord>()
  const writes: Mutation[] = []
  for (const id of gone) {
    writes.push(dropVersions(id))
    for (const other of await deps.book.linkingTo(id)) {
      if (!gone.has(other.id)) put.set(other.id, other)
    }
  }
  const now = deps.clock.now()
  const unlinked = [...put.values()].map((other) =>
    changed(other, { links: other.links.filter(({ to }) => !gone.has(to)) }, now),
  )
  return { result: {}, put: unlinked, remove: [...gone], writes }
}
