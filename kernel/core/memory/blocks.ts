/**
 * Working blocks: small named texts that are in every window of their owner. A name is used once for each owner, so that an
 * agent can say which one it means.
 */
import { BLOCK_UNITS, HearthError, type Memory } from '../../abi/index.ts'
import type { MemoryRecord } from '../storage/records.ts'
import type { MemoryIndex } from './memory-index.ts'
import { BLOCKS_PER_OWNER } from './param.ts'

type Reads = Pick<MemoryIndex, 'list'>

/** All blocks of exactly this owner, the oldest first, which is the order they are shown in. */
export async function blocksOf(index: Reads, owner: string | null): Promise<MemoryRecord[]> {
  const all = await index.list({ kinds: ['block'], owner, validAt: 'any' })
  return all.filter((block) => block.owner === owner).reverse()
}

/** Blocks that are in the window of an agent now: the common ones, then its own. */
export async function blocksInWindow(index: Reads, agent: string): Promise<MemoryRecord[]> {
  const all = (await index.list({ kinds: ['block'], owner: agent })).reverse()
  return [...all.filter(({ owner }) => owner === null), ...all.filter(({ owner }) => owner !== null)]
}

export async function findBlock(index: Reads, owner: string | null, name: string): Promise<MemoryRecord | undefined> {
  return (await blocksOf(index, owner)).find(({ block }) => block?.name === name)
}

/** @throws HearthError `conflict` when another block of that owner has the name, `over-limit` when there are too many. */
export async function assertRoomFor(
  index: Reads,
  owner: string | null,
  block: { readonly id: string; readonly name: string },
): Promise<void> {
  const others = (await blocksOf(index, owner)).filter(({ id }) => id !== block.id)
  const taken = others.find((other) => other.block?.name === block.name)
  if (taken) {
    const message = `There is a block named "${block.name}" already. Change that one, or choose another name.`
    throw new HearthError('conflict', message, { kind: 'memory', id: taken.id, version: taken.version })
  }
  if (others.length < BLOCKS_PER_OWNER) return
  const message = `There are ${BLOCKS_PER_OWNER} blocks already, and each takes room in every window. Delete one first.`
  throw new HearthError('over-limit', message, {
    limit: 'blocks of one owner',
    maximum: BLOCKS_PER_OWNER,
    retryAfterMs: null,
  })
}

/** @throws HearthError `over-limit` when the text is longer than the block may be. */
export function assertFits(text: string, { name, limit }: NonNullable<Memory['block']>): void {
  if (text.length <= limit) return
  const message = `The block "${name}" holds ${limit} characters, and this is ${text.length}. It stays as it was; shorten the text.`
  throw new HearthError('over-limit', message, { limit: 'characters of a block', maximum: limit, retryAfterMs: null })
}

export const blockOf = (block: { name: string; limit?: number | undefined }): NonNullable<Memory['block']> => ({
  name: block.name,
  limit: block.limit ?? BLOCK_UNITS,
})
