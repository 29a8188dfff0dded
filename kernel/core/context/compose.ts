/**
 * Makes one window: decides which pages are in, brings back what the question is about, recalls experience with such work,
 * reads the text and measures it. An exchange that is too long by its tool results alone has the oldest of them replaced by a
 * note. What is recalled is decided once for each question and noted with its page, so that later windows repeat it.
 */
import type { Memory, Turn } from '../../abi/index.ts'
import type { EngineMessage, EngineTool } from '../engines/engine.ts'
import type { Database } from '../storage/database.ts'
import type { PageRecord, WindowRecord } from '../storage/records.ts'
import type { CarefulMemory } from './careful-memory.ts'
import { utf8Bytes, type Extent } from './estimate.ts'
import { leadOf, linesOfExperience } from './experience.ts'
import { textOfHead, type Head, type ShownBlock } from './head.ts'
import { countOf, extentOf, systemOf } from './messages.ts'
import type { OpenedPages } from './page-store.ts'
import type { PageTable } from './page-table.ts'
import { standingOf as standingOfTurn } from './paginate.ts'
import { EXPERIENCES, EXPERIENCE_SHARE, RECALL_SHARE } from './param.ts'
import {
  dropQuotes,
  extentOfExperience,
  isIn,
  makeRoom,
  quotedIn,
  refill,
  shownOf,
  standingOf,
  totalOf,
} from './plan.ts'
import type { Room } from './plan.ts'
import type { Recall } from './recall.ts'
import { render, type Rendered } from './render.ts'
import { extentOfPage } from './sizes.ts'

/** What a window is made of, without how the answer goes on. */
export type MakeUp = Omit<WindowRecord, 'round' | 'maxTokens'>

export interface Composed {
  readonly messages: readonly EngineMessage[]
  readonly extent: Extent
  /** The guess for the whole prompt, tools included. Above the budget when even the least is. */
  readonly tokens: number
  readonly record: MakeUp
}

export interface ComposeRequest {
  readonly instructions: string
  readonly tools: readonly EngineTool[]
  readonly room: Room
}

export interface Composer {
  /**
   * Decides anew what is shown, and notes it in the table.
   * @param opened.turns the newest turns, which need not be read again
   */
  compose(opened: OpenedPages, request: ComposeRequest, now: number): Promise<Composed>
  /** Shows again what `record` says. */
  again(agent: string, request: ComposeRequest, record: WindowRecord): Promise<Composed>
}

/** All that is said in a window. */
interface Texts {
  readonly turnsOf: (from: number, to: number) => Turn[]
  readonly head: Head
  /** What stands before questions, by their turn. */
  readonly leads: ReadonlyMap<number, string>
}

