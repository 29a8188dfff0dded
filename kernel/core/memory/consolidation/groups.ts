/**
 * Which facts are summarised together: old, small, about the same thing, of one owner, scope and trust. What has been recalled
 * from elsewhere or was made of others is never summarised again, and neither is what denies something: a word too few turns
 * it around.
 */
import type { MemoryRecord } from '../../storage/records.ts'
import type { MemoryIndex } from '../memory-index.ts'
import {
  FRESH_MS,
  GROUP_COSINE,
  GROUP_LEAST,
  GROUP_MOST,
  GROUP_NEIGHBOURS,
  SMALL_FACT_UNITS,
  SUMMARISED_FROM,
} from './param.ts'
import { isNegated } from './tokens.ts'

export function maySummarise(memory: MemoryRecord, now: number): boolean {
  const { kind, text, validUntil, links, provenance, updatedAt, usedAt } = memory
  return (
    kind === 'fact' &&
    text.length <= SMALL_FACT_UNITS &&
    validUntil === null &&
    links.every((link) => link.kind !== 'derived-from') &&
    provenance.source !== 'memory' &&
    Math.max(updatedAt, usedAt ?? 0) <= now - FRESH_MS &&
    !isNegated(text)
  )
}

/** Those that share an owner, a scope and a trust label, where they are many, oldest first. */
export function crowds(facts: readonly MemoryRecord[]): MemoryRecord[][] {
  const byPlace = new Map<string, MemoryRecord[]>()
  for (const fact of facts) {
    const place = JSON.stringify([fact.owner, fact.scope, fact.provenance.trust])
    const crowd = byPlace.get(place)
    if (crowd) crowd.push(fact)
    else byPlace.set(place, [fact])
  }
  const large = [...byPlace.values()].filter(({ length }) => length >= SUMMARISED_FROM)
  return large.map((crowd) => crowd.sort((a, b) => a.number - b.number))
}

/**
 * Facts of a crowd that are about the same as its oldest one, that first; they leave the crowd.
 * @param units UTF-16 units they may have together
 * @returns too few when it has none like it
 */
export async function takeGroup(
  index: Pick<MemoryIndex, 'similar'>,
  crowd: Map<string, MemoryRecord>,
  units: number,
): Promise<MemoryRecord[]> {
  const [first] = crowd.values()
  if (!first) return []
  crowd.delete(first.id)
  const filter = { kinds: ['fact' as const], owner: first.owner, scopes: [first.scope] }
  const neighbours = await index.similar(first.text, GROUP_NEIGHBOURS, filter)
  const group = [first]
  let total = first.text.length
  for (const { memory, cosine } of neighbours) {
    const fact = crowd.get(memory.id)
    if (!fact || cosine < GROUP_COSINE || total + fact.text.length > units) continue
    crowd.delete(fact.id)
    group.push(fact)
    total += fact.text.length
    if (group.length === GROUP_MOST) break
  }
  // Those it has in vain may yet suit another one.
  if (group.length < GROUP_LEAST) for (const fact of group.slice(1)) crowd.set(fact.id, fact)
  return group
}
