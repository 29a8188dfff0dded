/**
 * One answer, across as many engines as it takes. Waits for a turn, streams, and when the engine is lost waits for the
 * next turn and has the answer continued from its own text. At temperature 0 that gives the answer it would have been,
 * wherever reading the text back gives the tokens the model wrote: true of language, not always of gibberish.
 *
 * Invariants:
 * 1. The texts of all deltas joined are one answer without gap or repeat.
 * 2. A complete tool call is yielded once; one that was being written when the engine was lost is written again.
 * 3. Exactly one `finish`, last, unless an error is thrown.
 * 4. However the iteration ends, the slot is given back once the engine has stopped.
 */
import { HearthError } from '../../abi/index.ts'
import type { EngineKind } from '../../abi/index.ts'
import { IMMEDIATE_LOSSES, IMMEDIATE_LOSS_TOKENS } from '../param.ts'
import { abortable } from './abortable.ts'
import type { Delta, EngineUsage, GenerateRequest } from './engine.ts'
import { asHearthError } from './errors.ts'
import type { GenerationEvent } from './generation.ts'
import { createMailbox } from './mailbox.ts'
import type { Turn, TurnRequest, WaitStatus } from './supervisor.ts'

export interface AnswerOptions {
  kind: EngineKind
  model: string
  holder: string
  signal: AbortSignal
  takeNumber: () => number
  acquire: (request: TurnRequest) => Promise<Turn>
}

/** What the answer consists of so far. */
interface Written {
  text: string
  tokens: number
  calls: number
}

/** @throws HearthError what loading threw, what the engine threw (`engine-lost` only after several at once), or the signal's reason. */
export async function* answer(
  request: GenerateRequest,
  options: AnswerOptions,
): AsyncGenerator<GenerationEvent, void, undefined> {
  const written: Written = { text: '', tokens: 0, calls: 0 }
  const number = options.takeNumber()
  const pause = { on: false }
  let immediateLosses = 0
  for (;;) {
    const turn = yield* awaitTurn(options, number, pause)
    if (pause.on) yield { type: 'resumed', placement: turn.model.placement }
    pause.on = false

    const before = written.tokens
    try {
      yield* stream(request, options, turn, written)
      return
    } catch (caught) {
      const error = asHearthError(caught, options.kind)
      if (options.signal.aborted || !HearthError.is(error, 'engine-lost')) throw error
      turn.condemn(error)
      immediateLosses = written.tokens - before > IMMEDIATE_LOSS_TOKENS ? 0 : immediateLosses + 1
      if (immediateLosses >= IMMEDIATE_LOSSES) throw error
      pause.on = true
      yield { type: 'paused', reason: error.message }
    }
  }
}

/** Tells why it waits, then returns the turn. Loading again after a loss is no news; waiting for a tab is. */
async function* awaitTurn(
  { model, holder, signal, acquire }: AnswerOptions,
  number: number,
  pause: { on: boolean },
): AsyncGenerator<GenerationEvent, Turn, undefined> {
  const news = createMailbox<GenerationEvent>()
  const left = new AbortController()
  const onStatus = (status: WaitStatus) => {
    if (status.kind === 'queued') return void news.push({ type: 'queued', ahead: status.ahead })
    if (pause.on && !status.forTab) return
    pause.on = true
    news.push({ type: 'paused', reason: status.reason })
  }
  const turn = acquire({ model, holder, number, signal: AbortSignal.any([signal, left.signal]), onStatus })
  const close = () => news.close()
  turn.then(close, close)
  let taken = false
  try {
    for await (const event of news) yield event
    const result = await turn
    taken = true
    return result
  } finally {
    if (!taken) {
      left.abort(new HearthError('cancelled', 'Nobody waits for this answer.', { by: 'caller' }))
      turn.then(
        (unused) => void unused.release(Promise.resolve()),
        () => {},
      )
    }
  }
}

async function* stream(
  request: GenerateRequest,
  { kind, signal }: AnswerOptions,
  turn: Turn,
  written: Written,
): AsyncGenerator<Delta, void, undefined> {
  const before: Written = { ...written }
  const continued = turn.model.continues ? before.tokens : 0
  if (before.tokens > 0 && continued >= request.maxTokens) {
    await turn.release(Promise.resolve())
    yield { type: 'finish', reason: 'length', usage: { ...NO_USAGE, completionTokens: before.tokens } }
    return
  }
  const stop = new AbortController()
  let iterator: AsyncIterator<Delta> | null = null
  let pending: Promise<unknown> = Promise.resolve()
  let callsToSkip = before.calls
  let finished = false
  try {
    turn.lost.throwIfAborted()
    const rest = remaining(request, before.text, continued)
    iterator = turn.engine.generate(rest, AbortSignal.any([signal, stop.signal]))[Symbol.asyncIterator]()
    for (;;) {
      const next = iterator.next()
      pending = next
      const step = await abortable(next, signal, turn.lost)
      if (step.done) throw unfinished(kind)
      const delta = step.value
      if (delta.type === 'finish') {
        turn.prove()
        finished = true
        yield { ...delta, usage: joined(delta.usage, before.tokens, turn.model.continues) }
        return
      }
      if (delta.type === 'tool-call') {
        if (callsToSkip > 0) {
          callsToSkip -= 1
          continue
        }
        written.calls += 1
      } else {
        written.text += delta.text
        written.tokens += delta.tokens
        if (written.tokens - before.tokens > IMMEDIATE_LOSS_TOKENS) turn.prove()
      }
      yield delta
    }
  } finally {
    stop.abort(new HearthError('cancelled', 'Nobody reads this answer any more.', { by: 'caller' }))
    const released = turn.release(stopped(iterator, pending))
    // Whoever has read the last delta finds the slot free; who gave up does not wait for the engine to notice.
    if (finished) await released
  }
}

const NO_USAGE: EngineUsage = {
  promptTokens: 0,
  cachedTokens: 0,
  completionTokens: 0,
  prefillMs: null,
  decodeMs: null,
}

/** The request for what is still to be written. */
function remaining(request: GenerateRequest, text: string, tokens: number): GenerateRequest {
  const prefix = (request.prefix ?? '') + text
  return { ...request, maxTokens: request.maxTokens - tokens, ...(prefix === '' ? {} : { prefix }) }
}

/** Of an answer in parts the engine that finished it knows only its own; one that writes again counts everything. */
function joined(usage: EngineUsage, tokensBefore: number, continues: boolean): EngineUsage {
  if (tokensBefore === 0 || !continues) return usage
  return { ...usage, completionTokens: usage.completionTokens + tokensBefore }
}

/** Settles when the engine has stopped writing this answer. */
async function stopped(iterator: AsyncIterator<Delta> | null, pending: Promise<unknown>): Promise<void> {
  await pending.catch(() => {})
  await iterator?.return?.()
}

function unfinished(kind: EngineKind): HearthError {
  const reason = 'the answer ended without saying why'
  return new HearthError('engine-failed', 'The engine stopped in the middle of the answer. Ask again.', {
    engine: kind,
    reason,
    status: null,
  })
}
