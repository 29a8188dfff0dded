/**
 * Takes in memories that were exported, also from a hostile file: a page is right in every part, or refused as a whole. The
 * schema has checked the shapes; here is what a schema does not see.
 */
import {
  BLOCK_UNITS,
  LINKS_PER_MEMORY,
  TEXT_UNITS,
  type Memory,
  type Principal,
  type SyscallArgs,
  type SyscallResult,
} from '../../abi/index.ts'
import type { Clock } from '../platform.ts'
import type { Mutation } from '../storage/database.ts'
import type { MemoryRecord } from '../storage/records.ts'
import { assertRoom, bad } from './adding.ts'
import { blocksOf } from './blocks.ts'
import type { Plan } from './changes.ts'
import type { MemoryIndex } from './memory-index.ts'
import { BLOCKS_PER_OWNER, CLOCK_SKEW_MS, IMPORTED_COUNT_MAX, VERSIONS_PER_MEMORY } from './param.ts'
import { endedBy, keepVersion, textOfExperience } from './records.ts'

type Page = SyscallArgs<'memory.import'>
type Report = SyscallResult<'memory.import'>

export interface ImportDeps {
  readonly index: Pick<MemoryIndex, 'get' | 'list' | 'count' | 'nextNumber'>
  readonly clock: Pick<Clock, 'now'>
}

/** @throws HearthError `bad-request` naming the first that is wrong, `over-limit`. */
export async function planImport(deps: ImportDeps, page: Page, by: Principal): Promise<Plan<Report>> {
  const now = deps.clock.now()
  const history = checked(page, now)
  const taken = await blocksTaken(deps, page.memories)
  const put: MemoryRecord[] = []
  const writes: Mutation[] = []
  const report: Report = { added: 0, replaced: 0, kept: 0 }
  // In the order they were written, which is what their numbers tell.
  for (const memory of [...page.memories].sort((one, other) => one.createdAt - other.createdAt)) {
    const there = await deps.index.get(memory.id)
    const named = there?.owner === memory.owner && there.block?.name === memory.block?.name
    if ((there && isNewer(there, memory)) || (!named && !taken.make(memory))) {
      report.kept += 1
      continue
    }
    const version = there ? Math.max(memory.version, there.version + 1) : memory.version
    put.push({ ...labelled(memory, by), version, number: there?.number ?? (await deps.index.nextNumber()) })
    for (const old of history.get(memory.id) ?? []) {
      // What is here of its history is as true as what the file says.
      if (there && old.version <= there.version) continue
      writes.push(...keepVersion({ ...labelled(old, by), number: 0 }, endedBy(memory.updatedAt, by, 'updated')))
    }
    if (there) writes.push(...keepVersion(there, endedBy(now, by, 'updated')))
    if (there) report.replaced += 1
    else report.added += 1
  }
  await assertRoom(deps.index, report.added)
  return { result: report, put, writes }
}

const isNewer = (there: MemoryRecord, memory: Memory): boolean =>
  there.updatedAt > memory.updatedAt || (there.updatedAt === memory.updatedAt && there.version >= memory.version)

/** Only the user may say what the user wrote: a label that a file brings would be worth as much as the file. */
function labelled(memory: Memory, by: Principal): Memory {
  const text = memory.experience ? textOfExperience(memory.experience) : memory.text
  const trusted = by.kind === 'user' || by.kind === 'kernel'
  return { ...memory, text, provenance: trusted ? memory.provenance : { ...memory.provenance, trust: 'untrusted' } }
}

/** Every memory and version of the page, checked; the versions by the memory they are of, oldest first. */
function checked({ memories, history }: Page, now: number): Map<string, Memory[]> {
  const byId = new Map<string, Memory>()
  for (const [place, memory] of memories.entries()) {
    const path = `memories.${place}`
    if (byId.has(memory.id)) throw bad(path, 'Two memories of the page have the same id.')
    byId.set(memory.id, memory)
    assertSound(memory, now, path)
  }
  const versions = new Map<string, Memory[]>()
  for (const [place, old] of history.entries()) {
    const path = `history.${place}`
    const memory = byId.get(old.id)
    if (!memory) throw bad(path, 'It is a version of a memory that is not in this page.')
    if (old.version >= memory.version) throw bad(path, 'It is said to be an earlier version and is not.')
    assertSound(old, now, path)
    const known = versions.get(old.id) ?? []
    if (known.some(({ version }) => version === old.version)) throw bad(path, 'It is there twice.')
    if (known.length >= VERSIONS_PER_MEMORY) throw bad(path, `A memory has at most ${VERSIONS_PER_MEMORY} versions.`)
    versions.set(old.id, [...known, old])
  }
  for (const known of versions.values()) known.sort((one, other) => one.version - other.version)
  assertNoLoops(byId)
  return versions
}

