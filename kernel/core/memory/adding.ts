/** Makes a new memory of what was asked for, and ends the fact that it contradicts (superseding/). */
import { HearthError, type Memory, type Provenance, type SyscallArgs } from '../../abi/index.ts'
import type { Clock, Random } from '../platform.ts'
import type { Mutation } from '../storage/database.ts'
import type { MemoryRecord } from '../storage/records.ts'
import { assertFits, assertRoomFor, blockOf } from './blocks.ts'
import type { Book } from './book.ts'
import type { Plan } from './changes.ts'
import type { MemoryIndex } from './memory-index.ts'
import { MEMORIES_KEPT } from './param.ts'
import { changed, endedBy, keepVersion, memoryOf, textOfExperience } from './records.ts'

export interface AddDeps {
  readonly index: MemoryIndex
  readonly book: Book
  readonly clock: Pick<Clock, 'now'>
  readonly random: Random
}

type NewMemory = SyscallArgs<'memory.add'>

/** @throws HearthError `bad-request`, `over-limit`, `conflict` for a block's name in use. */
export async function planAdd(deps: AddDeps, args: NewMemory, provenance: Provenance): Promise<Plan<Memory>> {
  const { index, clock, random } = deps
  const parts = partsOf(args)
  await assertRoom(index, 1)
  const now = clock.now()
  const validFrom = args.validFrom ?? now
  assertInterval(validFrom, args.validUntil)
  const id = random.id('memory')
  if (parts.block) {
    await assertRoomFor(index, args.owner, { id, name: parts.block.name })
    assertFits(parts.text, parts.block)
  }
  const record: MemoryRecord = {
    ...{ id, kind: args.kind, owner: args.owner, scope: args.scope, provenance },
    ...{ validFrom, validUntil: args.validUntil, links: args.links, version: 1, createdAt: now, updatedAt: now },
    ...{ uses: 0, usedAt: null, number: await index.nextNumber() },
    ...parts,
  }
  const ended = args.supersede ? (await deps.book.contradictedBy(record)).filter((old) => mayEnd(provenance, old)) : []
  const links = [...record.links, ...ended.map(({ id: to }) => ({ kind: 'supersedes', to }) as const)]
  const put: MemoryRecord[] = [{ ...record, links }]
  const writes: Mutation[] = []
  for (const old of ended) {
    put.push(changed(old, { validUntil: Math.max(validFrom, old.validFrom) }, now))
    writes.push(...keepVersion(old, endedBy(now, provenance.principal, 'superseded')))
  }
  return { result: memoryOf({ ...record, links }), put, writes }
}

/** What a model wrote down, perhaps from somewhere outside, ends nothing that a person said. Both stay, the newer one first. */
const mayEnd = ({ trust }: Provenance, old: MemoryRecord): boolean =>
  trust === 'trusted' || old.provenance.trust === 'untrusted'

/** @throws HearthError `over-limit` unless there is room for `more` memories. */
export async function assertRoom(index: Pick<MemoryIndex, 'count'>, more: number): Promise<void> {
  if ((await index.count({ validAt: 'any' })) + more <= MEMORIES_KEPT) return
  const message = `The memory is full: it holds ${MEMORIES_KEPT} memories. Nothing was lost; delete some that you no longer need.`
  throw new HearthError('over-limit', message, { limit: 'memories', maximum: MEMORIES_KEPT, retryAfterMs: null })
}

/** @throws HearthError `bad-request` when it would end before it begins. */
export function assertInterval(validFrom: number, validUntil: number | null): void {
  if (validUntil !== null && validUntil < validFrom)
    throw bad('validUntil', 'It would end before it begins to be true.')
}

/** What only one kind has, and the text that it makes. */
function partsOf(args: NewMemory): Pick<MemoryRecord, 'text' | 'block' | 'experience'> {
  const { kind, text, block, experience } = args
  if (block && kind !== 'block') throw bad('block', 'Only a memory of kind "block" has a name and a limit.')
  if (experience && kind !== 'experience')
    throw bad('experience', 'Only a memory of kind "experience" has these parts.')
  if (kind === 'block') {
    if (!block) throw bad('block', 'A block needs a name.')
    return { text, block: blockOf(block) }
  }
  if (kind === 'experience') {
    if (!experience)
      throw bad('experience', 'An experience needs its task, what was tried, the outcome and the lesson.')
    if (text !== '') throw bad('text', "An experience's text is made of its parts; leave it out.")
    return { text: textOfExperience(experience), experience }
  }
  if (text === '') throw bad('text', 'A fact needs a text.')
  return { text }
}

export function bad(path: string, message: string): HearthError<'bad-request'> {
  return new HearthError('bad-request', `${message} Nothing was stored.`, { issues: [{ path, message }] })
}
