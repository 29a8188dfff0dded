/** The `memory.*` syscalls: thin, over the modules that carry them out. Consolidation's own are in consolidation/. */
import type { HandlersOf } from '../call.ts'
import type { Clock, Random } from '../platform.ts'
import { writtenBy } from '../provenance.ts'
import type { Database } from '../storage/database.ts'
import type { MemoryRecord } from '../storage/records.ts'
import { planAdd } from './adding.ts'
import type { Book } from './book.ts'
import type { Changes } from './changes.ts'
import { exportPage } from './exchange.ts'
import { explain } from './explain.ts'
import { planForget, type Quotes } from './forgetting.ts'
import { historyOf } from './history.ts'
import { planImport } from './importing.ts'
import type { MemoryIndex } from './memory-index.ts'
import { memoryOf, noSuchMemory } from './records.ts'
import { planUpdate } from './updating.ts'
import type { Uses } from './uses.ts'
import { searchAll, type SearchDeps } from './with-board.ts'
import type { Watchers } from './watch.ts'

export type MemoryHandlers = Omit<
  HandlersOf<'memory'>,
  'memory.consolidate' | 'memory.consolidation' | 'memory.configure'
>

/** What carries the calls out, once it is loaded. */
export interface MemoryParts extends Pick<SearchDeps, 'board' | 'vectors'> {
  readonly index: MemoryIndex
  readonly changes: Changes
  readonly book: Book
  readonly uses: Uses
  readonly watchers: Watchers
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
  readonly quotes: Quotes
}

export function createMemoryHandlers(deps: MemoryParts): MemoryHandlers {
  const { index, changes } = deps
  return {
    'memory.add': ({ args, caller, signal }) =>
      changes.atomic(signal, () => planAdd(deps, args, writtenBy(caller.principal))),
    'memory.get': async ({ args }) => memoryOf(await found(deps, args.id)),
    'memory.update': ({ args, caller, signal }) =>
      changes.atomic(signal, () => planUpdate(deps, args, writtenBy(caller.principal))),
    async 'memory.list'({ args: { before, limit, ...filter } }) {
      const page = { limit, ...(before === undefined ? {} : { before }) }
      const [memories, total] = await Promise.all([index.list(filter, page), index.count(filter)])
      return { memories: memories.map(memoryOf), total }
    },
    async 'memory.search'({ args }) {
      const { match, hits } = await searchAll(deps, args)
      return { match, hits: hits.map((hit) => ({ ...hit, memory: memoryOf(hit.memory) })) }
    },
    'memory.delete': ({ args, signal }) =>
      changes.atomic(signal, async () => {
        await found(deps, args.id)
        return planForget(deps, [args.id])
      }),
    'memory.history': async ({ args }) => ({ versions: await historyOf(deps, await found(deps, args.id)) }),
    'memory.explain': async ({ args }) => explain(deps, await found(deps, args.id)),
    'memory.watch': ({ args, signal, emit }) => deps.watchers.watch(args, signal, emit),
    async 'memory.export'({ args }) {
      await deps.uses.flush()
      return exportPage(deps.database, args)
    },
    'memory.import': ({ args, caller, signal }) =>
      changes.atomic(signal, () => planImport(deps, args, caller.principal)),
  }
}

/** @throws HearthError `not-found`. */
export async function found({ index }: Pick<MemoryParts, 'index'>, id: string): Promise<MemoryRecord> {
  const memory = await index.get(id)
  if (!memory) throw noSuchMemory(id)
  return memory
}
