/**
 * Drives one run: asks the state machine what to do, does it, and lets the journal decide again, until it says `end`.
 * However a run ends, the conversation is well formed: what was written stays as a turn, and no call is without a result.
 */
import { HearthError, type Agent, type Turn } from '../../abi/index.ts'
import type { KernelEvents } from '../events.ts'
import { writtenBy } from '../provenance.ts'
import { writeAnswer, type AnswerDeps } from './answer.ts'
import { findUserTurn } from './conversation.ts'
import type { RunControl } from './run-control.ts'
import { endRun, saveEnd, unsaved, type EndDeps } from './run-end.ts'
import type { RunLog } from './run-log.ts'
import { decide } from './run-machine.ts'
import type { RunMeter } from './run-meter.ts'
import { inState, runOf, type EarlyEnd } from './run-record.ts'
import { callTool, pageToolsOf, settleTool, whenPagesBack, type ToolStepDeps } from './tool-step.ts'

export interface RunDeps extends AnswerDeps, EndDeps, Omit<ToolStepDeps, 'tools'> {
  readonly tools: ToolStepDeps['tools']
  readonly events: KernelEvents
  /** Settings as they are now: a change serves from the next round on. @throws HearthError `not-found`. */
  agent(id: string): Agent
  /** Has what an earlier run of this agent left unstored stored first. @throws what storing failed with. */
  beforeBegin(agent: string): Promise<void>
}

/** Reason of a signal that stops a run without ending it: the kernel is closing, and a later one goes on. */
export const SUSPENDED = new HearthError('cancelled', 'The kernel is closing; the run continues with the next one.', {
  by: 'kernel',
})

/** One run while it is driven. */
export interface DrivenRun {
  readonly log: RunLog
  readonly control: RunControl
  readonly meter: RunMeter
  readonly signal: AbortSignal
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
    if (log.progress.phase === 'active') await whenPagesBack(deps, run)
    while (await step(deps, run));
    return null
  } catch (error) {
    if (signal.reason === SUSPENDED) {
      run.meter.release()
      return null
    }
    const early: EarlyEnd = signal.aborted ? { state: 'cancelled', error: null } : { state: 'failed', error }
    return await saveEnd(deps, run, early).then(
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
  const next = decide(log.progress, rounds()).do
  if (next === 'nothing') return false
  // One that only has to end does so also while it is paused.
  if (next !== 'end') await control.pass(signal)
  signal.throwIfAborted()
  const agent = deps.agent(log.record.agent)
  const context = { ...run, agent }
  const decision = decide(log.progress, rounds())
  if (decision.do === 'begin') await begin(deps, run)
  else if (decision.do === 'answer') await writeAnswer(deps, context, decision)
  else if (decision.do === 'call') await callTool(deps, context, decision.call)
  else if (decision.do === 'settle') await settleTool(deps, context, decision.call)
  else await endRun(deps, run, 'done')
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
  if (pages === null) context.prepare(agent)
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
      return { ...inState(record, 'running'), round: 1, pageTools: pageToolsOf(deps, deps.agent(agent)) }
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
