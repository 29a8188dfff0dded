/** The `context` syscalls: what is in the window, and moving pages in and out of it by hand. */
import {
  HearthError,
  PINNED_SHARE,
  type Agent,
  type ContextMemory as MemoryInWindow,
  type ContextPage,
  type SyscallResult,
  type Turn,
} from '../../abi/index.ts'
import type { Calibrations } from '../calibrations.ts'
import type { AtomicOutcome, HandlersOf } from '../call.ts'
import type { EngineTool } from '../engines/engine.ts'
import type { ReadyModel } from '../engines/generation.ts'
import type { KernelEvents } from '../events.ts'
import { DEFAULT_CONTEXT_TOKENS } from '../param.ts'
import type { Clock } from '../platform.ts'
import type { Database } from '../storage/database.ts'
import { KEY_END, type PageRecord } from '../storage/records.ts'
import { cutText } from '../tools/result.ts'
import type { ToolService } from '../tools/service.ts'
import { textOfHead } from './head.ts'
import type { ContextMemory } from './memory.ts'
import { extentOf, systemOf } from './messages.ts'
import type { PageStore } from './page-store.ts'
import type { PageChanges, PageTable } from './page-table.ts'
import { EXPERIENCE_UNITS, RECALL_SHARE, STUB_UNITS } from './param.ts'
import { extentOfExperience, extentOfStanding, isIn, quotedIn, standingOf, type Room } from './plan.ts'
import { bytesOfBlock, shareOf, type Rooms } from './room.ts'
import { extentOfPage } from './sizes.ts'

export interface ContextHandlerDeps {
  readonly database: Database
  readonly clock: Pick<Clock, 'now' | 'sleep'>
  readonly events: KernelEvents
  readonly calibrations: Pick<Calibrations, 'get'>
  readonly tools: Pick<ToolService, 'find'>
  /** What is known of the model an agent means, without loading it; null when there is none. */
  readonly model: (model: string | null) => ReadyModel | null
  readonly memory: ContextMemory
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
    const { table } = await deps.pages.open(id)
    const model = deps.model(agent.model)
    const held = model && deps.calibrations.get(model.id).contextTokens
    const limit = held ?? model?.contextTokens ?? DEFAULT_CONTEXT_TOKENS
    const tools = model?.tools ? toolsOf(agent, deps.tools) : []
    const answer = shareOf(agent, limit)
    const fixed = { instructions: agent.instructions, blocks: await deps.memory.blocksOf(id) }
    const room = deps.rooms.of(model?.id ?? null, fixed, tools, limit - answer)
    return { agent, table, room, tools, answer, limit, known: held ?? null }
  }

  async function window({ agent, table, room, answer, known }: View): Promise<Window> {
    const quoted = quotedIn(table)
    const pages = table.pages.map((page) => pageOf(table, page, room, quoted))
    const sizeOf = (instructions: string, fixed: readonly EngineTool[]): number => {
      const head = systemOf(instructions)
      return room.tokensOf(extentOf(head, fixed, () => undefined))
    }
    const instructions = sizeOf(agent.instructions, [])
    const blocks = sizeOf(textOfHead({ instructions: agent.instructions, standing: [], blocks: room.blocks }), [])
    const memories = await memoriesIn(table, room)
    return {
      window: {
        ...{ agent: agent.id, model: room.model, limit: known, answer, instructions },
        ...{ tools: room.tokensOf(room.fixed) - blocks, blocks: blocks - instructions },
        standing: room.tokensOf(extentOfStanding(standingOf(table, room))),
        experience: memories.reduce((sum, { kind, tokens }) => sum + (kind === 'experience' ? tokens : 0), 0),
        pages: pages.reduce((sum, page) => sum + (page.state === 'in' ? page.tokens : 0), 0),
        lastPrompt: await lastPrompt(agent.id),
      },
      ...{ pages, memories },
    }
  }

  async function memoriesIn(table: PageTable, room: Room): Promise<MemoryInWindow[]> {
    const found: MemoryInWindow[] = room.blocks.map((block) => ({
      ...{ memory: block.memory.id, kind: 'block', name: block.memory.block?.name ?? '', page: null },
      tokens: room.tokensOf({ items: 0, bytes: bytesOfBlock(block), counted: 0 }),
      cut: block.units < block.memory.text.length,
      trust: block.memory.provenance.trust,
    }))
    for (const page of table.pages) {
      if (!isIn(table, page)) continue
      for (const { id, version, bytes } of page.experience ?? []) {
        const memory = await deps.memory.versionOf(id, version)
        if (!memory) continue
        found.push({
          ...{ memory: id, kind: 'experience', name: cutText(memory.text.replace(/\s+/g, ' '), STUB_UNITS) },
          ...{ page: page.id, cut: memory.text.length > EXPERIENCE_UNITS, trust: memory.provenance.trust },
          tokens: room.tokensOf(extentOfExperience([{ bytes }])),
        })
      }
    }
    return found
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
    async 'context.release'({ args }) {
      const now = await view(args.agent)
      return empty(change(now, findPage(now, args.page), { standing: [], released: true }))
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
  const { id, agent, from, to, pinned, faults, usedAt, trust, stub, standing } = page
  const tokens = room.tokensOf(extentOfPage(page, room.model))
  const recalled = quoted.has(from)
  const isShown = recalled || isIn(table, page)
  const why = ((): ContextPage['why'] => {
    if (pinned) return 'pinned'
    if (recalled) return 'recalled'
    if (isShown) return faults > 0 ? 'recalled' : 'recent'
    return tokens > room.budget * RECALL_SHARE ? 'too-long' : 'evicted'
  })()
  const state = isShown ? 'in' : 'out'
  return { id, agent, from, to, tokens, state, pinned, why, faults, usedAt, trust, stub, standing }
}
