/**
 * How one run asks another agent: it starts a run of that agent, of which it is the parent, and waits for its answer. After a
 * crash both go on by themselves, and the repeated tool call finds the run it started. What would wait for itself is
 * refused before it starts. Imported when one is first asked.
 */
import { HearthError, type Agent, type Run } from '../../abi/index.ts'
import { RUN_DEPTH } from '../param.ts'
import type { AskRequest } from '../tools/builtin/ask-agent.ts'
import type { RunRecord } from '../storage/records.ts'
import type { ActiveRun } from './active-runs.ts'
import type { AgentStore } from './agent-store.ts'
import type { Runs } from './runs.ts'

/** Names that an error lists, so that a model can correct itself. */
const NAMES_LISTED = 20

export async function askAgent(
  runs: Runs,
  agents: Pick<AgentStore, 'find' | 'list'>,
  request: AskRequest,
): Promise<string> {
  const { principal, question: text, name: askedBy, signal } = request
  // Given up before this was loaded: its run may have another call by now.
  signal.throwIfAborted()
  const asker = principal.kind === 'agent' ? runs.active.get(principal.run) : undefined
  const [call] = asker?.log.progress.calls ?? []
  const parent = asker && call ? { run: asker.log.record.id, call: call.id } : undefined
  const known = parent && runs.answering(parent)
  if (known) return answerOf(runs, known.id, request)
  const agent = findAgent(agents, request.agent)
  if (asker) assertMayAsk(runs, asker, agent)
  signal.throwIfAborted()
  const id = await runs.start({ agent: agent.id, text, principal, askedBy, ...(parent ? { parent } : {}) })
  return answerOf(runs, id, request)
}

async function answerOf(runs: Runs, id: string, { signal }: AskRequest): Promise<string> {
  let text = ''
  const run = await runs
    .watch(id, -1, signal, (event) => {
      if (event.type === 'turn' && event.turn.role === 'assistant') text = event.turn.text
    })
    .catch((error: unknown) => {
      // A kernel that closes leaves both to the next one.
      if (!runs.suspended) void runs.cancel(id)
      throw error
    })
  if (run.state === 'done') return text
  throw unanswered(run)
}

function unanswered({ agentName, state, error }: Run): HearthError {
  const reason = state === 'failed' ? (error?.message ?? 'it failed') : 'it was stopped'
  return new HearthError('tool-failed', `${agentName} did not answer: ${reason}`, { tool: 'ask_agent', reason })
}

/** By id, or by name as a model writes it: "the Calendar agent" is Calendar. @throws HearthError `not-found`. */
function findAgent(agents: Pick<AgentStore, 'find' | 'list'>, wanted: string): Agent {
  const byId = agents.find(wanted)
  if (byId) return byId
  const all = agents.list()
  const plain = (name: string): string =>
    name
      .trim()
      .toLowerCase()
      .replace(/^the\s+/, '')
      .replace(/\s+agent$/, '')
  const exact = all.filter(({ name }) => name === wanted.trim())
  const [found, second] = exact.length > 0 ? exact : all.filter(({ name }) => plain(name) === plain(wanted))
  const refuse = (message: string): HearthError => new HearthError('not-found', message, { kind: 'agent', id: wanted })
  if (found && second) throw refuse(`There are several agents named ${found.name}. Ask one by its id: ${found.id}.`)
  if (found) return found
  const names = all.slice(0, NAMES_LISTED).map(({ name }) => name)
  throw refuse(`There is no agent "${wanted}". There are: ${names.join(', ')}.`)
}

function assertMayAsk(runs: Runs, asker: ActiveRun, agent: Agent): void {
  const chain = chainOf(runs, asker)
  const refuse = (reason: string): HearthError =>
    new HearthError('denied', `${agent.name} was not asked: ${reason}`, { syscall: 'tool.call', reason })
  if (chain.length >= RUN_DEPTH) {
    throw refuse(`at most ${RUN_DEPTH} agents may ask one another in a row. Answer with what you know.`)
  }
  if (chain.some(({ log }) => log.record.agent === agent.id)) {
    throw refuse('it is waiting for this very answer. Answer with what you know.')
  }
  // It takes one question at a time, so this one would wait for all that it has now.
  const waits = new Set(chain)
  const seen = new Set<ActiveRun>()
  const reaches = (run: ActiveRun): boolean => {
    if (waits.has(run)) return true
    if (seen.has(run)) return false
    seen.add(run)
    return runs.active.waitsFor(run).some(reaches)
  }
  if (runs.active.of(agent.id).some(reaches)) {
    throw refuse('it is busy with a question that itself waits for this answer. Answer with what you know.')
  }
}

/** The run and all that wait for it, up to the one that a person or an app asked for. */
function chainOf(runs: Runs, asker: ActiveRun): ActiveRun[] {
  const chain: ActiveRun[] = []
  for (let at: ActiveRun | undefined = asker; at;) {
    chain.push(at)
    const { parent }: RunRecord = at.log.record
    at = parent === undefined ? undefined : runs.active.get(parent)
  }
  return chain
}
