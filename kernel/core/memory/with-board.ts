/** One search over all four kinds of memory: the whiteboard's entries among the others, when they are asked for by kind. */
import type { SyscallArgs } from '../../abi/index.ts'
import type { Vectors } from '../embeddings/vectors.ts'
import type { Clock } from '../platform.ts'
import type { SharedService } from '../shared/service.ts'
import type { MemoryIndex, MemorySearch } from './memory-index.ts'
import { matcherOf } from './search/matches.ts'

export interface SearchDeps {
  readonly index: Pick<MemoryIndex, 'search'>
  readonly clock: Pick<Clock, 'now'>
  readonly vectors: Pick<Vectors, 'words'>
  /** The whiteboard, loaded; without it there is none. */
  readonly board?: () => Promise<Pick<SharedService, 'weigh'>>
}

export async function searchAll(
  { index, clock, vectors, board }: SearchDeps,
  { query, k, ...filter }: SyscallArgs<'memory.search'>,
): Promise<MemorySearch> {
  const { kinds } = filter
  if (!board || !kinds?.includes('shared')) return index.search(query, k, filter)
  const others = kinds.filter((kind) => kind !== 'shared')
  const whiteboard = await board()
  const [memories, entries] = await Promise.all([
    others.length === 0 ? null : index.search(query, k, { ...filter, kinds: others }),
    whiteboard.weigh(query, k, matcherOf(filter, clock.now()), await vectors.words()),
  ])
  const hits = [...(memories?.hits ?? []), ...entries].sort((one, other) => other.score - one.score).slice(0, k)
  return { match: memories?.match ?? 'words', hits }
}
