/**
 * Takes what was forgotten out of conversations: what tools of the memory gave back and were given, in turns, in the journals
 * of those runs and in calls on record, with the pages of those turns, which are measured and indexed anew. Windows hold no
 * text of memories of their own, only their ids and versions. What a person or a model said in their own words is the
 * conversation's: clearing that removes it.
 */
import type { Memory, RunEvent, ToolCall, Turn } from '../../abi/index.ts'
import { changeResults } from '../call-results.ts'
import { PAGES_PER_READ } from '../param.ts'
import type { Clock } from '../platform.ts'
import type { Database, Mutation } from '../storage/database.ts'
import { KEY_END, type CallRecord, type PageRecord } from '../storage/records.ts'
import { extentOf, messageOf } from './messages.ts'
import type { PageStore } from './page-store.ts'
import { REDACT_BEFORE_MS } from './param.ts'
import { redactorOf, type Redact } from './redact.ts'

/** Calls of these are given memories' text; the one that forgets has no result yet when this is asked of it. */
const MEMORY_TOOLS = new Set(['remember', 'recall', 'forget', 'update_memory', 'edit_block', 'note_experience'])

export interface Redaction {
  /** For the commit that forgets. */
  readonly writes: readonly Mutation[]
  /** Once that is done. */
  readonly after: () => void
}

export interface RedactionDeps {
  readonly database: Database
  readonly clock: Pick<Clock, 'sleep'>
  readonly pages: PageStore
  /** Told of each agent whose window may have changed. */
  readonly changed: (agent: string) => void
}

/** @param memories all versions of what is forgotten */
export async function redact(deps: RedactionDeps, memories: readonly Memory[]): Promise<Redaction> {
  const { database, clock } = deps
  const redactor = redactorOf(memories.flatMap(textsOf))
  const earliest = Math.min(...memories.map(({ createdAt }) => createdAt)) - REDACT_BEFORE_MS
  const writes: Mutation[] = []
  const found = new Map<string, PageRecord[]>()

  const runs = await runsSince(database, earliest)
  for (const agent of await agentsOf(database, memories)) {
    const turns = await turnsWith(deps, agent, redactor, earliest)
    // Also those whose turns are gone, since a question that is asked anew replaces them.
    for (const run of new Set([...turns.map((turn) => turn.run), ...(runs.get(agent) ?? [])])) {
      writes.push(...(await journalOf(database, run, redactor)))
    }
    if (turns.length === 0) continue
    writes.push(...turns.map((value) => ({ op: 'put', store: 'turns', value }) as const))
    const pages = await pagesOf(deps, agent, turns)
    found.set(agent, pages)
    writes.push(...pages.map((value) => ({ op: 'put', store: 'pages', value }) as const))
    await clock.sleep(0)
  }
  writes.push(
    ...(await changeResults(deps, (record) => (holdsMemories(record) ? redactor(record.result) : record.result))),
  )
  return {
    writes,
    after() {
      for (const [agent, pages] of found) {
        void deps.pages.open(agent).then(({ table }) => {
          for (const { from, items, bytes, counted } of pages) {
            table.change(from, { items, bytes, counted, digest: null })
          }
          deps.pages.save(table)
        })
        deps.changed(agent)
      }
    },
  }
}

/** Everything of a memory that a tool may have shown. */
const textsOf = ({ text, experience }: Memory): string[] =>
  experience ? [text, experience.task, experience.tried, experience.lesson] : [text]

/** Agents that may have recalled it: its owner, or all of them when it was everybody's. */
async function agentsOf(database: Database, memories: readonly Memory[]): Promise<string[]> {
  if (memories.some(({ owner }) => owner === null)) return (await database.list('agents')).map(({ id }) => id)
  return [...new Set(memories.flatMap(({ owner }) => owner ?? []))]
}

/** Ids of runs by agent, but for those that had ended before the memory was made. */
async function runsSince(database: Database, earliest: number): Promise<Map<string, string[]>> {
  const runs = new Map<string, string[]>()
  for (const { id, agent, endedAt } of await database.list('runs')) {
    if (endedAt === undefined || endedAt >= earliest) runs.set(agent, [...(runs.get(agent) ?? []), id])
  }
  return runs
}

