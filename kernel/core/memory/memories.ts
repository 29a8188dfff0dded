/** Puts memory together. Imported when memory is first used: boot does not need it. */
import type { Vectors } from '../embeddings/vectors.ts'
import type { KernelEvents } from '../events.ts'
import type { Platform } from '../platform.ts'
import type { Mutation } from '../storage/database.ts'
import { createAgentMemory, type AgentMemory, type SourceOf } from './agent-memory.ts'
import { Book } from './book.ts'
import { Changes } from './changes.ts'
import { planForget, type Quotes } from './forgetting.ts'
import { createMemoryHandlers, type MemoryHandlers, type MemoryParts } from './handlers.ts'
import { createMemoryIndex } from './search/memory-index.ts'
import { Uses } from './uses.ts'
import type { SearchDeps } from './with-board.ts'
import { Watchers } from './watch.ts'

/** What forgetting an owner takes, for the commit that deletes it. Exactly one of `after` and `failed` has to be called. */
export interface Forgetting {
  readonly writes: readonly Mutation[]
  readonly after: () => void
  /** Nothing was committed. */
  readonly failed: () => void
}

export interface MemoriesDeps {
  readonly platform: Pick<Platform, 'clock' | 'random' | 'database'>
  readonly events: KernelEvents
  readonly sourceOf: SourceOf
  /** Of the windows' side: takes what is forgotten out of conversations. */
  readonly quotes: Quotes
  readonly vectors: Vectors
  /** The whiteboard, for searches that ask for its entries. */
  readonly board?: NonNullable<SearchDeps['board']>
}

export interface Memories extends AsyncDisposable {
  readonly parts: MemoryParts
  readonly handlers: MemoryHandlers
  readonly agents: AgentMemory
  forget(owner: string): Promise<Forgetting>
}

export function createMemories(deps: MemoriesDeps): Memories {
  const { clock, random, database } = deps.platform
  const index = createMemoryIndex({ platform: deps.platform, vectors: deps.vectors })
  const book = new Book({ index, clock })
  const watchers = new Watchers()
  const changes = new Changes({
    index,
    database,
    onChange(changed) {
      if (changed.length === 0) return
      book.tell(changed)
      watchers.tell(changed)
      deps.events.publish({ type: 'memories' })
    },
  })
  const uses = new Uses({ clock, index, changes })
  const { quotes, vectors, board } = deps
  const parts: MemoryParts = {
    ...{ index, book, changes, uses, watchers, database, clock, random, quotes, vectors },
    ...(board && { board }),
  }
  return {
    parts,
    handlers: createMemoryHandlers(parts),
    agents: createAgentMemory({ ...parts, sourceOf: deps.sourceOf }),
    async forget(owner) {
      const quotes: Quotes = async (memories) => {
        const { writes } = await deps.quotes(memories)
        // Its conversation goes as a whole, in the same commit: nothing of it may be written again.
        return { writes: writes.filter((write) => !isOfConversation(write, owner)), after: () => undefined }
      }
      const { writes, after, failed } = await changes.atomic(new AbortController().signal, async () => {
        const own = await index.list({ owner, validAt: 'any' })
        return planForget(
          { ...parts, quotes },
          own.filter((memory) => memory.owner === owner).map(({ id }) => id),
        )
      })
      return { writes, after: () => after?.(), failed: () => failed?.() }
    },
    async [Symbol.asyncDispose]() {
      await uses.close()
      await index[Symbol.asyncDispose]()
    },
  }
}

const isOfConversation = (write: Mutation, agent: string): boolean =>
  write.op === 'put' && (write.store === 'turns' || write.store === 'pages') && write.value.agent === agent
