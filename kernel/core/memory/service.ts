/**
 * Long-term facts: stored in the database, searched by words and by meaning. An agent recalls its own facts and the shared ones. Text
 * that was recalled is never stored again by the kernel; only `memory.add` and the `remember` tool store anything.
 */
import { HearthError, type Memory, type Principal } from '../../abi/index.ts'
import type { AtomicOutcome, HandlersOf } from '../call.ts'
import type { KernelEvents } from '../events.ts'
import { MEMORIES_KEPT } from '../param.ts'
import type { Platform } from '../platform.ts'
import { writtenBy } from '../provenance.ts'
import type { Mutation } from '../storage/database.ts'
import type { MemorySearch } from './memory-index.ts'
import { Facts } from './search/facts.ts'

export interface MemoryService {
  readonly handlers: HandlersOf<'memory'>
  /** Stores a fact of an agent's; one that it already holds, word for word, is returned instead, so repeating is safe. */
  remember(text: string, owner: string | null, principal: Principal): Promise<Memory>
  /** Facts of `owner` and shared ones, best first. */
  recall(query: string, owner: string | null, k: number): Promise<MemorySearch['hits']>
  /** The writes that delete all that only `owner` could recall, for the commit that deletes the owner. */
  forget(owner: string): Promise<{ writes: Mutation[]; after(): void }>
}

/** Loads nothing until the first call. */
export function createMemoryService(deps: {
  platform: Pick<Platform, 'clock' | 'random' | 'database' | 'wordVectors'>
  events: KernelEvents
}): MemoryService {
  const { clock, random, database } = deps.platform
  let loading: Promise<Facts> | null = null

  function held(): Promise<Facts> {
    loading ??= load().catch((error: unknown) => {
      loading = null
      throw error
    })
    return loading
  }

  async function load(): Promise<Facts> {
    const facts = new Facts(deps.platform)
    for (const memory of await database.list('memories')) facts.add(memory)
    return facts
  }

  function hold(facts: Facts, memory: Memory): void {
    facts.add(memory)
    deps.events.publish({ type: 'memories' })
  }

  function make(facts: Facts, text: string, owner: string | null, provenance: Memory['provenance']): Memory {
    if (facts.size >= MEMORIES_KEPT) {
      throw new HearthError(
        'over-limit',
        `The memory is full: it holds ${MEMORIES_KEPT} facts. Nothing was lost; delete facts you no longer need.`,
        { limit: 'memories', maximum: MEMORIES_KEPT, retryAfterMs: null },
      )
    }
    return { id: random.id('memory'), text, owner, provenance, createdAt: clock.now() }
  }

  const ownOrShared = (owner: string | null) => (memory: Memory) => memory.owner === null || memory.owner === owner

  return {
    handlers: {
      async 'memory.add'({ args, caller }): Promise<AtomicOutcome<Memory>> {
        const facts = await held()
        const memory = make(facts, args.text, args.owner, writtenBy(caller.principal))
        return {
          result: memory,
          writes: [{ op: 'put', store: 'memories', value: memory }],
          after: () => hold(facts, memory),
        }
      },
      async 'memory.list'({ args }) {
        const all = (await held()).all()
        all.sort((left, right) => right.createdAt - left.createdAt)
        return { memories: all.slice(0, args.limit) }
      },
      /** Without an owner it searches everything, with one what that agent would recall. */
      async 'memory.search'({ args }) {
        const allowed = args.owner === null ? () => true : ownOrShared(args.owner)
        return (await held()).search(args.query, args.k, allowed)
      },
      async 'memory.delete'({ args }): Promise<AtomicOutcome<Record<string, never>>> {
        const facts = await held()
        if (!facts.has(args.id)) {
          throw new HearthError('not-found', 'That fact is no longer there; nothing needs to be deleted.', {
            kind: 'memory',
            id: args.id,
          })
        }
        return {
          result: {},
          writes: [{ op: 'delete', store: 'memories', key: args.id }],
          after() {
            facts.remove(args.id)
            deps.events.publish({ type: 'memories' })
          },
        }
      },
    },
    async remember(text, owner, principal) {
      const facts = await held()
      for (const memory of facts.all()) {
        if (memory.text === text && memory.owner === owner) return memory
      }
      const memory = make(facts, text, owner, { ...writtenBy(principal), tool: 'remember' })
      await database.commit([{ op: 'add', store: 'memories', value: memory }], 'strict')
      hold(facts, memory)
      return memory
    },
    recall: async (query, owner, k) => (await (await held()).search(query, k, ownOrShared(owner))).hits,
    async forget(owner) {
      const facts = await held()
      const own = facts
        .all()
        .filter((memory) => memory.owner === owner)
        .map(({ id }) => id)
      return {
        writes: own.map((id) => ({ op: 'delete', store: 'memories', key: id })),
        after() {
          for (const id of own) facts.remove(id)
          if (own.length > 0) deps.events.publish({ type: 'memories' })
        },
      }
    },
  }
}
