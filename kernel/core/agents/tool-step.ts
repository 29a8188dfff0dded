/** One tool call of a run: announced on disk, run through the gate, its result committed with its turn. */
import {
  HearthError,
  toWire,
  type Agent,
  type JsonValue,
  type ToolCall,
  type ToolInfo,
  type ToolOutcome,
  type Turn,
} from '../../abi/index.ts'
import type { Invoke } from '../call.ts'
import { TOOL_RETURN_MS } from '../param.ts'
import type { Platform } from '../platform.ts'
import type { RunRecord } from '../storage/records.ts'
import { TOOL_ATTEMPTS } from '../tools/param.ts'
import type { ToolService } from '../tools/service.ts'
import type { TurnIndexes } from './conversation.ts'
import { withoutEffect } from './effects.ts'
import type { RunControl } from './run-control.ts'
import type { RunLog } from './run-log.ts'
import type { RunMeter } from './run-meter.ts'

export interface ToolStepDeps {
  readonly platform: Pick<Platform, 'clock' | 'random' | 'database'>
  readonly tools: Pick<ToolService, 'find' | 'whereOf' | 'whenOffered'>
  readonly invoke: Invoke
  readonly turns: TurnIndexes
}

export interface ToolStepContext {
  readonly log: RunLog
  readonly agent: Agent
  readonly signal: AbortSignal
  readonly control: RunControl
  readonly meter: RunMeter
}

/** What the model is told of a call that a person says has or has not happened, without a result of its own. */
const HAPPENED = 'It happened. There is no result: Hearth was interrupted before it could be read.'
const NOT_HAPPENED = 'It did not happen: Hearth was interrupted before.'

/** Announces the call and runs it. @throws HearthError `budget-spent`, or the signal's reason. */
export async function callTool(deps: ToolStepDeps, context: ToolStepContext, call: ToolCall): Promise<void> {
  const { log, control, meter } = context
  meter.call()
  control.show('waiting', `the tool ${call.name}`)
  await log.append({
    durability: 'strict',
    change: (record) => withRepeatable(record, deps.tools.find(call.name)),
    events: (record) => [{ type: 'tool-call', round: record.round, call }],
  })
  await recordOutcome(deps, context, await outcomeOf(deps, context, call))
}

/**
 * Deals with a call that an earlier kernel announced and has no result of: one that is known to be done is over; others are
 * repeated if that does no harm, for which a page gets the time to offer its function again; otherwise a person decides.
 */
export async function settleTool(deps: ToolStepDeps, context: ToolStepContext, call: ToolCall): Promise<void> {
  const { repeatable, effect } = context.log.record
  if (effect?.call === call.id) return recordOutcome(deps, context, returned(deps, call, effect.value))
  if (repeatable === undefined) return decideTool(deps, context, call)
  context.control.show('waiting', `the tool ${call.name}`)
  if (repeatable === 'when-offered') await untilOffered(deps, context, call.name)
  context.signal.throwIfAborted()
  context.meter.call()
  await recordOutcome(deps, context, await outcomeOf(deps, context, call))
}

async function untilOffered(
  deps: ToolStepDeps,
  { signal }: Pick<ToolStepContext, 'signal'>,
  tool: string,
): Promise<void> {
  const done = new AbortController()
  const wait = AbortSignal.any([signal, done.signal])
  await Promise.race([
    deps.tools.whenOffered(tool, wait).catch(() => undefined),
    deps.platform.clock.sleep(TOOL_RETURN_MS, wait).catch(() => undefined),
  ])
  done.abort()
}

/** Names of pages' functions among the tools an agent may use now. */
export const pageToolsOf = (deps: { tools: Pick<ToolService, 'find'> }, { tools }: Agent): string[] =>
  tools.filter((name) => deps.tools.find(name)?.from.kind === 'page')

/** Gives pages whose functions an earlier kernel showed the model a moment to offer them again. @throws the signal's reason. */
export async function whenPagesBack(deps: ToolStepDeps, context: Omit<ToolStepContext, 'agent'>): Promise<void> {
  const { log, control, signal } = context
  const missing = (log.record.pageTools ?? []).filter((name) => !deps.tools.find(name))
  if (missing.length === 0) return
  control.show('waiting', `the page with ${missing.join(', ')}`)
  await Promise.all(missing.map((name) => untilOffered(deps, { signal }, name)))
  signal.throwIfAborted()
}