export function createComposer(deps: { database: Database; recall: Recall; memory: CarefulMemory }): Composer {
  const { database, recall, memory } = deps

  /** All turns of the stretches, so that what follows needs not wait. */
  async function read(
    agent: string,
    shown: WindowRecord['shown'],
    newest: readonly Turn[] = [],
  ): Promise<Texts['turnsOf']> {
    const known = newest[0]?.index ?? Number.POSITIVE_INFINITY
    const unread = shown.filter(({ from }) => from < known)
    const parts = await Promise.all(
      unread.map(({ from, to }) => database.list('turns', { from: [agent, from], to: [agent, to] })),
    )
    const turns = new Map([...newest, ...parts.flat()].map((turn) => [turn.index, turn]))
    return (from, to) => {
      const found: Turn[] = []
      for (let index = from; index <= to; index += 1) {
        const turn = turns.get(index)
        if (turn) found.push(turn)
      }
      return found
    }
  }

  /** What is remembered now of the experience that was shown; what was forgotten is left out. */
  async function leadsOf(agent: string, experience: MakeUp['experience'] = []): Promise<Texts['leads']> {
    const memories = new Map<number, Memory[]>()
    for (const { turn, id, version } of experience) {
      const found = await memory.versionOf(agent, id, version)
      if (found) memories.set(turn, [...(memories.get(turn) ?? []), found])
    }
    return new Map([...memories].map(([turn, shown]) => [turn, leadOf(shown)]))
  }

  function measured({ tools, room }: ComposeRequest, record: MakeUp, texts: Texts): Composed {
    const rendered = render(record, texts.turnsOf, texts.leads)
    const counts = new Map(rendered.map((one) => [one.message, countIn(one, room.model)]))
    const messages = [...systemOf(textOfHead(texts.head)), ...rendered.map(({ message }) => message)]
    const extent = extentOf(messages, tools, (message) => counts.get(message))
    return { messages, extent, tokens: room.tokensOf(extent), record }
  }

  /** The newest question, unless all was looked up for it already. */
  async function questionOf({ table, turns }: OpenedPages): Promise<Question | null> {
    const page = table.pages[table.newest]
    if (page?.recalled !== null && page?.experience !== null) return null
    const known = turns.find(({ index }) => index === page.from)
    const turn = known ?? (await database.get('turns', [table.agent, page.from]))
    return { page, text: turn?.role === 'user' ? turn.text : '' }
  }

  /** Looks up once, for each question, what was said about it and is out. */
  async function recallFor(asked: Question, table: PageTable, room: Room, now: number): Promise<void> {
    if (asked.page.recalled !== null) return
    const someOut = table.pages.some((page) => !isIn(table, page))
    const { from } = asked.page
    if (asked.text === '' || !someOut) return void table.change(from, { recalled: [] })
    const sizeOf = (page: PageRecord): number => room.tokensOf(extentOfPage(page, room.model))
    const sizeOfAll = (pages: readonly PageRecord[]): number => pages.reduce((sum, page) => sum + sizeOf(page), 0)
    const share = room.budget * RECALL_SHARE
    const search = async (): Promise<PageRecord[]> => {
      const quoted = quotedIn(table)
      const chosen: PageRecord[] = []
      for (const page of await recall.find(table, asked.text, (one) => !quoted.has(one.from) && sizeOf(one) <= share)) {
        if (sizeOfAll([...chosen, page]) <= share) chosen.push(page)
      }
      return chosen
    }
    let found = await search()
    const quoted = [...quotedIn(table)].flatMap((one) => table.at(one) ?? [])
    // What had to go for it may be what the question is about, as may be what an answered question had brought back.
    const crowded = found.length > 0 && sizeOfAll([...quoted, ...found]) > share
    if ((crowded && dropQuotes(table)) || makeRoom(table, room, sizeOfAll(found), now)) found = await search()
    if (totalOf(table, room) + sizeOfAll(found) > room.budget) found = []
    for (const page of found) table.change(page.from, { faults: page.faults + 1, usedAt: now })
    table.change(from, { recalled: found.map((page) => page.from) })
  }

  /** Looks up once, at the start of a run, what is known of work like it. */
  async function experienceFor(asked: Question, table: PageTable, room: Room, now: number): Promise<void> {
    if (asked.page.experience !== null) return
    const { from } = asked.page
    const found = asked.text === '' ? [] : await memory.experienceFor(asked.text, table.agent, EXPERIENCES)
    if (found === null) return
    const sized = found.map((one) => ({ id: one.id, version: one.version, bytes: bytesOf(linesOfExperience(one)) }))
    const tokensOf = (shown: typeof sized): number => room.tokensOf(extentOfExperience(shown))
    const shown: typeof sized = []
    for (const one of sized) if (tokensOf([...shown, one]) <= room.budget * EXPERIENCE_SHARE) shown.push(one)
    if (shown.length > 0) makeRoom(table, room, tokensOf(shown), now)
    const fits = totalOf(table, room) + tokensOf(shown) <= room.budget
    table.change(from, { experience: fits ? shown : [] })
  }

  return {
    async compose(opened, request, now) {
      const { table } = opened
      const { room } = request
      makeRoom(table, room, 0, now)
      const asked = await questionOf(opened)
      if (asked !== null) {
        await recallFor(asked, table, room, now)
        await experienceFor(asked, table, room, now)
      }
      refill(table, room)
      for (;;) {
        const shown = shownOf(table)
        const standing = standingOf(table, room)
        const experience = experienceIn(table)
        const texts: Texts = {
          turnsOf: await read(table.agent, shown, opened.turns),
          leads: await leadsOf(table.agent, experience),
          head: { ...request, standing: standing.map(({ text }) => text), blocks: room.blocks },
        }
        const record: MakeUp = {
          ...{ shown, shortened: [], experience },
          standing: standing.map(({ turn, line }) => ({ turn, line })),
          blocks: room.blocks.map(versionOfBlock),
        }
        const composed = measured(request, record, texts)
        const excess = composed.tokens - room.budget
        if (excess <= 0) return composed
        // Notes and marks made it longer than its pages are.
        if (makeRoom(table, room, Math.max(excess, room.budget - totalOf(table, room) + 1), now)) continue
        return shorten(table, request, composed, texts, measured)
      }
    },
    async again(agent, request, record) {
      const blocks: ShownBlock[] = []
      for (const { id, version, units } of record.blocks ?? []) {
        const found = await memory.versionOf(agent, id, version)
        if (found) blocks.push({ memory: found, units })
      }
      const standing: string[] = []
      for (const { turn, line } of record.standing ?? []) {
        const said = await database.get('turns', [agent, turn])
        standing.push(...(said ? standingOfTurn(said).slice(line, line + 1) : []))
      }
      return measured(request, makeUpOf(record), {
        turnsOf: await read(agent, record.shown),
        leads: await leadsOf(agent, record.experience),
        head: { ...request, standing, blocks },
      })
    },
  }
}

interface Question {
  readonly page: PageRecord
  readonly text: string
}

const makeUpOf = ({ round: _round, maxTokens: _most, ...makeUp }: WindowRecord): MakeUp => makeUp

const versionOfBlock = ({ memory: { id, version }, units }: ShownBlock): NonNullable<MakeUp['blocks']>[number] => ({
  ...{ id, version, units },
})

/** Experience shown before the questions of pages that are in. */
const experienceIn = (table: PageTable): NonNullable<MakeUp['experience']> =>
  table.pages
    .filter((page) => isIn(table, page))
    .flatMap(({ from, experience }) => (experience ?? []).map(({ id, version }) => ({ turn: from, id, version })))

const bytesOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + utf8Bytes(line) + 1, 0)

/** Replaces results of the newest exchange by a note, oldest first, until it fits; the newest is kept as long as possible. */
function shorten(
  table: PageTable,
  request: ComposeRequest,
  composed: Composed,
  texts: Texts,
  measured: (request: ComposeRequest, record: MakeUp, texts: Texts) => Composed,
): Composed {
  const first = table.pages[table.newest]?.from ?? 0
  const shortened: number[] = []
  let shorter = composed
  for (const turn of texts.turnsOf(first, table.last)) {
    if (turn.role !== 'tool') continue
    if (shorter.tokens <= request.room.budget) break
    shortened.push(turn.index)
    shorter = measured(request, { ...composed.record, shortened: [...shortened] }, texts)
  }
  return shorter
}

/** What the model counted of a message that shows a turn as it is. */
function countIn({ turn, message }: Rendered, model: string | null): number | undefined {
  return turn && model !== null && message.content === turn.text ? countOf(turn, model) : undefined
}
