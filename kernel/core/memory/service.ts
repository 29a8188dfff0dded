/**
 * What agents and people know. All that changes memories goes through changes.ts; the `memory` syscalls are in handlers.ts,
 * what agents do is in agent-memory.ts. Recalled text is never stored again. Nothing is loaded until the first call.
 */
import type { AgentMemory } from './agent-memory.ts'
import type { MemoryHandlers, MemoryParts } from './handlers.ts'
import type { Forgetting, Memories, MemoriesDeps } from './memories.ts'

export interface MemoryService extends AgentMemory, AsyncDisposable {
  readonly handlers: MemoryHandlers
  /** No memory changes until the returned writes are committed or given up. */
  forget(owner: string): Promise<Forgetting>
  /** For consolidation, which changes memories the same way. */
  parts(): Promise<MemoryParts>
}

export function createMemoryService(deps: MemoriesDeps): MemoryService {
  let opening: Promise<Memories> | undefined

  function open(): Promise<Memories> {
    // Not kept when the import failed, as it does offline before the first visit is complete.
    return (opening ??= import('./memories.ts')
      .then(({ createMemories }) => createMemories(deps))
      .catch((error: unknown) => {
        opening = undefined
        throw error
      }))
  }
  const handlers = async (): Promise<MemoryHandlers> => (await open()).handlers
  const agents = async (): Promise<AgentMemory> => (await open()).agents

  return {
    handlers: {
      'memory.add': async (call) => (await handlers())['memory.add'](call),
      'memory.get': async (call) => (await handlers())['memory.get'](call),
      'memory.update': async (call) => (await handlers())['memory.update'](call),
      'memory.list': async (call) => (await handlers())['memory.list'](call),
      'memory.search': async (call) => (await handlers())['memory.search'](call),
      'memory.delete': async (call) => (await handlers())['memory.delete'](call),
      'memory.history': async (call) => (await handlers())['memory.history'](call),
      'memory.explain': async (call) => (await handlers())['memory.explain'](call),
      'memory.watch': async (call) => (await handlers())['memory.watch'](call),
      'memory.export': async (call) => (await handlers())['memory.export'](call),
      'memory.import': async (call) => (await handlers())['memory.import'](call),
    },
    remember: async (...request) => (await agents()).remember(...request),
    recall: async (...request) => (await agents()).recall(...request),
    note: async (...request) => (await agents()).note(...request),
    rewrite: async (...request) => (await agents()).rewrite(...request),
    forgetOne: async (...request) => (await agents()).forgetOne(...request),
    editBlock: async (...request) => (await agents()).editBlock(...request),
    blocksOf: async (agent) => (await agents()).blocksOf(agent),
    experienceFor: async (...request) => (await agents()).experienceFor(...request),
    versionOf: async (...request) => (await agents()).versionOf(...request),
    forget: async (owner) => (await open()).forget(owner),
    parts: async () => (await open()).parts,
    async [Symbol.asyncDispose]() {
      await (await opening?.catch(() => undefined))?.[Symbol.asyncDispose]()
    },
  }
}
