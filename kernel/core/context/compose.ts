/**
 * Makes one window: decides which pages are in, brings back what the question is about, reads the text and measures it. An
 * exchange that is too long by its tool results alone has the oldest of them replaced by a note.
 */
import type { Turn } from '../../abi/index.ts'
import type { EngineMessage, EngineTool } from '../engines/engine.ts'
import { RECALL_SHARE } from '../param.ts'
import type { Database } from '../storage/database.ts'
import type { PageRecord, WindowRecord } from '../storage/records.ts'
import type { Extent } from './estimate.ts'
import { countOf, extentOf, systemOf } from './messages.ts'
import type { PageTable } from './page-table.ts'
import { dropQuotes, isIn, makeRoom, quotedIn, refill, shownOf, totalOf, type Room } from './plan.ts'
import type { Recall } from './recall.ts'
import { render, type Rendered } from './render.ts'
import { extentOfPage } from './sizes.ts'

export interface Composed {
  readonly messages: readonly EngineMessage[]
  readonly extent: Extent
  /** The guess for the whole prompt, tools included. Above the budget when even the least is. */
  readonly tokens: number
  readonly record: Pick<WindowRecord, 'shown' | 'shortened'>
}

export interface ComposeRequest {
  readonly instructions: string
  readonly tools: readonly EngineTool[]
  readonly room: Room
}

export interface Composer {
  /** Decides anew what is shown, and notes it in the table. */
  compose(table: PageTable, request: ComposeRequest, now: number): Promise<Composed>
  /** Shows again what `record` says. */
  again(agent: string, request: ComposeRequest, record: WindowRecord): Promise<Composed>
}

type TurnsOf = (from: number, to: number) => Turn[]

export function createComposer(deps: { database: Database; recall: Recall }): Composer {
  const { database, recall } = deps

  /** All turns of the stretches, so that what follows needs not wait. */
  async function read(agent: string, shown: WindowRecord['shown']): Promise<TurnsOf> {
    const parts = await Promise.all(
      shown.map(({ from, to }) => database.list('turns', { from: [agent, from], to: [agent, to] })),
    )
    const turns = new Map(parts.flat().map((turn) => [turn.index, turn]))
    return (from, to) => {
      const found: Turn[] = []
      for (let index = from; index <= to; index += 1) {
        const turn = turns.get(index)
        if (turn) found.push(turn)
      }
      return found
    }
  }

  function measured(
    request: ComposeRequest,
    record: Pick<WindowRecord, 'shown' | 'shortened'>,
    turnsOf: TurnsOf,
  ): Composed {
    const { instructions, tools, room } = request
    const rendered = render(record, turnsOf)
    const counts = new Map(rendered.map((one) => [one.message, countIn(one, room.model)]))
    const messages = [...systemOf(instructions), ...rendered.map(({ message }) => message)]
    const extent = extentOf(messages, tools, (message) => counts.get(message))
    return { messages, extent, tokens: room.tokensOf(extent), record }
  }

  /** Looks up once, for each question, what was said about it and is out. */
  async function recallFor(table: PageTable, room: Room, now: number): Promise<void> {
    const asked = table.pages[table.newest]
    if (asked?.recalled !== null) return
    const someOut = table.pages.some((page) => !isIn(table, page))
    const turn = someOut ? await database.get('turns', [table.agent, asked.from]) : undefined
    const question = turn?.role === 'user' ? turn.text : ''
    if (question === '') return void table.change(asked.from, { recalled: [] })
    const sizeOf = (page: PageRecord): number => room.tokensOf(extentOfPage(page, room.model))
    const sizeOfAll = (pages: readonly PageRecord[]): number => pages.reduce((sum, page) => sum + sizeOf(page), 0)
    const share = room.budget * RECALL_SHARE
    const search = async (): Promise<PageRecord[]> => {
      const quoted = quotedIn(table)
      const chosen: PageRecord[] = []
      for (const page of await recall.find(table, question, (one) => !quoted.has(one.from) && sizeOf(one) <= share)) {
        if (sizeOfAll([...chosen, page]) <= share) chosen.push(page)
      }
      return chosen
    }
    let found = await search()
    const quoted = [...quotedIn(table)].flatMap((from) => table.at(from) ?? [])
    // What had to go for it may be what the question is about, as may be what an answered question had brought back.
    const crowded = found.length > 0 && sizeOfAll([...quoted, ...found]) > share
    if ((crowded && dropQuotes(table)) || makeRoom(table, room, sizeOfAll(found), now)) found = await search()
    if (totalOf(table, room) + sizeOfAll(found) > room.budget) found = []
    for (const { from, faults } of found) table.change(from, { faults: faults + 1, usedAt: now })
    table.change(asked.from, { recalled: found.map(({ from }) => from) })
  }

  return {
    async compose(table, request, now) {
      const { room } = request
      makeRoom(table, room, 0, now)
      await recallFor(table, room, now)
      refill(table, room)
      for (;;) {
        const shown = shownOf(table)
        const turnsOf = await read(table.agent, shown)
        const composed = measured(request, { shown, shortened: [] }, turnsOf)
        const excess = composed.tokens - room.budget
        if (excess <= 0) return composed
        // Notes and marks made it longer than its pages are.
        if (makeRoom(table, room, Math.max(excess, room.budget - totalOf(table, room) + 1), now)) continue
        return shorten(table, request, composed, turnsOf, measured)
      }
    },
    async again(agent, request, record) {
      return measured(request, record, await read(agent, record.shown))
    },
  }
}

/** Replaces results of the newest exchange by a note, oldest first, until it fits; the newest is kept as long as possible. */
function shorten(
  table: PageTable,
  request: ComposeRequest,
  composed: Composed,
  turnsOf: TurnsOf,
  measured: (request: ComposeRequest, record: Composed['record'], turnsOf: TurnsOf) => Composed,
): Composed {
  const { shown } = composed.record
  const first = table.pages[table.newest]?.from ?? 0
  const shortened: number[] = []
  let shorter = composed
  for (const turn of turnsOf(first, table.last)) {
    if (turn.role !== 'tool') continue
    if (shorter.tokens <= request.room.budget) break
    shortened.push(turn.index)
    shorter = measured(request, { shown, shortened: [...shortened] }, turnsOf)
  }
  return shorter
}

/** What the model counted of a message that shows a turn as it is. */
function countIn({ turn, message }: Rendered, model: string | null): number | undefined {
  return turn && model !== null && message.content === turn.text ? countOf(turn, model) : undefined
}
