/**
 * Long-term facts: stored in the database, searched by words. An agent recalls its own facts and the shared ones. Text
 * that was recalled is never stored again by the kernel; only `memory.add` and the `remember` tool store anything.
 */
import { HearthError, type Memory, type Principal } from '../../abi/index.ts'
import type { AtomicOutcome, HandlersOf } from '../call.ts'
import type { KernelEvents } from '../events.ts'
import { MEMORIES_KEPT } from '../param.ts'
import type { Platform } from '../platform.ts'
import { writtenBy } from '../provenance.ts'
import type { Mutation } from '../storage/database.ts'
import { WordIndex } from './word-index.ts'

export interface MemoryHit {
  memory: Memory
  /** Comparable within one answer only. */
  score: number
}

export interface MemoryService {
  readonly handlers: HandlersOf<'memory'>
  /** Stores a fact of an agent's; one that it already holds, word for word, is returned instead, so repeating is safe. */
  remember(text: string, owner: string | null, principal: Principal): Promise<Memory>
  /** Facts of `owner` and shared ones, best first. */
  recall(query: string, owner: string | null, k: number): Promise<MemoryHit[]>
  /** The writes that delete all that only `owner` could recall, for the commit that deletes the owner. */
  forget(owner: string): Promise<{ writes: Mutation[]; after(): void }>
}

interface Held {
  readonly memories: Map<string, Memory>
  readonly index: WordIndex
}

/** Loads nothing until the first call. */
export function createMemoryService(deps: {
  platform: Pick<Platform, 'clock' | 'random' | 'database'>
  events: KernelEvents
}): MemoryService {
  const { clock, random, database } = deps.platform
  let loading: Promise<Held> | null = null

  function held(): Promise<Held> {
    loading ??= load().catch((error: unknown) => {
      loading = null
      throw error
    })
    return loading
  }

  async function load(): Promise<Held> {
    const memories = new Map<string, Memory>()
    const index = new WordIndex()
    for (const memory of await database.list('memories')) {
      memories.set(memory.id, memory)
      index.add(memory.id, memory.text)
    }
    return { memories, index }
  }

  function hold({ memories, index }: Held, memory: Memory): void {
    memories.set(memory.id, memory)
    index.add(memory.id, memory.text)
    deps.events.publish({ type: 'memories' })
  }

  function make(held: Held, text: string, owner: string | null, provenance: Memory['provenance']): Memory {
    if (held.memories.size >= MEMORIES_KEPT) {
      throw new HearthError(
        'over-limit',
        `The memory is full: it holds ${MEMORIES_KEPT} facts. Nothing was lost; delete facts you no longer need.`,
        { limit: 'memories', maximum: MEMORIES_KEPT, retryAfterMs: null },
      )
    }
    return { id: random.id('memory'), text, owner, provenance, createdAt: clock.now() }
  }

  async function search(query: string, k: number, allowed: (memory: Memory) => boolean): Promise<MemoryHit[]> {
    const { memories, index } = await held()
    const hits: MemoryHit[] = []
    const permit = (id: string): boolean => {
      const memory = memories.get(id)
      return memory !== undefined && allowed(memory)
    }
    for (const { id, score } of index.search(query, k, permit)) {
      const memory = memories.get(id)
      if (memory) hits.push({ memory, score })
    }
    return hits
  }

  const ownOrShared = (owner: string | null) => (memory: Memory) => memory.owner === null || memory.owner === owner

  return {
    handlers: {
      async 'memory.add'({ args, caller }): Promise<AtomicOutcome<Memory>> {
        const all = await held()
        const memory = make(all, args.text, args.owner, writtenBy(caller.principal))
        return {
          result: memory,
          writes: [{ op: 'put', store: 'memories', value: memory }],
          after: () => hold(all, memory),
        }
      },
      async 'memory.list'({ args }) {
        const all = [...(await held()).memories.values()]
        all.sort((left, right) => right.createdAt - left.createdAt)
        return { memories: all.slice(0, args.limit) }
      },
      /** Without an owner it searches everything, with one what that agent would recall. */
      async 'memory.search'({ args }) {
        const allowed = args.owner === null ? () => true : ownOrShared(args.owner)
        return { match: 'words', hits: await search(args.query, args.k, allowed) }
      },
      async 'memory.delete'({ args }): Promise<AtomicOutcome<Record<string, never>>> {
        const { memories, index } = await held()
        if (!memories.has(args.id)) {
          throw new HearthError('not-found', 'That fact is no longer there; nothing needs to be deleted.', {
            kind: 'memory',
            id: args.id,
          })
        }
        return {
          result: {},
          writes: [{ op: 'delete', store: 'memories', key: args.id }],
          after() {
            memories.delete(args.id)
            index.remove(args.id)
            deps.events.publish({ type: 'memories' })
          },
        }
      },
    },
    async remember(text, owner, principal) {
      const all = await held()
      for (const memory of all.memories.values()) {
        if (memory.text === text && memory.owner === owner) return memory
      }
      const memory = make(all, text, owner, { ...writtenBy(principal), tool: 'remember' })
      await database.commit([{ op: 'add', store: 'memories', value: memory }], 'strict')
      hold(all, memory)
      return memory
    },
    recall: (query, owner, k) => search(query, k, ownOrShared(owner)),
    async forget(owner) {
      const { memories, index } = await held()
      const own = [...memories.values()].filter((memory) => memory.owner === owner).map(({ id }) => id)
      return {
        writes: own.map((id) => ({ op: 'delete', store: 'memories', key: id })),
        after() {
          for (const id of own) {
            memories.delete(id)
            index.remove(id)
          }
          if (own.length > 0) deps.events.publish({ type: 'memories' })
        },
      }
    },
  }
}
