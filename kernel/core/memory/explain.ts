/** Why a memory is known: from the turns that were really said, from what it was made of, and from what it replaced. */
import type { Memory, SyscallResult, Turn } from '../../abi/index.ts'
import type { Database } from '../storage/database.ts'
import { KEY_END, type MemoryRecord } from '../storage/records.ts'
import type { Book } from './book.ts'
import type { MemoryIndex } from './memory-index.ts'
import { TURNS_EXPLAINING, TURNS_PER_READ } from './param.ts'
import { plainTextOf } from './plain-text.ts'
import { memoryOf } from './records.ts'

type Explanation = SyscallResult<'memory.explain'>

export interface ExplainDeps {
  readonly index: Pick<MemoryIndex, 'get'>
  readonly book: Pick<Book, 'linkingTo'>
  readonly database: Pick<Database, 'get' | 'list'>
}

export async function explain(deps: ExplainDeps, memory: MemoryRecord): Promise<Explanation> {
  const { principal } = memory.provenance
  const agent = principal.kind === 'agent' ? await deps.database.get('agents', principal.id) : undefined
  const turns = await exchangeOf(deps, memory)
  const derivedFrom = await linked(deps, memory, 'derived-from')
  const by = await deps.book.linkingTo(memory.id)
  return {
    memory: memoryOf(memory),
    why: whyOf(memory, { turns, agentName: agent?.name ?? null, madeOf: derivedFrom.length }),
    turns,
    agentName: agent?.name ?? null,
    derivedFrom,
    supersedes: await linked(deps, memory, 'supersedes'),
    supersededBy: by
      .filter(({ links }) => links.some(({ kind, to }) => kind === 'supersedes' && to === memory.id))
      .map(memoryOf),
  }
}

async function linked(
  deps: ExplainDeps,
  { links }: MemoryRecord,
  kind: 'supersedes' | 'derived-from',
): Promise<Memory[]> {
  const ids = new Set(links.filter((link) => link.kind === kind).map(({ to }) => to))
  const found = await Promise.all([...ids].map((id) => deps.index.get(id)))
  return found.flatMap((one) => (one ? [memoryOf(one)] : []))
}

/** The turns of its run up to the tool call that wrote it, oldest first; empty when the conversation is gone. */
async function exchangeOf({ database }: ExplainDeps, { provenance }: MemoryRecord): Promise<Turn[]> {
  const { principal, run, seq } = provenance
  if (principal.kind !== 'agent' || run === undefined) return []
  const turns: Turn[] = []
  for (let before: number | string = KEY_END; ;) {
    const range = { from: [principal.id, 0], to: [principal.id, before], reverse: true, limit: TURNS_PER_READ }
    const page: Turn[] = await database.list('turns', range)
    for (const turn of page) {
      if (turn.run === run) turns.unshift(turn)
      // A run's turns are next to each other.
      else if (turns.length > 0) return upToCall(database, turns, run, seq)
    }
    const last = page.at(-1)
    if (!last || page.length < TURNS_PER_READ || last.index === 0) return upToCall(database, turns, run, seq)
    before = last.index - 1
  }
}

/** What came after the call does not explain it. Without the journal of the run, which is kept for a while, all of it does. */
async function upToCall(
  database: Pick<Database, 'get'>,
  turns: readonly Turn[],
  run: string,
  seq: number | undefined,
): Promise<Turn[]> {
  const record = seq === undefined ? undefined : await database.get('journal', [run, seq])
  const call = record?.event.type === 'tool-call' ? record.event.call.id : undefined
  const at = turns.findIndex(({ toolCalls }) => toolCalls.some(({ id }) => id === call))
  return (at < 0 ? [...turns] : turns.slice(0, at + 1)).slice(-TURNS_EXPLAINING)
}

interface Known {
  readonly turns: readonly Turn[]
  readonly agentName: string | null
  readonly madeOf: number
}

/** One sentence for a person. */
function whyOf({ text, provenance, createdAt, version }: MemoryRecord, { turns, agentName, madeOf }: Known): string {
  const on = `on ${dateOf(createdAt)}`
  const since = version > 1 ? ' It was changed since.' : ''
  const { principal, source } = provenance
  if (madeOf > 0) return `Made of ${madeOf} other ${madeOf === 1 ? 'memory' : 'memories'} ${on}.${since}`
  if (principal.kind === 'agent') {
    const name = agentName ?? 'an agent that is deleted by now'
    const said = turns.find(({ role, text: words }) => role === 'user' && tells(words, text))
    if (said) return `You said so to ${name} ${on}.${since}`
    return turns.length > 0
      ? `${capital(name)} wrote it down ${on}, while it answered you.${since}`
      : `${capital(name)} wrote it down ${on}.${since}`
  }
  if (principal.kind === 'app') return `The app at ${principal.id} stored it ${on}.${since}`
  return source === 'user' ? `You wrote it down ${on}.${since}` : `Hearth wrote it down ${on}.${since}`
}

/** Whether somebody's words have most of what the memory says. */
function tells(words: string, memory: string): boolean {
  const said = new Set(plainTextOf(words).split(' '))
  const wanted = [...new Set(plainTextOf(memory).split(' '))].filter((word) => word.length > 3 || /\d/.test(word))
  const telling = wanted.length > 0 ? wanted : plainTextOf(memory).split(' ')
  return telling.filter((word) => said.has(word)).length * 2 > telling.length
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const MONTHS = 'January February March April May June July August September October November December'.split(' ')

function dateOf(time: number): string {
  const date = new Date(time)
  return `${date.getDate()} ${MONTHS[date.getMonth()] ?? ''} ${date.getFullYear()}`
}
