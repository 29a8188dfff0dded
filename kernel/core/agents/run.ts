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
import { inState, runOf, type EventBody, type RunLog } from './run-log.ts'
import { decide } from './run-machine.ts'
import { callTool, failed, settleTool, toolTurn, type ToolStepDeps } from './tool-step.ts'
import { writtenBy } from '../provenance.ts'

export interface RunDeps extends AnswerDeps, Omit<ToolStepDeps, 'tools'> {
  readonly tools: ToolStepDeps['tools']
  readonly events: KernelEvents
  /** Settings as they are now: a change serves from the next round on. @throws HearthError `not-found`. */
  agent(id: string): Agent
  /** Writes that go with the end of a run. */
  endWrites(record: RunRecord, events: readonly RunEvent[]): Promise<Mutation[]>
}

/** Reason of a signal that stops a run without ending it: the kernel is closing, and a later one goes on. */
export const SUSPENDED = new HearthError('cancelled', 'The kernel is closing; the run continues with the next one.', {
  by: 'kernel',
})

const STOPPED = 'stopped before it could answer'

/** Resolves when the run has ended or was suspended. Never rejects. */
export async function driveRun(deps: RunDeps, log: RunLog, signal: AbortSignal): Promise<void> {
  const changed = (): void => deps.events.publish({ type: 'run', run: runOf(log.record) })
  const watch = log.watch(log.events.at(-1)?.seq ?? -1, (event) => {
    if (event.type === 'turn' || event.type === 'started') {
      deps.events.publish({ type: 'conversation', agent: log.record.agent })
    }
  })
  try {
    for (;;) {
      signal.throwIfAborted()
      const agent = deps.agent(log.record.agent)
      const context = { log, agent, signal, changed }
      const decision = decide(log.progress, agent.limits.rounds)
      if (decision.do === 'begin') await begin(deps, log, changed)
      else if (decision.do === 'answer') await writeAnswer(deps, context, decision)
      else if (decision.do === 'call') await callTool(deps, context, decision.call)
      else if (decision.do === 'settle') await settleTool(deps, context, decision.call)
      else if (decision.do === 'end') await end(deps, log, 'done')
      else return
    }
  } catch (error) {
    if (signal.reason === SUSPENDED) return
    await endEarly(deps, log, signal.aborted ? null : error)
  } finally {
    watch[Symbol.dispose]()
    changed()
  }
}

/** Puts the user's turn into the conversation, in place of what it replaces. */
async function begin({ platform, turns, context }: RunDeps, log: RunLog, changed: () => void): Promise<void> {
  const { database, clock } = platform
  const { agent, request, principal, id, turn: turnId } = log.record
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
  changed()
}

/** Ends a run that was stopped (`error` null) or failed, keeping all that was written. */
async function endEarly(deps: RunDeps, log: RunLog, error: unknown): Promise<void> {
  try {
    await keepPartial(deps, log, error === null ? 'stopped' : 'failed')
    await end(deps, log, error === null ? 'cancelled' : 'failed', error)
  } catch (second) {
    // Not even the end could be stored. Watchers learn of it here; the record stays, so the next kernel tries again.
    const { code, message } = toWire(error ?? second)
    log.record = { ...inState(log.record, 'failed'), error: { code, message } }
    const text = 'A run could not be stored and was stopped. Free some space; it continues when Hearth starts again.'
    deps.events.publish({ type: 'notice', level: 'warning', code: toWire(second).code, message: text })
  }
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
  const change = (before: RunRecord): RunRecord => {
    const { answerTokens: _tokens, window: _window, repeatable: _call, request: _text, ...rest } = before
    const record = { ...inState(rest, state), endedAt: deps.platform.clock.now() }
    if (state !== 'failed') return record
    const { code, message } = toWire(error)
    return { ...record, error: { code, message } }
  }
  const writes = await deps.endWrites(change(log.record), log.events)
  await log.append({
    durability: 'strict',
    change,
    events: (record) => [{ type: 'done', run: runOf(record) }],
    writes: () => writes,
  })
}
