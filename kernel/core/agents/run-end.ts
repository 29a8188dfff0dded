/**
 * How a run ends. One that was stopped or failed keeps all that was written, as a turn, and no call of it is left without a
 * result. What was taken is charged with the end, unless it was with a turn.
 */
import { toWire, type Run, type RunEvent, type ToolOutcome, type Turn } from '../../abi/index.ts'
import type { KernelEvents } from '../events.ts'
import type { Mutation } from '../storage/database.ts'
import type { RunRecord } from '../storage/records.ts'
import { modelProvenance, takenOf } from './answer.ts'
import type { EventBody, RunLog } from './run-log.ts'
import type { RunMeter } from './run-meter.ts'
import { endedRecord, runOf, unsavedRecord, type EarlyEnd } from './run-record.ts'
import { failed, toolTurn, type ToolStepDeps } from './tool-step.ts'

export interface EndDeps extends Pick<ToolStepDeps, 'platform' | 'tools' | 'turns'> {
  readonly events: KernelEvents
  /** Writes that go with the end of a run. */
  endWrites(record: RunRecord, events: readonly RunEvent[]): Promise<Mutation[]>
}

interface EndingRun {
  readonly log: RunLog
  readonly meter: RunMeter
}

const STOPPED = 'stopped before it could answer'

/** Ends a run early, keeping all that was written. @throws what storing failed with; then it may be called again. */
export async function saveEnd(deps: EndDeps, run: EndingRun, { state, error }: EarlyEnd): Promise<void> {
  await keepPartial(deps, run.log, state === 'cancelled' ? 'stopped' : 'failed')
  await endRun(deps, run, state, error)
}

/**
 * Not even the end could be stored. It counts all the same: whoever asked was told. What says so on disk is as small as it
 * can be, since a full disk may still take it; the rest is tried again until it succeeds, by a later kernel if need be.
 */
export async function unsaved(deps: EndDeps, log: RunLog, early: EarlyEnd, failure: unknown): Promise<EarlyEnd> {
  const { clock, database } = deps.platform
  log.record = unsavedRecord(log.record, early, clock.now())
  await database.commit([{ op: 'put', store: 'runs', value: log.record }], 'strict').catch(() => undefined)
  const message = 'How a run ended could not be stored. Free some space; until then it is tried again and again.'
  deps.events.publish({ type: 'notice', level: 'warning', code: toWire(failure).code, message })
  return early
}

async function keepPartial(deps: EndDeps, log: RunLog, ended: 'stopped' | 'failed'): Promise<void> {
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

export async function endRun(
  deps: EndDeps,
  { log, meter }: EndingRun,
  state: Run['state'],
  error?: unknown,
): Promise<void> {
  const at = deps.platform.clock.now()
  const charge = meter.settleAnswer(takenOf(log.record))
  const { spent } = meter
  const change = (before: RunRecord): RunRecord => ({ ...endedRecord(before, state, at, error), spent })
  const writes = [...charge, ...meter.close(), ...(await deps.endWrites(change(log.record), log.events))]
  await log.append({
    durability: 'strict',
    change,
    events: (record) => [{ type: 'done', run: runOf(record) }],
    writes: () => writes,
  })
}