/** Names that objects have a meaning of their own for. No id of Hearth's looks like one. */
const RESERVED = new Set(['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty'])
const ID = /^[\p{L}\p{N}][\p{L}\p{N}._:/-]*$/u

function assertSound(memory: Memory, now: number, path: string): void {
  const { id, kind, text, owner, scope, links, block, experience, entry } = memory
  for (const name of [id, ...links.map(({ to }) => to), ...(owner === null ? [] : [owner])]) {
    if (!ID.test(name) || RESERVED.has(name)) throw bad(`${path}.id`, 'It is no id of a memory or an agent.')
  }
  if (kind === 'shared' || entry) throw bad(`${path}.kind`, 'Entries of the whiteboard are taken in by shared.import.')
  if (text.length > TEXT_UNITS) throw bad(`${path}.text`, `A text has at most ${TEXT_UNITS} characters.`)
  if (scope.length > 128) throw bad(`${path}.scope`, 'A scope has at most 128 characters.')
  if (links.length > LINKS_PER_MEMORY) throw bad(`${path}.links`, `A memory has at most ${LINKS_PER_MEMORY} links.`)
  if ((block !== undefined) !== (kind === 'block'))
    throw bad(`${path}.block`, 'A block has a name and a limit, and nothing else has.')
  if (block && !(block.limit >= 1 && block.limit <= BLOCK_UNITS && text.length <= block.limit)) {
    throw bad(`${path}.block`, 'It is longer than a block may be.')
  }
  if ((experience !== undefined) !== (kind === 'experience')) {
    throw bad(`${path}.experience`, 'An experience has its parts, and nothing else has.')
  }
  if (kind === 'fact' && text.trim() === '') throw bad(`${path}.text`, 'A fact needs a text.')
  assertCounts(memory, now, path)
}

function assertCounts(memory: Memory, now: number, path: string): void {
  const { version, uses, createdAt, updatedAt, usedAt, validFrom, validUntil } = memory
  if (version > IMPORTED_COUNT_MAX || uses > IMPORTED_COUNT_MAX)
    throw bad(`${path}.version`, 'No memory was changed or used so often.')
  const written = [createdAt, updatedAt, ...(usedAt === null ? [] : [usedAt])]
  if (written.some((time) => time > now + CLOCK_SKEW_MS))
    throw bad(`${path}.createdAt`, 'It is said to be from the future.')
  if (updatedAt < createdAt) throw bad(`${path}.updatedAt`, 'It was changed before it was written.')
  const until = validUntil ?? validFrom
  // What a Date can hold.
  if (until < validFrom || Math.max(validFrom, until) > 8.64e15)
    throw bad(`${path}.validUntil`, 'It ends before it begins.')
}

/** A memory that is made of itself, or took its own place, through others of the page. */
function assertNoLoops(byId: ReadonlyMap<string, Memory>): void {
  const done = new Set<string>()
  for (const root of byId.keys()) {
    /** Those on the way from the root, each with how many of its links were followed. */
    const path: { id: string; next: number }[] = [{ id: root, next: 0 }]
    const open = new Set<string>()
    for (let at = path.at(-1); at; at = path.at(-1)) {
      const links = done.has(at.id) ? [] : (byId.get(at.id)?.links ?? [])
      const link = links[at.next]
      open.add(at.id)
      if (!link) {
        done.add(at.id)
        open.delete(at.id)
        path.pop()
        continue
      }
      at.next += 1
      if (link.kind === 'related') continue
      if (open.has(link.to)) throw bad('memories', 'Links between memories of the page go round in a circle.')
      if (byId.has(link.to) && !done.has(link.to)) path.push({ id: link.to, next: 0 })
    }
  }
}

/** Names of blocks in use, here and in the page. Two of the page with one name are a fault; one that is here stays. */
async function blocksTaken(
  { index }: Pick<ImportDeps, 'index'>,
  memories: readonly Memory[],
): Promise<{ make(memory: Memory): boolean }> {
  const names = new Map<string | null, Set<string>>()
  const inPage = new Set<string>()
  for (const { block, owner } of memories) {
    if (!block) continue
    const key = JSON.stringify([owner, block.name])
    if (inPage.has(key)) throw bad('memories', `Two blocks of one owner are named "${block.name}".`)
    inPage.add(key)
    if (!names.has(owner)) names.set(owner, new Set((await blocksOf(index, owner)).map((one) => one.block?.name ?? '')))
  }
  return {
    make({ block, owner }) {
      if (!block) return true
      const known = names.get(owner)
      if (!known || known.has(block.name) || known.size >= BLOCKS_PER_OWNER) return false
      known.add(block.name)
      return true
    },
  }
}
