/** Takes in memories that were exported, also from a hostile file: a page is right in every part, or refused as a whole. */
import type { Principal, SyscallArgs, SyscallResult } from '../../abi/index.ts'
import type { MemoryRecord } from '../storage/records.ts'
import { assertRoom } from './adding.ts'
import type { Plan } from './changes.ts'
import type { MemoryIndex } from './memory-index.ts'

export async function planImport(
  { index }: { readonly index: MemoryIndex },
  { memories }: SyscallArgs<'memory.import'>,
  _by: Principal,
): Promise<Plan<SyscallResult<'memory.import'>>> {
  await assertRoom(index, memories.length)
  const put: MemoryRecord[] = []
  let kept = 0
  for (const memory of memories) {
    if (await index.get(memory.id)) kept += 1
    else put.push({ ...memory, number: await index.nextNumber() })
  }
  return { result: { added: put.length, replaced: 0, kept }, put }
}
