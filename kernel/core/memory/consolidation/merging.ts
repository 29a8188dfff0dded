/** Joins facts that say the same into the best of them: what a person said before what a model wrote, then the oldest. */
import { LINKS_PER_MEMORY } from '../../../abi/limits.ts'
import type { MemoryRecord } from '../../storage/records.ts'
import type { Plan } from '../changes.ts'
import type { MemoryIndex } from '../memory-index.ts'
import { MEMORIES_PER_SLICE } from '../param.ts'
import { changed } from '../records.ts'
import { endAll, unchanged, versionsKept } from './ended.ts'
import { sameFormOf, statedForm } from './same.ts'

/** Facts with the same key are one; undefined for what is never joined. */
export function mergeKeyOf(memory: MemoryRecord): string | undefined {
  if (memory.kind !== 'fact') return undefined
  const form = sameFormOf(memory.text)
  return form === '' ? undefined : placeOf(memory, form)
}

/**
 * Groups of facts of one key that state the same in other words, put together.
 * @param pause lets others have the thread
 */
export async function joined(
  byKey: ReadonlyMap<string, MemoryRecord[]>,
  pause: () => Promise<void>,
): Promise<MemoryRecord[][]> {
  const groups = new Map<string, MemoryRecord[]>()
  let read = 0
  for (const [key, facts] of byKey) {
    if ((read += 1) % MEMORIES_PER_SLICE === 0) await pause()
    const [first] = facts
    const form = first?.kind === 'fact' ? statedForm(first.text) : undefined
    const all = form === undefined || !first ? key : placeOf(first, form)
    groups.set(all, [...(groups.get(all) ?? []), ...facts])
  }
  return [...groups.values()]
}

const placeOf = ({ owner, scope, validUntil }: MemoryRecord, form: string): string =>
  JSON.stringify([owner, scope, validUntil, form])

/** The one that stays first. */
export function inOrderOfWorth(facts: readonly MemoryRecord[]): MemoryRecord[] {
  const trusted = ({ provenance }: MemoryRecord): number => (provenance.trust === 'trusted' ? 0 : 1)
  return [...facts].sort((a, b) => trusted(a) - trusted(b) || a.number - b.number)
}

/** @returns how many were joined into another; 0 when one of them has changed */
export async function planMerge(
  index: Pick<MemoryIndex, 'get'>,
  seen: readonly MemoryRecord[],
  now: number,
): Promise<Plan<number>> {
  const [kept, ...others] = (await unchanged(index, inOrderOfWorth(seen), now)) ?? []
  if (!kept) return { result: 0 }
  const room = LINKS_PER_MEMORY - kept.links.length
  const joined = others.slice(0, Math.max(0, room))
  if (joined.length === 0) return { result: 0 }
  const all = [kept, ...joined]
  const used = all.flatMap(({ usedAt }) => usedAt ?? [])
  const next = changed(
    kept,
    {
      uses: all.reduce((sum, { uses }) => sum + uses, 0),
      usedAt: used.length === 0 ? null : Math.max(...used),
      validFrom: Math.min(...all.map(({ validFrom }) => validFrom)),
      links: [...kept.links, ...joined.map(({ id }) => ({ kind: 'derived-from' as const, to: id }))],
    },
    now,
  )
  const { put, writes } = endAll(joined, now)
  return { result: joined.length, put: [next, ...put], writes: [...versionsKept(kept, now), ...writes] }
}
