/**
 * The logic of a run as a pure state machine: what was journaled determines the state, and the state determines what to
 * do next. The effects (engine, tools, database) are in run.ts and only ever do what `decide` says and record what came
 * of it, so a kernel that dies at any instruction goes on by folding the journal with `apply` and deciding again.
 *
 * Invariants:
 * - `started` happens once, and only `queued` and pauses come before it; nothing follows `done`.
 * - Texts of one answer, joined by `offset`, have neither gap nor repeat.
 * - An answer is complete exactly when its `turn` is journaled; until then it goes on from `text` as its prefix.
 * - A tool call is announced (`tool-call`) before it runs, in the order the model wrote them, one at a time.
 * - Every call settles with exactly one `tool-result`. One that was announced in an earlier life runs again only if
 *   repeating does no harm; otherwise its result is that nobody knows. One that a stop overtook may settle unannounced.
 * - A run takes at most `rounds` answers that may call tools, and one more that may not.
 * - A run ends only with every call of its answers settled, so the conversation is always well formed.
 */
import type { RunEvent, ToolCall } from '../../abi/index.ts'

export interface RunProgress {
  readonly phase: 'queued' | 'active' | 'ended'
  /** Answer being written or last written, from 1. */
  readonly round: number
  /** Journaled text of the answer being written. */
  readonly text: string
  /** True once the answer of this round is complete. */
  readonly complete: boolean
  /** Calls of that answer without a result, in order. */
  readonly calls: readonly ToolCall[]
  /** Whether the first of `calls` was announced. */
  readonly announced: boolean
  /** Who paused it, as far as watchers were told. */
  readonly pausedBy: 'user' | 'scheduler' | 'engine' | null
}

export const QUEUED: RunProgress = {
  phase: 'queued',
  round: 1,
  text: '',
  complete: false,
  calls: [],
  announced: false,
  pausedBy: null,
}

/** Events that may come before a run has started. */
const BEFORE_START: readonly RunEvent['type'][] = ['queued', 'paused', 'resumed', 'done']

export type Decision =
  | { do: 'begin' }
  /** Write the answer of this round, after `prefix`. */
  | { do: 'answer'; round: number; prefix: string; mayCall: boolean }
  /** Announce the call, then run it. */
  | { do: 'call'; call: ToolCall }
  /** The call was announced in an earlier life and has no result. */
  | { do: 'settle'; call: ToolCall }
  | { do: 'end' }
  | { do: 'nothing' }

/** What to do next. `rounds` is the limit of the agent. */
export function decide(progress: RunProgress, rounds: number): Decision {
  if (progress.phase === 'queued') return { do: 'begin' }
  if (progress.phase === 'ended') return { do: 'nothing' }
  if (!progress.complete) {
    return { do: 'answer', round: progress.round, prefix: progress.text, mayCall: progress.round <= rounds }
  }
  const [call] = progress.calls
  if (call) return progress.announced ? { do: 'settle', call } : { do: 'call', call }
  return { do: 'end' }
}

/**
 * The state after one more journaled event.
 * @throws Error when the event breaks an invariant: a defect, or a damaged journal.
 */
export function apply(progress: RunProgress, event: RunEvent): RunProgress {
  assert(progress.phase !== 'ended', 'nothing follows the end of a run', event)
  assert(
    progress.phase === 'queued'
      ? event.type === 'started' || BEFORE_START.includes(event.type)
      : event.type !== 'started' && event.type !== 'queued',
    'a run starts once',
    event,
  )
  switch (event.type) {
    case 'started':
      return { ...progress, phase: 'active' }
    case 'text':
      assert(!progress.complete && event.round === progress.round, 'text belongs to the answer being written', event)
      assert(event.offset === progress.text.length, 'text has neither gap nor repeat', event)
      return { ...progress, text: progress.text + event.text }
    case 'tool-call':
      assert(event.call.id === progress.calls[0]?.id && !progress.announced, 'calls are announced in order', event)
      return { ...progress, announced: true }
    case 'tool-result':
      assert(event.outcome.call === progress.calls[0]?.id, 'a call settles once', event)
      return afterCall({ ...progress, calls: progress.calls.slice(1), announced: false })
    case 'turn':
      if (event.turn.role !== 'assistant') return progress
      assert(!progress.complete, 'an answer completes once', event)
      return { ...progress, complete: true, text: '', calls: event.turn.toolCalls, announced: false }
    case 'done':
      assert(progress.calls.length === 0, 'a run ends with every call settled', event)
      return { ...progress, phase: 'ended' }
    case 'undecided':
      assert(event.call.id === progress.calls[0]?.id && progress.announced, 'only an announced call is in doubt', event)
      return progress
    case 'paused':
      return { ...progress, pausedBy: event.by ?? 'engine' }
    case 'resumed':
      return { ...progress, pausedBy: null }
    case 'queued':
      return progress
  }
}

/** The state a journal leads to. */
export const replay = (events: readonly RunEvent[]): RunProgress => events.reduce(apply, QUEUED)

/** With its last call settled, a round is over and the model reads the results. */
function afterCall(progress: RunProgress): RunProgress {
  if (progress.calls.length > 0) return progress
  return { ...progress, round: progress.round + 1, complete: false, text: '' }
}

function assert(condition: boolean, invariant: string, event: RunEvent): asserts condition {
  if (!condition) throw new Error(`run journal: ${invariant} (event ${event.seq}, ${event.type})`)
}
