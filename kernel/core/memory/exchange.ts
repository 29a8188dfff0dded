/** Memories with their history, out in pages and in again. What comes in is taken for hostile (importing.ts checks it). */
import type { Memory, SyscallArgs, SyscallResult } from '../../abi/index.ts'
import type { Database } from '../storage/database.ts'
import { KEY_END } from '../storage/records.ts'
import { memoryOf } from './records.ts'

/** A page in order of ids, straight from the database: nothing is left out that was committed. */
export async function exportPage(
  database: Pick<Database, 'list'>,
  { after, limit }: SyscallArgs<'memory.export'>,
): Promise<SyscallResult<'memory.export'>> {
  const found = await database.list('memories', { from: after ?? '', limit: limit + 2 })
  const rest = found.filter(({ id }) => id !== after)
  const page = rest.slice(0, limit)
  const [first, last] = [page[0], page.at(-1)]
  const history: Memory[] = []
  if (first && last) {
    const ids = new Set(page.map(({ id }) => id))
    const versions = await database.list('versions', { from: [first.id, 0], to: [last.id, KEY_END] })
    for (const { record, memory } of versions) if (ids.has(record)) history.push(memory)
  }
  return { memories: page.map(memoryOf), history, next: rest.length > limit && last ? last.id : null }
}
