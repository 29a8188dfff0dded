/**
 * Drives one run: asks the state machine what to do, does it, and lets the journal decide again, until it says `end`.
 * However a run ends, the conversation is well formed: what was written stays as a turn, and no call is without a result.
 */
import {
  HearthError,
  toWire,
  type Agent,
  type Run,
  type RunEvent,
  type ToolOutcome,
  type Turn,
} from '../../abi/index.ts'
import type { KernelEvents } from '../events.ts'
import type { Mutation } from '../storage/database.ts'
import type { RunRecord } from '../storage/records.ts'
import { modelProvenance, writeAnswer, type AnswerDeps } from './answer.ts'
import { findUserTurn } from './conversation.ts'
import type { RunControl } from './run-control.ts'
import { inState, runOf, type EventBody, type RunLog } from './run-log.ts'
import { decide } from './run-machine.ts'
import { callTool, failed, settleTool, toolTurn, type ToolStepDeps } from './tool-step.ts'
import { writtenBy } from '../provenance.ts'

export interface RunDeps extends AnswerDeps, Omit<ToolStepDeps, 'tools'> {
  readonly tools: ToolStepDeps['tools']
  readonly events: KernelEvents
  /** Settings as they are now: a change serves from the next round on. @throws HearthError `not-found`. */
  agent(id: string): Agent
  findAgent(id: string): Agent | undefined
  /** Has what an earlier run of this agent left unstored stored first. @throws what storing failed with. */
  beforeBegin(agent: string): Promise<void>
  /** Writes that go with the end of a run. */
  endWrites(record: RunRecord, events: readonly RunEvent[]): Promise<Mutation[]>
}

/** Reason of a signal that stops a run without ending it: the kernel is closing, and a later one goes on. */
export const SUSPENDED = new HearthError('cancelled', 'The kernel is closing; the run continues with the next one.', {
  by: 'kernel',
})

const STOPPED = 'stopped before it could answer'

/** One run while it is driven. */
export interface DrivenRun {
  readonly log: RunLog
  readonly control: RunControl
  readonly signal: AbortSignal
}

/** How a run ended that was stopped or failed. */
export interface EarlyEnd {
  readonly state: 'cancelled' | 'failed'
  readonly error: unknown
}

/** Resolves when the run has ended or was suspended; with its end when that could not be stored. Never rejects. */
export async function driveRun(deps: RunDeps, run: DrivenRun): Promise<EarlyEnd | null> {
  const { log, control, signal } = run
  const watch = log.watch(log.events.at(-1)?.seq ?? -1, (event) => {
    if (event.type === 'turn' || event.type === 'started') {
      deps.events.publish({ type: 'conversation', agent: log.record.agent })
    }
  })
  try {
    while (await step(deps, run));
    return null
  } catch (error) {
    if (signal.reason === SUSPENDED) return null
    const early: EarlyEnd = signal.aborted ? { state: 'cancelled', error: null } : { state: 'failed', error }
    return await saveEnd(deps, log, early).then(
      () => null,
      (failure: unknown) => unsaved(deps, log, early, failure),
    )
  } finally {
    watch[Symbol.dispose]()
    control.publish()
  }
}

/** Does what comes next. False when nothing does. */
async function step(deps: RunDeps, run: DrivenRun): Promise<boolean> {
  const { log, control, signal } = run
  signal.throwIfAborted()
  const rounds = (): number => deps.agent(log.record.agent).limits.rounds
  // One that only has to end does so also while it is paused.
  if (decide(log.progress, rounds()).do !== 'end') await control.pass(signal)
  signal.throwIfAborted()
  const agent = deps.agent(log.record.agent)
  const context = { ...run, agent }
  const decision = decide(log.progress, rounds())
  if (decision.do === 'begin') await begin(deps, run)
  else if (decision.do === 'answer') await writeAnswer(deps, context, decision)
  else if (decision.do === 'call') await callTool(deps, context, decision.call)
  else if (decision.do === 'settle') await settleTool(deps, context, decision.call)
  else if (decision.do === 'end') await end(deps, log, 'done')
  else return false
  return true
}