/** The turns that said it, as they are to be; looked for from the newest back to when it was first remembered. */
async function turnsWith(
  { database, clock }: RedactionDeps,
  agent: string,
  redactor: Redact,
  earliest: number,
): Promise<Turn[]> {
  const turns: Turn[] = []
  /** Calls of memory's tools; their results come later in the conversation, so they are known by then. */
  const calls = new Set<string>()
  for (let before: number | string = KEY_END; ;) {
    const range = { from: [agent, 0], to: [agent, before], reverse: true, limit: PAGES_PER_READ }
    const batch: Turn[] = await database.list('turns', range)
    for (const turn of batch) {
      if (turn.outcome?.where === 'memory') calls.add(turn.outcome.call)
      const said = redactedTurn(turn, redactor, calls)
      if (said !== turn) turns.push(said)
    }
    const last = batch.at(-1)
    if (!last || batch.length < PAGES_PER_READ || last.index === 0) return turns
    if (batch.every(({ at }) => at < earliest)) return turns
    before = last.index - 1
    await clock.sleep(0)
  }
}

const isOfMemory = ({ id, name }: ToolCall, calls: ReadonlySet<string>): boolean =>
  calls.has(id) || MEMORY_TOOLS.has(name)

function redactedTurn(turn: Turn, redactor: Redact, calls: ReadonlySet<string>): Turn {
  const { outcome } = turn
  if (outcome?.where === 'memory') {
    const value = redactor(outcome.value)
    if (value === outcome.value) return turn
    return { ...turn, text: redactor(turn.text), outcome: { ...outcome, value } }
  }
  const toolCalls = turn.toolCalls.map((call) => {
    const args = isOfMemory(call, calls) ? redactor(call.arguments) : call.arguments
    return args === call.arguments ? call : { ...call, arguments: args }
  })
  return toolCalls.every((call, place) => call === turn.toolCalls[place]) ? turn : { ...turn, toolCalls }
}

/** The pages of those turns, measured anew; where they begin and end stays, so that what people did to them does too. */
async function pagesOf({ database, pages }: RedactionDeps, agent: string, changed: readonly Turn[]) {
  const { table } = await pages.open(agent)
  const instead = new Map(changed.map((turn) => [turn.index, turn]))
  const touched = new Set(changed.flatMap(({ index }) => table.at(index) ?? []))
  const measured: PageRecord[] = []
  for (const page of touched) {
    const turns = await database.list('turns', { from: [agent, page.from], to: [agent, page.to] })
    const messages = turns.map((turn) => messageOf(instead.get(turn.index) ?? turn))
    const { items, bytes } = extentOf(messages, [], () => undefined)
    measured.push({ ...page, items, bytes, digest: null })
  }
  return measured
}

/** Events of a run that hold the same; of what is in memory of a run under way, nothing is read again but by who watches it. */
async function journalOf(database: Database, run: string, redactor: Redact): Promise<Mutation[]> {
  const records = await database.list('journal', { from: [run, 0], to: [run, KEY_END] })
  const calls = new Set<string>()
  for (const { event } of records) {
    const outcome =
      event.type === 'turn' ? event.turn.outcome : event.type === 'tool-result' ? event.outcome : undefined
    if (outcome?.where === 'memory') calls.add(outcome.call)
  }
  return records.flatMap((record): Mutation[] => {
    const event = redactedEvent(record.event, redactor, calls)
    return event === record.event ? [] : [{ op: 'put', store: 'journal', value: { ...record, event } }]
  })
}

function redactedEvent(event: RunEvent, redactor: Redact, calls: ReadonlySet<string>): RunEvent {
  if (event.type === 'turn') {
    const turn = redactedTurn(event.turn, redactor, calls)
    return turn === event.turn ? event : { ...event, turn }
  }
  if (event.type === 'tool-result' && event.outcome.where === 'memory') {
    const value = redactor(event.outcome.value)
    return value === event.outcome.value ? event : { ...event, outcome: { ...event.outcome, value } }
  }
  if ((event.type === 'tool-call' || event.type === 'undecided') && isOfMemory(event.call, calls)) {
    const args = redactor(event.call.arguments)
    return args === event.call.arguments ? event : { ...event, call: { ...event.call, arguments: args } }
  }
  return event
}

function holdsMemories({ syscall, result }: CallRecord): boolean {
  if (syscall.startsWith('memory.')) return true
  const ran = syscall === 'tool.call' && typeof result === 'object' && result !== null && 'where' in result
  return ran && result.where === 'memory'
}
