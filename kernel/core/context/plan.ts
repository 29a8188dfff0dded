/**
 * Which pages are in a window: the pinned ones, the newest exchange, and what was not evicted since it was said. Reads and
 * changes a page table, and nothing else: no text, no engine, nothing to wait for.
 *
 * Invariants:
 * 1. A pinned page and the newest exchange are in, whatever `state` says.
 * 2. Pages stand in the order in which they were said, and what was recalled for a question right before it, so that from
 *    one answer to the next a window only grows at its end.
 * 3. Only `makeRoom` takes pages out, and then enough of them that the next several answers need not. What was recalled for
 *    questions that are answered goes first.
 * 4. What holds until further notice is in, whole, with its page or without it: the first of all such statements always, the
 *    others from both ends of the conversation as far as their share goes.
 */
import type { PageRecord, WindowRecord } from '../storage/records.ts'
import { chooseEvicted } from './eviction.ts'
import { utf8Bytes, type Extent } from './estimate.ts'
import { MARKS_BYTES } from './experience.ts'
import { HEADING_BYTES, lineOfStanding, type ShownBlock } from './head.ts'
import type { PageTable } from './page-table.ts'
import { EVICT_TO_SHARE, RECALL_SHARE, REFILL_BELOW_SHARE, STANDING_SHARE } from './param.ts'
import { QUOTED } from './render.ts'
import { extentOfPage, sumOf } from './sizes.ts'

/** What a window has to fit into. */
export interface Room {
  /** Model id: what it wrote itself need not be guessed. */
  readonly model: string | null
  /** Of instructions, working blocks and tools. */
  readonly fixed: Extent
  /** Working blocks, as far as they are shown. */
  readonly blocks: readonly ShownBlock[]
  /** Tokens the whole prompt may have. */
  readonly budget: number
  readonly tokensOf: (extent: Extent) => number
}

/** What marking one quoted page takes. */
const MARK: Extent = { items: 0, bytes: QUOTED.length + 1, counted: 0 }

export function isIn(table: PageTable, page: PageRecord): boolean {
  return page.pinned || page.state === 'in' || page.from >= newestFrom(table)
}

/** Pages that leave and come back by themselves: neither pinned nor of the newest exchange. */
const isFree = (table: PageTable, page: PageRecord): boolean => !page.pinned && page.from < newestFrom(table)

const newestFrom = (table: PageTable): number => table.pages[table.newest]?.from ?? 0

/** Pages quoted before this one's question that are not in by themselves. */
export function quotedBy(table: PageTable, page: PageRecord): PageRecord[] {
  return (page.recalled ?? []).flatMap((from) => {
    const quoted = table.at(from)
    return quoted && !isIn(table, quoted) ? [quoted] : []
  })
}

/** First turns of all pages that are quoted in the window. */
export function quotedIn(table: PageTable): Set<number> {
  const pages = table.pages.filter((page) => page.recalled && isIn(table, page))
  return new Set(pages.flatMap((page) => quotedBy(table, page).map(({ from }) => from)))
}

const sizeOf = (table: PageTable, page: PageRecord, { model }: Room): Extent =>
  sumOf([
    extentOfPage(page, model),
    extentOfExperience(page.experience ?? []),
    ...quotedBy(table, page).flatMap((quoted) => [extentOfPage(quoted, model), MARK]),
  ])

/** What stands before a page's question besides quotes; it is part of the question's message. */
export const extentOfExperience = (experience: readonly { bytes: number }[]): Extent => ({
  ...{ items: 0, counted: 0 },
  bytes: experience.length === 0 ? 0 : experience.reduce((sum, { bytes }) => sum + bytes, MARKS_BYTES),
})

/** A statement that holds until further notice, by its page's first turn and its place among those of that turn. */
export interface Standing {
  readonly turn: number
  readonly line: number
  readonly text: string
}

export const extentOfStanding = (statements: readonly Standing[]): Extent =>
  statements.length === 0
    ? { items: 0, bytes: 0, counted: 0 }
    : {
        ...{ items: 1, counted: 0 },
        bytes: statements.reduce((sum, { text }) => sum + utf8Bytes(lineOfStanding(text)) + 1, HEADING_BYTES),
      }

