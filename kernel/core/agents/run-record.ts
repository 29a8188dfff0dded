/** What is kept of a run: how its record is made, what of it clients see, and what stays once it has ended. */
import {
  HearthError,
  toWire,
  type Agent,
  type Principal,
  type Run,
  type SchedulingClass,
  type SyscallArgs,
  type WireError,
} from '../../abi/index.ts'
import { TITLE_UNITS } from '../param.ts'
import type { Platform } from '../platform.ts'
import type { SchedulingAttributes } from '../scheduler/schedulable.ts'
import type { RunRecord } from '../storage/records.ts'
import { cutText } from '../tools/result.ts'

/** From the one that is served last to the one that is served first. */
const CLASSES: readonly SchedulingClass[] = ['background', 'normal', 'interactive']

/** The lower of two classes. */
export const lowerClass = (left: SchedulingClass, right: SchedulingClass): SchedulingClass =>
  CLASSES.indexOf(left) < CLASSES.indexOf(right) ? left : right

export interface StartRequest extends Omit<SyscallArgs<'agent.run'>, 'agent' | 'text'> {
  /** Id of the call to settle when the run ends; none for a run that another one asks for. */
  call?: string
  agent: string
  text: string
  /** The run whose tool call asks, and that call. */
  parent?: { run: string; call: string }
  principal: Principal
  /** For a person: who asks. */
  askedBy: string
}

export interface NewRun {
  readonly agent: Agent
  /** How the run that asks is scheduled; this one is as it is, unless it says otherwise. */
  readonly asker: SchedulingAttributes | undefined
  /** Whether it waits for another run of its agent. */
  readonly queued: boolean
}

export function newRun(
  { random, clock }: Pick<Platform, 'random' | 'clock'>,
  request: StartRequest,
  { agent, asker, queued }: NewRun,
): RunRecord {
  const { text, replace, call, parent, budget } = request
  const deadline = request.deadline ?? asker?.deadline ?? undefined
  const served = request.class ?? asker?.class ?? agent.class
  return {
    id: random.id('run'),
    agent: agent.id,
    agentName: agent.name,
    state: 'queued',
    ...(queued ? { waitingFor: 'the answer before it' } : {}),
    askedBy: request.askedBy,
    model: agent.model,
    startedAt: clock.now(),
    round: 0,
    completionTokens: 0,
    title: cutText(text.trim().split('\n')[0] ?? '', TITLE_UNITS),
    class: asker ? lowerClass(served, asker.class) : served,
    weight: request.weight ?? asker?.weight ?? agent.weight,
    ...(deadline === undefined ? {} : { deadline }),
    spent: { tokens: 0, seconds: 0, calls: 0 },
    ...(parent ? { parent: parent.run, parentCall: parent.call } : {}),
    ...(call === undefined ? {} : { call }),
    ...(budget ? { budget } : {}),
    principal: request.principal,
    turn: random.id('turn'),
    request: { text, ...(replace === undefined ? {} : { replace }) },
  }
}

/** The part of a record that clients see. */
export function runOf(record: RunRecord): Run {
  const { call: _call, principal: _principal, turn: _turn, request: _request, ...rest } = record
  const {
    answerTokens: _tokens,
    answerPrompt: _prompt,
    window: _window,
    cursor: _cursor,
    repeatable: _repeatable,
    ...more
  } = rest
  const { paused: _paused, budget: _budget, decided: _decided, effect: _effect, ...others } = more
  const { parentCall: _parentCall, unsaved: _unsaved, pageTools: _pageTools, ...run } = others
  return run
}

/** A record in another state; `waitingFor` only while it waits. */
export function inState(record: RunRecord, state: Run['state'], waitingFor?: string): RunRecord {
  const { waitingFor: _before, ...rest } = record
  return { ...rest, state, ...(waitingFor === undefined ? {} : { waitingFor }) }
}

export const hasEnded = ({ state }: RunRecord): boolean =>
  state === 'done' || state === 'failed' || state === 'cancelled'

/** How a run ended that was stopped or failed. */
export interface EarlyEnd {
  readonly state: 'cancelled' | 'failed'
  readonly error: unknown
}

/** What can be kept of one whose end could not be stored; what was taken for it is still to be charged. */
export function unsavedRecord(before: RunRecord, { state, error }: EarlyEnd, at: number): RunRecord {
  const { answerTokens, answerPrompt } = before
  return {
    ...endedRecord(before, state, at, error),
    ...(answerTokens === undefined ? {} : { answerTokens }),
    ...(answerPrompt === undefined ? {} : { answerPrompt }),
    unsaved: true,
  }
}

/** How a run ended of which that is all that could be stored. */
export function earlyEndOf({ state, error }: RunRecord): EarlyEnd {
  if (state === 'cancelled') return { state, error: null }
  const { code, message } = error ?? { code: 'storage-failed', message: 'How it failed could not be stored.' }
  return { state: 'failed', error: HearthError.fromWire({ code, message, data: {} } as unknown as WireError) }
}

/** The record as it is kept: without what only going on takes. */
export function endedRecord(before: RunRecord, state: Run['state'], at: number, error?: unknown): RunRecord {
  const { answerTokens: _tokens, answerPrompt: _prompt, window: _window, cursor: _cursor, ...rest } = before
  const { repeatable: _call, request: _text, paused: _paused, undecided: _undecided, ...more } = rest
  const { decided: _decided, effect: _effect, error: _error, unsaved: _unsaved, pageTools: _pageTools, ...kept } = more
  const record = { ...inState(kept, state), endedAt: before.endedAt ?? at }
  if (state !== 'failed') return record
  const { code, message } = toWire(error)
  return { ...record, error: { code, message } }
}
