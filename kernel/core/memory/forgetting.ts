/**
 * Forgetting. With a memory go its versions, its vector and words, the links of others to it, and what quotes it in
 * conversations and in calls on record. What was made of it goes too, since it may say the same in other words; what else
 * that was made of is true again, as it was before it was joined. Equal texts that were joined into it go with it, also in other words. What it
 * superseded stays: that is another text.
 */
import type { Memory } from '../../abi/index.ts'
import type { Clock } from '../platform.ts'
import type { Database, Mutation } from '../storage/database.ts'
import { KEY_END, type MemoryRecord, type VersionRecord } from '../storage/records.ts'
import type { Book } from './book.ts'
import type { Plan } from './changes.ts'
import { saySame } from './consolidation/same.ts'
import type { MemoryIndex } from './memory-index.ts'
import { changed, dropVersions, endedBy, keepVersion } from './records.ts'

/** The writes that take memories, in all their versions, out of whatever quotes them; `after` runs once they are committed. */
export type Quotes = (
  memories: readonly Memory[],
) => Promise<{ readonly writes: readonly Mutation[]; readonly after: () => void }>

export interface ForgetDeps {
  readonly index: Pick<MemoryIndex, 'get'>
  readonly book: Pick<Book, 'linkingTo'>
  readonly database: Pick<Database, 'list'>
  readonly clock: Pick<Clock, 'now'>
  readonly quotes: Quotes
}

/** @param ids of what is to be forgotten; those that are gone already are passed over */
export async function planForget(deps: ForgetDeps, ids: Iterable<string>): Promise<Plan<Record<string, never>>> {
  const gone = await allThatGoes(deps, ids)
  const versions = await Promise.all([...gone.keys()].map((id) => versionsOf(deps, id)))
  const texts = [...gone.values(), ...versions.flat().map(({ memory }) => memory)]
  const quotes = texts.length > 0 ? await deps.quotes(texts) : undefined
  const put = [...(await unlinked(deps, gone)).values()]
  const now = deps.clock.now()
  const writes = put.flatMap(({ before, after }) =>
    keepVersion({ ...before, links: after.links }, endedBy(now, { kind: 'kernel' }, 'updated')),
  )
  return {
    result: {},
    put: put.map(({ after }) => after),
    remove: [...gone.keys()],
    writes: [...[...gone.keys()].map(dropVersions), ...writes, ...(quotes?.writes ?? [])],
    ...(quotes ? { after: quotes.after } : {}),
  }
}

/** Those asked for, all that was made of them, and equal texts they were made of. */
async function allThatGoes(deps: ForgetDeps, ids: Iterable<string>): Promise<Map<string, MemoryRecord>> {
  const { index, book } = deps
  const gone = new Map<string, MemoryRecord>()
  const waiting = [...ids]
  for (const id of waiting) {
    const memory = gone.has(id) ? undefined : await index.get(id)
    if (!memory) continue
    gone.set(id, memory)
    for (const other of await book.linkingTo(id)) if (isMadeOf(other, id)) waiting.push(other.id)
    const madeOf = memory.links.filter(({ kind }) => kind === 'derived-from')
    if (madeOf.length === 0) continue
    // It may have said so only before it was changed.
    const said = [memory.text, ...(await versionsOf(deps, id)).map((version) => version.memory.text)]
    for (const { to } of madeOf) {
      const source = await index.get(to)
      if (source && said.some((text) => saySame(text, source.text))) waiting.push(to)
    }
  }
  return gone
}

const isMadeOf = ({ links }: MemoryRecord, id: string): boolean =>
  links.some(({ kind, to }) => kind === 'derived-from' && to === id)

interface Unlinked {
  readonly before: MemoryRecord
  readonly after: MemoryRecord
  readonly revived: boolean
}

/** Others that lose a link, and those that come back because what they were joined into is gone. */
async function unlinked(deps: ForgetDeps, gone: ReadonlyMap<string, MemoryRecord>): Promise<Map<string, Unlinked>> {
  const now = deps.clock.now()
  const found = new Map<string, Unlinked>()
  for (const [id, memory] of gone) {
    for (const before of await deps.book.linkingTo(id)) {
      if (gone.has(before.id)) continue
      const links = before.links.filter(({ to }) => !gone.has(to))
      found.set(before.id, { before, after: changed(before, { links }, now), revived: false })
    }
    for (const { kind, to } of memory.links) {
      if (kind !== 'derived-from' || gone.has(to) || found.get(to)?.revived) continue
      const source = await deps.index.get(to)
      const until = source && (await validBefore(deps, source))
      if (!source || until === undefined) continue
      const { links } = found.get(to)?.after ?? source
      found.set(to, { before: source, after: changed(source, { links, validUntil: until }, now), revived: true })
    }
  }
  return found
}

/** Until when a memory was true before it was joined into another; undefined when something else ended it. */
async function validBefore(deps: ForgetDeps, memory: MemoryRecord): Promise<number | null | undefined> {
  if (memory.validUntil === null) return undefined
  const last = (await versionsOf(deps, memory.id)).at(-1)
  return last?.ended.what === 'consolidated' ? last.memory.validUntil : undefined
}

const versionsOf = ({ database }: Pick<ForgetDeps, 'database'>, id: string): Promise<VersionRecord[]> =>
  database.list('versions', { from: [id, 0], to: [id, KEY_END] })
