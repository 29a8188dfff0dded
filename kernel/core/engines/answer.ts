/**
 * One answer, across as many turns and engines as it takes. Waits for a turn, streams, and when the turn is taken from it or
 * the engine is lost waits for the next and has the answer continued from its own text. At temperature 0 that gives the
 * answer it would have been, wherever reading the text back gives the tokens the model wrote: true of language, not always
 * of gibberish.
 *
 * Invariants:
 * 1. The texts of all deltas joined are one answer without gap or repeat.
 * 2. A complete tool call is yielded once; one that was being written when it was interrupted is written again.
 * 3. Exactly one `finish`, last, unless an error is thrown.
 * 4. However the iteration ends, the slot is given back once the engine has stopped.
 * 5. After `signal` has aborted nothing is yielded.
 * 6. It gets on: taken from it before it wrote anything FRUITLESS_PREEMPTIONS times in a row, it may write first.
 */
import { HearthError } from '../../abi/index.ts'
import type { EngineKind } from '../../abi/index.ts'
import { FRUITLESS_PREEMPTIONS, IMMEDIATE_LOSSES, IMMEDIATE_LOSS_TOKENS } from '../param.ts'
import { whenAborted } from './abortable.ts'
import { joinedUsage, NO_USAGE, remaining } from './continuation.ts'
import type { Written } from './continuation.ts'
import type { Delta, GenerateRequest } from './engine.ts'
import { EngineRun } from './engine-run.ts'
import { asHearthError, lostAgain } from './errors.ts'
import type { GenerationEvent } from './generation.ts'
import { createMailbox } from './mailbox.ts'
import type { Place, Preemption, Turn, TurnEnd, WaitStatus } from './turn.ts'

/** One for all: making an error costs more than leaving should. */
const NOBODY = new HearthError('cancelled', 'Nobody waits for this answer.', { by: 'caller' })

export interface AnswerOptions {
  kind: EngineKind
  signal: AbortSignal
  place: Place
}

/** @throws HearthError what loading threw, what the engine threw (`engine-lost` only after several at once), or the signal's reason. */
export async function* answer(
  request: GenerateRequest,
  options: AnswerOptions,
): AsyncGenerator<GenerationEvent, void, undefined> {
  const { kind, place, signal } = options
  const written: Written = { text: '', tokens: 0, calls: 0, decodeMs: 0, prompt: null }
  const pause: Pause = { by: null }
  let immediateLosses = 0
  /** What was written when an engine was lost last; who goes first in between is no fault of the model's. */
  let atLoss = 0
  let fruitless = 0
  const stopListening = whenAborted([signal], (reason) => place.leave(reason))
  try {
    for (;;) {
      const turn = yield* awaitTurn(place, pause)
      const before = progress(written)
      try {
        const preemption = yield* stream(request, options, turn, written, pause, fruitless >= FRUITLESS_PREEMPTIONS)
        if (!preemption) return
        fruitless = progress(written) > before ? 0 : fruitless + 1
        pause.by = preemption.by
        yield { type: 'paused', reason: preemption.reason, by: preemption.by }
      } catch (caught) {
        const error = asHearthError(caught, kind)
        if (signal.aborted || !HearthError.is(error, 'engine-lost')) throw error
        turn.condemn(error)
        immediateLosses = progress(written) - atLoss > IMMEDIATE_LOSS_TOKENS ? 0 : immediateLosses + 1
        atLoss = progress(written)
        if (immediateLosses >= IMMEDIATE_LOSSES) throw lostAgain(error)
        pause.by = 'engine'
        yield { type: 'paused', reason: error.message, by: 'engine' }
      }
      signal.throwIfAborted()
    }
  } finally {
    stopListening()
    place.leave(NOBODY)
  }
}

/** What the reader was told last of why nothing is written; null while something is, or at the start. */
interface Pause {
  by: 'engine' | 'scheduler' | 'user' | null
}