/** Those of pages that are out, in the order in which they were said; one said again counts where it was said last. */
export function standingOf(table: PageTable, room: Room): Standing[] {
  const said = new Map<string, Standing>()
  for (const page of table.pages) {
    for (const [line, text] of page.standing.entries()) {
      said.delete(text.toLowerCase())
      if (!isIn(table, page)) said.set(text.toLowerCase(), { turn: page.from, line, text })
    }
  }
  const all = [...said.values()]
  const share = room.budget * STANDING_SHARE
  const kept: Standing[] = []
  // What was said first is the mission, and what was said last may have replaced some of it.
  for (let place = 0; place < all.length; place += 1) {
    const next = all[place % 2 === 0 ? place / 2 : all.length - (place + 1) / 2]
    if (!next) break
    if (kept.length > 0 && room.tokensOf(extentOfStanding([...kept, next])) > share) break
    kept.push(next)
  }
  return kept.sort((left, right) => left.turn - right.turn || left.line - right.line)
}

/** Tokens of the window as it stands. */
export function totalOf(table: PageTable, room: Room): number {
  const pages = table.pages.filter((page) => isIn(table, page)).map((page) => sizeOf(table, page, room))
  return room.tokensOf(sumOf([room.fixed, extentOfStanding(standingOf(table, room)), ...pages]))
}

/** Lets go of what was recalled for questions that are answered. @returns whether there was any */
export function dropQuotes(table: PageTable): boolean {
  const had = ({ recalled, experience }: PageRecord): boolean =>
    (recalled?.length ?? 0) > 0 || (experience?.length ?? 0) > 0
  const answered = table.pages.filter((page) => page.from < newestFrom(table) && had(page))
  for (const { from } of answered) table.change(from, { recalled: [], experience: [] })
  return answered.length > 0
}

/**
 * Evicts a block of pages if `more` tokens on top would not fit any longer.
 * @returns whether any went
 */
export function makeRoom(table: PageTable, room: Room, more: number, now: number): boolean {
  if (totalOf(table, room) + more <= room.budget) return false
  const dropped = dropQuotes(table)
  const total = totalOf(table, room) + more
  const count = table.pages.length
  const candidates = table.pages.flatMap((page, place) => {
    if (page.state === 'out' || !isFree(table, page)) return []
    const tokens = room.tokensOf(sizeOf(table, page, room))
    return [{ from: page.from, tokens, age: count - place, faults: page.faults }]
  })
  const evicted = chooseEvicted(candidates, total - Math.floor(room.budget * EVICT_TO_SHARE))
  for (const from of evicted) table.change(from, { state: 'out', usedAt: now })
  return dropped || evicted.length > 0
}

/** Brings pages back, newest first, when most of the window is empty: a model with a larger one serves now. */
export function refill(table: PageTable, room: Room): void {
  let total = totalOf(table, room)
  if (total >= room.budget * REFILL_BELOW_SHARE) return
  for (const page of [...table.pages].reverse()) {
    if (isIn(table, page) || page.held) continue
    const tokens = room.tokensOf(extentOfPage(page, room.model))
    // A large one had to go so that others could stay.
    if (tokens > room.budget * RECALL_SHARE) continue
    total += tokens
    if (total > room.budget * EVICT_TO_SHARE) return
    table.change(page.from, { state: 'in' })
  }
}

/** The stretches of turns to show, in order. */
export function shownOf(table: PageTable): WindowRecord['shown'] {
  const shown: WindowRecord['shown'] = []
  const show = ({ from, to }: PageRecord, before: PageRecord | undefined, quoted: boolean): void => {
    const last = shown.at(-1)
    if (last && before?.to === last.to && (last.quoted === true) === quoted) last.to = to
    else shown.push(quoted ? { from, to, quoted } : { from, to })
  }
  for (const [place, page] of table.pages.entries()) {
    if (!isIn(table, page)) continue
    const quotes = quotedBy(table, page).sort((left, right) => left.from - right.from)
    for (const quoted of quotes) show(quoted, table.before(quoted.from), true)
    show(page, table.pages[place - 1], false)
  }
  return shown
}