/** Waits for a person's decision, or carries one out. Every step is on disk before the next, so that it survives any number of kernels. */
async function decideTool(deps: ToolStepDeps, context: ToolStepContext, call: ToolCall): Promise<void> {
  const { log, control, signal } = context
  const { decided } = log.record
  if (decided?.call !== call.id) {
    if (log.record.undecided?.id !== call.id) {
      await log.append({
        durability: 'strict',
        change: (record) => ({ ...record, undecided: call }),
        events: (record) => [{ type: 'undecided', round: record.round, call }],
      })
    }
    control.show('waiting', `you to say what became of ${call.name}`)
    // Whoever decided or resumed has the run look again, from the top: it may be paused by then.
    return control.until(() => log.record.decided?.call === call.id || control.held, signal)
  }
  if (decided.decision === 'not-done') return recordOutcome(deps, context, failed(deps, call, NOT_HAPPENED, 0), 0)
  if (decided.decision === 'done') {
    return recordOutcome(deps, context, returned(deps, call, decided.result ?? HAPPENED))
  }
  control.show('waiting', `the tool ${call.name}`)
  await untilOffered(deps, context, call.name)
  signal.throwIfAborted()
  context.meter.call()
  // Forgotten before it runs: should this kernel die as well, it is in doubt once more.
  await log.append({ durability: 'strict', change: withoutDoubt, events: () => [] })
  await recordOutcome(deps, context, await outcomeOf(deps, context, call))
}

function withoutDoubt({ undecided: _undecided, decided: _decided, ...record }: RunRecord): RunRecord {
  return record
}

function withRepeatable({ repeatable: _before, ...record }: RunRecord, tool: ToolInfo | undefined): RunRecord {
  // What does not exist does nothing, however often it is called.
  if (!tool || (tool.idempotent && tool.from.kind === 'builtin')) return { ...record, repeatable: 'at-once' }
  return tool.idempotent ? { ...record, repeatable: 'when-offered' } : record
}

async function outcomeOf(
  deps: ToolStepDeps,
  { agent, log, signal }: ToolStepContext,
  call: ToolCall,
): Promise<ToolOutcome> {
  const { clock } = deps.platform
  const began = clock.monotonic()
  const principal = { kind: 'agent', id: agent.id, run: log.record.id } as const
  const caller = { principal, session: null, name: agent.name }
  for (let attempt = 1; ; attempt += 1) {
    try {
      const request = { name: call.name, arguments: call.arguments }
      const outcome = await deps.invoke(caller, 'tool.call', request, { signal })
      return { ...outcome, call: call.id }
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (await mayRepeat(error, attempt)) continue
      return failed(deps, call, toWire(error).message, clock.monotonic() - began)
    }
  }

  /** Whether only its page was lost, reloaded perhaps, and repeating does no harm; then it is there again. */
  async function mayRepeat(error: unknown, attempt: number): Promise<boolean> {
    if (!HearthError.is(error, 'tool-gone') || log.record.repeatable !== 'when-offered') return false
    if (attempt === TOOL_ATTEMPTS) return false
    await untilOffered(deps, { signal }, call.name)
    signal.throwIfAborted()
    return deps.tools.find(call.name) !== undefined
  }
}

/** The outcome of a call that has no result of its own. */
export function failed(deps: Pick<ToolStepDeps, 'tools'>, call: ToolCall, message: string, ms: number): ToolOutcome {
  return { call: call.id, tool: call.name, ok: false, value: message, ms, where: deps.tools.whereOf(call.name) }
}

/** The outcome of a call that an earlier kernel made. */
function returned(deps: Pick<ToolStepDeps, 'tools'>, call: ToolCall, value: JsonValue): ToolOutcome {
  return { ...failed(deps, call, '', 0), ok: true, value }
}

async function recordOutcome(
  deps: ToolStepDeps,
  context: ToolStepContext,
  outcome: ToolOutcome,
  calls: 0 | 1 = 1,
): Promise<void> {
  const { log, agent, control, meter } = context
  const index = await deps.turns.take(agent.id)
  const turn = toolTurn(deps, log, agent.id, index, outcome)
  const charge = meter.settleCall(calls)
  const { spent } = meter
  control.show('running')
  await log.append({
    durability: 'strict',
    change({ repeatable: _settled, ...record }) {
      return { ...withoutEffect(withoutDoubt(record)), spent }
    },
    events: (record) => [
      { type: 'tool-result', round: record.round, outcome },
      { type: 'turn', turn },
    ],
    writes: () => [...charge, { op: 'put', store: 'turns', value: turn }],
  })
}

/** A tool's result as a turn, labelled with where it came from. */
export function toolTurn(
  deps: Pick<ToolStepDeps, 'platform' | 'tools'>,
  log: RunLog,
  agent: string,
  index: number,
  outcome: ToolOutcome,
): Turn {
  const run = log.record.id
  const from = deps.tools.find(outcome.tool)?.from.kind
  return {
    id: deps.platform.random.id('turn'),
    agent,
    index,
    role: 'tool',
    text: textOf(outcome.value),
    toolCalls: [],
    outcome,
    ended: 'complete',
    provenance: {
      source: from !== 'builtin' ? 'outside' : outcome.tool === 'recall' ? 'memory' : 'tool',
      principal: { kind: 'agent', id: agent, run },
      tool: outcome.tool,
      run,
      trust: outcome.provenance?.trust ?? 'untrusted',
    },
    run,
    at: deps.platform.clock.now(),
  }
}

const textOf = (value: JsonValue): string => (typeof value === 'string' ? value : JSON.stringify(value))
