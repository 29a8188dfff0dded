/** The `context` syscalls: what is in the window, and moving pages in and out of it by hand. */
import {
  HearthError,
  PINNED_SHARE,
  type Agent,
  type ContextPage,
  type SyscallResult,
  type Turn,
} from '../../abi/index.ts'
import type { Calibrations } from '../calibrations.ts'
import type { AtomicOutcome, HandlersOf } from '../call.ts'
import type { EngineTool } from '../engines/engine.ts'
import type { ReadyModel } from '../engines/generation.ts'
import type { KernelEvents } from '../events.ts'
import { DEFAULT_CONTEXT_TOKENS, RECALL_SHARE } from '../param.ts'
import type { Clock } from '../platform.ts'
import type { Database } from '../storage/database.ts'
import { KEY_END, type PageRecord } from '../storage/records.ts'
import type { ToolService } from '../tools/service.ts'
import type { PageStore } from './page-store.ts'
import type { PageChanges, PageTable } from './page-table.ts'
import { isIn, quotedIn, type Room } from './plan.ts'
import { shareOf, type Rooms } from './room.ts'
import { extentOfPage } from './sizes.ts'

export interface ContextHandlerDeps {
  readonly database: Database
  readonly clock: Pick<Clock, 'now'>
  readonly events: KernelEvents
  readonly calibrations: Pick<Calibrations, 'get'>
  readonly tools: Pick<ToolService, 'find'>
  /** What is known of the model an agent means, without loading it; null when there is none. */
  readonly model: (model: string | null) => ReadyModel | null
  readonly pages: PageStore
  readonly rooms: Rooms
}

/** Newest turns looked at for the size of the last prompt: a run's answers are among them. */
const RECENT_TURNS = 32

/** Turns read at once while one is looked for by its id. */
const TURNS_PER_READ = 256

type Window = SyscallResult<'context.window'>

export function createContextHandlers(deps: ContextHandlerDeps): HandlersOf<'context'> {
  const { database } = deps

  async function view(id: string): Promise<View> {
    const agent = await database.get('agents', id)
    if (!agent) {
      const message =
        'This agent no longer exists, and its conversation went with it. List the agents to see those that do.'
      throw new HearthError('not-found', message, { kind: 'agent', id })
    }
    const table = await deps.pages.open(id)
    const model = deps.model(agent.model)
    const held = model && deps.calibrations.get(model.id).contextTokens
    const limit = held ?? model?.contextTokens ?? DEFAULT_CONTEXT_TOKENS
    const tools = model?.tools ? toolsOf(agent, deps.tools) : []
    const answer = shareOf(agent, limit)
    const room = deps.rooms.of(model?.id ?? null, agent.instructions, tools, limit - answer)
    return { agent, table, room, tools, answer, limit, known: held ?? null }
  }

  async function window({ agent, table, room, answer, known, tools }: View): Promise<Window> {
    const quoted = quotedIn(table)
    const pages = table.pages.map((page) => pageOf(table, page, room, quoted))
    const instructions = deps.rooms.of(room.model, agent.instructions, [], room.budget)
    const withTools = room.tokensOf(room.fixed)
    const bare = room.tokensOf(instructions.fixed)
    return {
      window: {
        ...{ agent: agent.id, model: room.model, limit: known, answer },
        ...{ instructions: bare, tools: tools.length === 0 ? 0 : withTools - bare },
        pages: pages.reduce((sum, page) => sum + (page.state === 'in' ? page.tokens : 0), 0),
        lastPrompt: await lastPrompt(agent.id),
      },
      pages,
    }
  }

  async function lastPrompt(agent: string): Promise<Window['window']['lastPrompt']> {
    const range = { from: [agent, 0], to: [agent, KEY_END], reverse: true, limit: RECENT_TURNS }
    const usage = (await database.list('turns', range)).find((turn) => turn.usage)?.usage
    return usage ? { cached: usage.cachedTokens, total: usage.promptTokens } : null
  }

  /** Changes one page in the commit of the call. */
  function change({ agent, table, room }: View, page: PageRecord, changes: PageChanges): AtomicOutcome<ContextPage> {
    const changed = { ...page, ...changes }
    return {
      result: pageOf(table, changed, room, quotedIn(table)),
      writes: [{ op: 'put', store: 'pages', value: changed }],
      after() {
        table.change(page.from, changes)
        deps.pages.save(table)
        deps.events.publish({ type: 'context', agent: agent.id })
      },
    }
  }

  async function pageWith({ table }: View, id: string): Promise<PageRecord> {
    const page = table.at((await findTurn(table.agent, id))?.index ?? -1)
    if (page) return page
    const message = 'That message is no longer in the conversation. Open the conversation again to see what is.'
    throw new HearthError('not-found', message, { kind: 'turn', id })
  }

  async function findTurn(agent: string, id: string): Promise<Turn | undefined> {
    for (let before: number | string = KEY_END; ;) {
      const range = { from: [agent, 0], to: [agent, before], reverse: true, limit: TURNS_PER_READ }
      const turns: Turn[] = await database.list('turns', range)
      const found = turns.find((turn) => turn.id === id)
      const last = turns.at(-1)?.index ?? 0
      if (found || turns.length < TURNS_PER_READ || last === 0) return found
      before = last - 1
    }
  }

  return {
    'context.window': async ({ args }) => window(await view(args.agent)),
    async 'context.pin'({ args }) {
      const now = await view(args.agent)
      const page = await pageWith(now, args.turn)
      checkPins(now, page)
      return change(now, page, { pinned: true, held: false, state: 'in' })
    },
    /** It stays in the window until pages have to go. */
    async 'context.unpin'({ args }) {
      const now = await view(args.agent)
      return change(now, await pageWith(now, args.turn), { pinned: false })
    },
    async 'context.evict'({ args }) {
      const now = await view(args.agent)
      const page = findPage(now, args.page)
      if (page.pinned) throw refused(page, 'That page is pinned and always stays in the window. Unpin it first.')
      if (page.from >= (now.table.pages[now.table.newest]?.from ?? 0)) {
        throw refused(page, 'That page is the newest exchange, which the next answer needs. Evict it after that.')
      }
      return empty(change(now, page, { state: 'out', held: true, usedAt: deps.clock.now() }))
    },
    async 'context.restore'({ args }) {
      const now = await view(args.agent)
      const page = findPage(now, args.page)
      const faults = isIn(now.table, page) ? page.faults : page.faults + 1
      return empty(change(now, page, { state: 'in', held: false, faults }))
    },
  }
}

