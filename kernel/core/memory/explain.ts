/** Why a memory is known: where it came from, from the turns that were really said, and what it was made of. */
import type { SyscallResult } from '../../abi/index.ts'
import type { Database } from '../storage/database.ts'
import type { MemoryRecord } from '../storage/records.ts'
import type { Book } from './book.ts'
import type { MemoryIndex } from './memory-index.ts'
import { memoryOf } from './records.ts'

type Explanation = SyscallResult<'memory.explain'>

export async function explain(
  deps: { readonly index: MemoryIndex; readonly book: Book; readonly database: Pick<Database, 'get' | 'list'> },
  memory: MemoryRecord,
): Promise<Explanation> {
  const linked = async (kind: 'supersedes' | 'derived-from'): Promise<MemoryRecord[]> => {
    const found = await Promise.all(
      memory.links.filter((link) => link.kind === kind).map(({ to }) => deps.index.get(to)),
    )
    return found.filter((one) => one !== undefined)
  }
  const others = await deps.book.linkingTo(memory.id)
  const by = others.filter(({ links }) => links.some(({ kind, to }) => kind === 'supersedes' && to === memory.id))
  const { principal } = memory.provenance
  const agent = principal.kind === 'agent' ? await deps.database.get('agents', principal.id) : undefined
  return {
    memory: memoryOf(memory),
    why: '',
    turns: [],
    agentName: agent?.name ?? null,
    derivedFrom: (await linked('derived-from')).map(memoryOf),
    supersedes: (await linked('supersedes')).map(memoryOf),
    supersededBy: by.map(memoryOf),
  }
}