/** Tells why it waits, then returns the turn. Loading again after a loss is no news; waiting for a tab is. */
async function* awaitTurn(place: Place, pause: Pause): AsyncGenerator<GenerationEvent, Turn, undefined> {
  const news = createMailbox<GenerationEvent>()
  const onStatus = (status: WaitStatus) => {
    if (status.kind === 'queued') {
      // It is still the same wait when others go first, but no longer a person's.
      if (pause.by === 'user') pause.by = 'scheduler'
      return void news.push({ type: 'queued', ahead: status.ahead })
    }
    const by = status.kind === 'held' ? 'user' : 'engine'
    const forTab = status.kind === 'loading' && status.forTab
    if (pause.by === by && !forTab) return
    // Somebody who waits anyway need not be told that the model is loaded once more.
    if (pause.by !== null && by === 'engine' && !forTab) return
    pause.by = by
    news.push({ type: 'paused', reason: status.reason, by })
  }
  const turn = place.turn(onStatus)
  const close = () => news.close()
  turn.then(close, close)
  let taken = false
  try {
    for await (const event of news) yield event
    const result = await turn
    taken = true
    return result
  } finally {
    // Given in the moment in which the reader went.
    if (!taken)
      turn.then(
        (unused) => void unused.release(Promise.resolve(), 'cancelled'),
        () => {},
      )
  }
}

/** Writes until the end, or until the turn is taken from it; then returns why. */
async function* stream(
  request: GenerateRequest,
  { kind, signal }: AnswerOptions,
  turn: Turn,
  written: Written,
  pause: Pause,
  writesFirst: boolean,
): AsyncGenerator<GenerationEvent, Preemption | null, undefined> {
  const before: Written = { ...written }
  const run = new EngineRun(turn, signal, () => !writesFirst || progress(written) > progress(before))
  let ended: TurnEnd = 'cancelled'
  try {
    turn.lost.throwIfAborted()
    if (run.preemption) return run.preemption
    if (pause.by !== null) yield { type: 'resumed', placement: turn.model.placement }
    pause.by = null
    signal.throwIfAborted()
    if (turn.model.continues && before.tokens > 0 && before.tokens >= request.maxTokens) {
      await run.finish()
      yield { type: 'finish', reason: 'length', usage: { ...NO_USAGE, completionTokens: before.tokens } }
      return null
    }
    yield* read(run, remaining(request, before, turn.model.continues), turn, before, written)
    return run.preemption
  } catch (error) {
    if (run.preemption && !signal.aborted) return run.preemption
    ended = signal.aborted ? 'cancelled' : 'failed'
    throw asHearthError(error, kind)
  } finally {
    written.decodeMs = before.decodeMs + turn.decodeMs
    await run.close(ended)
  }
}

/** Reads what the engine writes until it has finished or is stopped. */
async function* read(
  run: EngineRun,
  request: GenerateRequest,
  turn: Turn,
  before: Written,
  written: Written,
): AsyncGenerator<Delta, void, undefined> {
  let callsToSkip = before.calls
  let decoded = 0
  let told = false
  run.begin(request)
  for (;;) {
    const delta = await run.next()
    if (!delta) throw unfinished(turn.engine.kind)
    if (delta.type === 'prefill') {
      told = true
      turn.read(delta.promptTokens, delta.cachedTokens, delta.ms)
      // Of a continuation it counts what the answer had already, too.
      if (before.tokens > 0) continue
      written.prompt = { tokens: delta.promptTokens, cached: delta.cachedTokens }
    } else if (delta.type === 'finish') {
      const { usage } = delta
      turn.prove()
      // Whoever has read the last delta finds the slot free.
      const free = run.finish()
      if (!told) turn.read(usage.promptTokens, usage.cachedTokens, usage.prefillMs)
      // Tokens of tool calls, and those that ended the answer, come without a delta.
      turn.served({ decoded: Math.max(0, usage.completionTokens - decoded) })
      await free
      yield { ...delta, usage: joinedUsage(usage, before, written, turn) }
      return
    } else if (delta.type === 'tool-call') {
      if (callsToSkip > 0) {
        callsToSkip -= 1
        continue
      }
      written.calls += 1
    } else {
      written.text += delta.text
      written.tokens += delta.tokens
      decoded += delta.tokens
      if (written.tokens - before.tokens > IMMEDIATE_LOSS_TOKENS) turn.prove()
      turn.served({ decoded: delta.tokens })
    }
    run.preempt()
    yield delta
    if (run.preemption) return
  }
}

/** What of an answer its reader has. */
function progress({ tokens, calls }: Written): number {
  return tokens + calls
}

function unfinished(kind: EngineKind): HearthError {
  const reason = 'the answer ended without saying why'
  return new HearthError('engine-failed', 'The engine stopped in the middle of the answer. Ask again.', {
    engine: kind,
    reason,
    status: null,
  })
}