interface View {
  readonly agent: Agent
  readonly table: PageTable
  readonly room: Room
  readonly tools: readonly EngineTool[]
  readonly answer: number
  /** Of the window, in tokens; a guess while the model was never loaded. */
  readonly limit: number
  /** The same, null then. */
  readonly known: number | null
}

/** @throws HearthError `over-limit` when the pinned pages would crowd out the conversation. */
function checkPins({ table, room, limit }: View, page: PageRecord): void {
  if (page.pinned) return
  const pinned = table.pages.filter((one) => one.pinned || one.from === page.from)
  const tokens = pinned.reduce((sum, one) => sum + room.tokensOf(extentOfPage(one, room.model)), 0)
  const maximum = Math.floor(limit * PINNED_SHARE)
  if (tokens <= maximum) return
  const size = room.tokensOf(extentOfPage(page, room.model))
  throw new HearthError(
    'over-limit',
    `This page takes about ${size} tokens, and with it ${tokens} would be pinned. A window of ${limit} tokens holds ` +
      `${maximum} pinned ones, so that the conversation has room. Nothing changed; unpin another page first.`,
    { limit: 'pinned tokens', maximum, retryAfterMs: null },
  )
}

function findPage({ table }: View, id: string): PageRecord {
  const page = table.find(id)
  if (page) return page
  const message = 'That page is no longer in the conversation. Open the window again to see those that are.'
  throw new HearthError('not-found', message, { kind: 'page', id })
}

const refused = ({ id }: PageRecord, message: string): HearthError<'conflict'> =>
  new HearthError('conflict', message, { kind: 'page', id })

const empty = ({ result: _page, ...outcome }: AtomicOutcome<ContextPage>): AtomicOutcome<Record<string, never>> => ({
  ...outcome,
  result: {},
})

function toolsOf(agent: Agent, tools: Pick<ToolService, 'find'>): EngineTool[] {
  return agent.tools.flatMap((name) => {
    const tool = tools.find(name)
    return tool ? [{ name, description: tool.description, parameters: tool.parameters }] : []
  })
}

/** A page as people see it. */
function pageOf(table: PageTable, page: PageRecord, room: Room, quoted: ReadonlySet<number>): ContextPage {
  const { id, agent, from, to, pinned, faults, usedAt, trust, stub } = page
  const tokens = room.tokensOf(extentOfPage(page, room.model))
  const recalled = quoted.has(from)
  const isShown = recalled || isIn(table, page)
  const why = ((): ContextPage['why'] => {
    if (pinned) return 'pinned'
    if (recalled) return 'recalled'
    if (isShown) return faults > 0 ? 'recalled' : 'recent'
    return tokens > room.budget * RECALL_SHARE ? 'too-long' : 'evicted'
  })()
  return { id, agent, from, to, tokens, state: isShown ? 'in' : 'out', pinned, why, faults, usedAt, trust, stub }
}
