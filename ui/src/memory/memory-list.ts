/** A list of memories after some of them changed. Pure. */
import { passes } from './filter.ts'
import type { MemoryChange } from './memory-changes.ts'
import type { Memory, MemoryFilter } from './types.ts'

export interface Listed {
  /** Newest first, from the newest on. */
  readonly memories: readonly Memory[]
  /** How many there are in all. */
  readonly total: number
}

/** A list and the page that comes after it; what changed places meanwhile is not there twice. */
export function joined({ memories }: Listed, page: Listed): Listed {
  const known = new Set(memories.map(({ id }) => id))
  const all = [...memories, ...page.memories.filter(({ id }) => !known.has(id))]
  return { memories: all, total: page.memories.length === 0 ? all.length : page.total }
}

/** The names that group memories, as far as these have any. */
export function scopesOf({ memories }: Listed): string[] {
  return [...new Set(memories.map(({ scope }) => scope).filter(Boolean))].sort()
}

export function changed(listed: Listed, changes: readonly MemoryChange[], filter: MemoryFilter, now: number): Listed {
  const last = new Map(changes.map((change) => [change.type === 'put' ? change.memory.id : change.id, change]))
  let { total } = listed
  const complete = listed.memories.length >= total
  const memories: Memory[] = []
  for (const memory of listed.memories) {
    const change = last.get(memory.id)
    last.delete(memory.id)
    if (!change) memories.push(memory)
    else if (change.type === 'put' && passes(change.memory, filter, now)) memories.push(change.memory)
    else total--
  }
  const oldest = memories.at(-1)
  for (const change of last.values()) {
    if (change.type === 'deleted' || !passes(change.memory, filter, now)) continue
    const { memory } = change
    // One that is older than all that were read is among those still to be read.
    if (!complete && oldest && memory.createdAt < oldest.createdAt) continue
    const at = memories.findIndex(({ createdAt }) => createdAt <= memory.createdAt)
    memories.splice(at < 0 ? memories.length : at, 0, memory)
    total++
  }
  return { memories, total: Math.max(total, memories.length) }
}