/** Puts the user's turn into the conversation, in place of what it replaces. */
async function begin(deps: RunDeps, { log, control }: DrivenRun): Promise<void> {
  const { turns, context } = deps
  const { database, clock } = deps.platform
  const { agent, request, principal, id, turn: turnId } = log.record
  await deps.beforeBegin(agent)
  const index = await turns.take(agent)
  const replaced = request?.replace === undefined ? null : await findUserTurn(database, agent, request.replace)
  const pages = replaced ? await context.forget(agent, replaced.index) : null
  const turn: Turn = {
    id: turnId,
    agent,
    index,
    role: 'user',
    text: request?.text ?? '',
    toolCalls: [],
    ended: 'complete',
    provenance: { ...writtenBy(principal), run: id },
    run: id,
    at: clock.now(),
  }
  await log.append({
    // Nothing outside depends on it yet, and the first token waits for it.
    durability: 'relaxed',
    change({ request: _begun, ...record }) {
      return { ...inState(record, 'running'), round: 1 }
    },
    events: (record) => [{ type: 'started', run: runOf(record), turn }],
    writes: () => [
      ...(replaced
        ? [{ op: 'delete-range', store: 'turns', from: [agent, replaced.index], to: [agent, index - 1] } as const]
        : []),
      ...(pages?.writes ?? []),
      { op: 'put', store: 'turns', value: turn },
    ],
  })
  pages?.after()
  control.show('running')
}

/** Ends a run early, keeping all that was written. @throws what storing failed with; then it may be called again. */
export async function saveEnd(deps: RunDeps, log: RunLog, { state, error }: EarlyEnd): Promise<void> {
  await keepPartial(deps, log, state === 'cancelled' ? 'stopped' : 'failed')
  await end(deps, log, state, error)
}

/**
 * Not even the end could be stored. It counts all the same: whoever asked was told. What says so on disk is as small as it
 * can be, since a full disk may still take it; the rest is tried again until it succeeds, by a later kernel if need be.
 */
async function unsaved(deps: RunDeps, log: RunLog, early: EarlyEnd, failure: unknown): Promise<EarlyEnd> {
  const record = endedRecord(log.record, early.state, deps.platform.clock.now(), early.error)
  log.record = record
  const tombstone: RunRecord = { ...record, unsaved: true }
  await deps.platform.database.commit([{ op: 'put', store: 'runs', value: tombstone }], 'strict').catch(() => undefined)
  const text = 'How a run ended could not be stored. Free some space; until then it is tried again and again.'
  deps.events.publish({ type: 'notice', level: 'warning', code: toWire(failure).code, message: text })
  return early
}

async function keepPartial(deps: RunDeps, log: RunLog, ended: 'stopped' | 'failed'): Promise<void> {
  const { round, text, calls } = log.progress
  const { agent, id, model } = log.record
  if (log.progress.phase !== 'active' || (text === '' && calls.length === 0)) return
  const index = await deps.turns.take(agent, calls.length + 1)
  const turns: Turn[] = []
  const bodies: EventBody[] = []
  if (text !== '') {
    const turn: Turn = {
      id: deps.platform.random.id('turn'),
      agent,
      index,
      role: 'assistant',
      text,
      toolCalls: [],
      ended,
      provenance: modelProvenance(agent, id, model),
      run: id,
      at: deps.platform.clock.now(),
    }
    turns.push(turn)
    bodies.push({ type: 'turn', turn })
  }
  for (const [offset, call] of calls.entries()) {
    const unsure = offset === 0 && log.progress.announced
    const outcome: ToolOutcome = failed(deps, call, unsure ? `${STOPPED}; it may have happened` : STOPPED, 0)
    const turn = toolTurn(deps, log, agent, index + turns.length, outcome)
    turns.push(turn)
    bodies.push({ type: 'tool-result', round, outcome }, { type: 'turn', turn })
  }
  await log.append({
    durability: 'relaxed',
    events: () => bodies,
    writes: () => turns.map((turn) => ({ op: 'put', store: 'turns', value: turn })),
  })
}

async function end(deps: RunDeps, log: RunLog, state: Run['state'], error?: unknown): Promise<void> {
  const at = deps.platform.clock.now()
  const change = (before: RunRecord): RunRecord => endedRecord(before, state, at, error)
  const writes = await deps.endWrites(change(log.record), log.events)
  await log.append({
    durability: 'strict',
    change,
    events: (record) => [{ type: 'done', run: runOf(record) }],
    writes: () => writes,
  })
}

/** The record as `runs` keeps it: without what only going on takes. */
function endedRecord(before: RunRecord, state: Run['state'], at: number, error: unknown): RunRecord {
  const { answerTokens: _tokens, window: _window, cursor: _cursor, repeatable: _call, request: _text, ...rest } = before
  const { paused: _paused, undecided: _undecided, decided: _decided, error: _error, unsaved: _unsaved, ...kept } = rest
  const record = { ...inState(kept, state), endedAt: before.endedAt ?? at }
  if (state !== 'failed') return record
  const { code, message } = toWire(error)
  return { ...record, error: { code, message } }
}
