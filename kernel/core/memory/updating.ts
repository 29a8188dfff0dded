/** Changes a memory that is there, by compare-and-set when the caller says which version it saw. What it was stays in its history. */
import { HearthError, type Memory, type Provenance, type SyscallArgs } from '../../abi/index.ts'
import type { Clock } from '../platform.ts'
import type { MemoryRecord } from '../storage/records.ts'
import { assertInterval, bad } from './adding.ts'
import { assertFits, assertRoomFor } from './blocks.ts'
import type { Plan } from './changes.ts'
import type { MemoryIndex } from './memory-index.ts'
import { changed, endedBy, keepVersion, memoryOf, noSuchMemory, textOfExperience } from './records.ts'

export type Update = SyscallArgs<'memory.update'>

/** @throws HearthError `not-found`, `conflict` when it is not at `ifVersion`, `bad-request`, `over-limit`. */
export async function planUpdate(
  deps: { readonly index: MemoryIndex; readonly clock: Pick<Clock, 'now'> },
  args: Update,
  provenance: Provenance,
): Promise<Plan<Memory>> {
  const before = await deps.index.get(args.id)
  if (!before) throw noSuchMemory(args.id)
  assertVersion(before, args.ifVersion)
  const changes = changesOf(before, args)
  const after: MemoryRecord = { ...before, ...changes }
  if (same(before, after)) return { result: memoryOf(before) }
  assertInterval(after.validFrom, after.validUntil)
  if (after.block) {
    assertFits(after.text, after.block)
    if (after.owner !== before.owner) {
      await assertRoomFor(deps.index, after.owner, { id: before.id, name: after.block.name })
    }
  }
  const at = deps.clock.now()
  // Who wrote the words answers for them; who only moved or ended it does not.
  const by = after.text === before.text ? before.provenance : provenance
  const record = changed(before, { ...changes, provenance: by }, at)
  return {
    result: memoryOf(record),
    put: [record],
    writes: keepVersion(before, endedBy(at, provenance.principal, 'updated')),
  }
}

export function assertVersion(memory: MemoryRecord, ifVersion: number | undefined): void {
  if (ifVersion === undefined || ifVersion === memory.version) return
  const message = `This memory has changed meanwhile: it is at version ${memory.version}, not ${ifVersion}. Nothing was overwritten; read it again.`
  throw new HearthError('conflict', message, { kind: 'memory', id: memory.id, version: memory.version })
}

function changesOf(before: MemoryRecord, { id: _id, ifVersion: _version, ...given }: Update): Partial<MemoryRecord> {
  const { text, experience, ...rest } = given
  const changes: Partial<MemoryRecord> = Object.fromEntries(
    Object.entries(rest).filter(([, value]) => value !== undefined),
  )
  if (experience) {
    if (before.kind !== 'experience') throw bad('experience', 'Only a memory of kind "experience" has these parts.')
    return { ...changes, experience, text: textOfExperience(experience) }
  }
  if (text === undefined) return changes
  if (before.kind === 'experience' && text !== before.text) {
    throw bad('text', "An experience's text is made of its parts; change those.")
  }
  if (text === '' && before.kind !== 'block') throw bad('text', 'Only a block may be empty. To forget it, delete it.')
  return { ...changes, text }
}

const same = (one: MemoryRecord, other: MemoryRecord): boolean => JSON.stringify(one) === JSON.stringify(other)
