/** One answer of a run: makes the window, streams the model's text into the journal, commits the turn. */
import { HearthError, type Agent, type JsonValue, type ToolCall, type Turn, type Usage } from '../../abi/index.ts'
import type { AnswerWindow, ContextService } from '../context/service.ts'
import type { EngineTool, EngineToolCall, EngineUsage, GenerateRequest } from '../engines/engine.ts'
import type { GenerationEvent, GenerationOptions, Models, ReadyModel } from '../engines/generation.ts'
import type { Platform } from '../platform.ts'
import type { RunRecord } from '../storage/records.ts'
import type { ToolService } from '../tools/service.ts'
import type { TurnIndexes } from './conversation.ts'
import type { RunControl } from './run-control.ts'
import type { EventBody, RunLog } from './run-log.ts'
import type { AnswerMeter, RunMeter } from './run-meter.ts'
import type { Decision } from './run-machine.ts'
import { pageToolsOf } from './tool-step.ts'
import { TextStream } from './text-stream.ts'

export interface AnswerDeps {
  readonly platform: Pick<Platform, 'clock' | 'random' | 'database'>
  readonly models: Models
  readonly tools: Pick<ToolService, 'find'>
  readonly context: Pick<ContextService, 'prepare' | 'open' | 'reopen' | 'counted' | 'forget'>
  readonly turns: TurnIndexes
}

export interface AnswerContext {
  readonly log: RunLog
  readonly agent: Agent
  readonly signal: AbortSignal
  readonly control: RunControl
  readonly meter: RunMeter
}

type AnswerDecision = Extract<Decision, { do: 'answer' }>

/**
 * Writes the answer of a round, or its rest. Returns early, with nothing written, when the run was held before it could begin.
 * @throws HearthError whatever the model service throws, `context-overflow`, or the signal's reason.
 */
export async function writeAnswer(deps: AnswerDeps, context: AnswerContext, decision: AnswerDecision): Promise<void> {
  const { log, agent, control } = context
  const { round, prefix } = decision
  const { cursor, window: kept } = log.record
  const begun = prefix !== '' && kept?.round === round ? kept : null
  // What a model began it goes on with, also when the agent has another one by now.
  const model = await readyModel(deps, context, begun && cursor ? cursor.model : agent.model)
  if (model === null) return
  const tools = model.tools ? toolsFor(agent, deps.tools) : []
  const seed = begun && cursor ? cursor.seed : (agent.sampling.seed ?? null)
  const request = { agent, model, tools, round, begun }
  const note = (window: AnswerWindow): AnswerWindow => {
    const tokens = log.record.answerTokens ?? 0
    log.record = {
      ...log.record,
      model: model.id,
      round,
      window: window.record,
      cursor: { model: model.id, tokens, seed },
      pageTools: pageToolsOf(deps, agent),
    }
    return window
  }
  let window = note(await deps.context.open(request))
  control.show('running')
  for (;;) {
    try {
      return void (await stream(deps, context, decision, { model, seed, window, meter: reserve(context, window) }))
    } catch (error) {
      // The guess was too low, which the engine's figures put right: again with less, until nothing can be left out.
      if (!HearthError.is(error, 'context-overflow') || log.progress.text !== prefix) throw error
      window = note(await deps.context.reopen(request, window, error.data))
    }
  }
}

function reserve({ log, meter }: AnswerContext, { tokens, maxTokens }: AnswerWindow): AnswerMeter {
  return meter.answer({ prompt: tokens, most: maxTokens, before: log.record.answerTokens ?? 0 })
}

/** Tokens that the answer which is being written has taken so far. */
export const takenOf = ({ answerTokens = 0, answerPrompt = 0 }: RunRecord): number => answerTokens + answerPrompt

/** The model, loaded. Null when the run was held meanwhile: what nobody may use now need not be loaded. */
async function readyModel(deps: AnswerDeps, context: AnswerContext, model: string | null): Promise<ReadyModel | null> {
  const { log, agent, control, signal } = context
  using held = control.whenHeld()
  const tell = (body: EventBody): void =>
    void log.append({ events: () => [body], durability: 'relaxed' }).catch(() => undefined)
  const waits = new Set<string>()
  const onWait = (reason: string): void => {
    waits.add(reason)
    control.show('waiting', reason)
    tell({ type: 'paused', reason, by: 'engine' })
  }
  try {
    const ready = await deps.models.ready(model, AbortSignal.any([signal, held.signal]), onWait)
    signal.throwIfAborted()
    if (waits.size > 0) tell({ type: 'resumed', from: ready.id })
    return ready
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (held.signal.aborted) return null
    // A model that is gone cannot finish what it began.
    if (HearthError.is(error, 'not-found') && model !== agent.model) return await readyModel(deps, context, agent.model)
    throw error
  }
}

function toolsFor(agent: Agent, tools: Pick<ToolService, 'find'>): EngineTool[] {
  return agent.tools.flatMap((name) => {
    const tool = tools.find(name)
    return tool ? [{ name, description: tool.description, parameters: tool.parameters }] : []
  })
}

/** What an answer is written with. */
interface Means {
  readonly model: ReadyModel
  readonly seed: number | null
  readonly window: AnswerWindow
  readonly meter: AnswerMeter
}

async function stream(
  deps: AnswerDeps,
  context: AnswerContext,
  { prefix, mayCall }: AnswerDecision,
  { model, seed, window, meter }: Means,
): Promise<void> {
  const { log, agent, control, signal } = context
  const { clock } = deps.platform
  const before = log.record.answerTokens ?? 0
  const { temperature, topP } = agent.sampling
  const request: GenerateRequest = {
    temperature,
    topP,
    ...(seed === null ? {} : { seed }),
    messages: window.messages,
    tools: window.tools,
    maxTokens: Math.max(1, meter.maxTokens - before),
    ...(mayCall ? {} : { toolChoice: 'none' }),
    ...(prefix === '' ? {} : { prefix }),
  }
  const text = new TextStream(log, clock)
  const calls: EngineToolCall[] = []
  const asked = clock.monotonic()
  let firstToken: number | null = null
  let taken = before
  // Of an answer that was interrupted the engine counts what was written of it to the prompt.
  let whole = prefix === ''
  try {
    const options: GenerationOptions = {
      ...{ model: model.id, by: control, promptTokens: window.tokens },
      onSlot: (has) => meter.onSlot(has),
      signal: AbortSignal.any([signal, meter.spent]),
    }
    for await (const event of deps.models.generate(request, options)) {
      if (event.type === 'prefill') {
        // What an earlier kernel had read of it is charged once; reading it again after a crash is not the run's fault.
        const answerPrompt = log.record.answerPrompt ?? Math.max(0, event.promptTokens - event.cachedTokens)
        log.record = { ...log.record, answerPrompt }
        meter.took(takenOf(log.record))
      } else if (event.type === 'text') {
        firstToken ??= clock.monotonic()
        if (log.record.state === 'waiting') control.show('running')
        text.push(event.text, event.tokens)
        taken += event.tokens
        meter.took((log.record.answerPrompt ?? 0) + taken)
      } else if (event.type === 'tool-call') {
        firstToken ??= clock.monotonic()
        calls.push(event.call)
      } else if (event.type === 'finish') {
        await text.finish()
        if (whole) deps.context.counted(model.id, window, event.usage.promptTokens)
        const times = { firstTokenMs: (firstToken ?? clock.monotonic()) - asked, sinceMs: clock.monotonic() }
        const usage = usageOf(event.usage, before, times.firstTokenMs, times.sinceMs - (firstToken ?? asked))
        // A model that calls a tool although it may not has nothing more to say.
        const ended = event.reason === 'length' || !mayCall ? 'limit' : 'complete'
        await commitAnswer(deps, context, text, mayCall ? calls : [], { model: model.id, ended, usage })
        return
      } else if (event.type === 'queued') {
        control.show('waiting', `the model: ${event.ahead} before it`)
      } else if (event.type === 'paused') {
        whole &&= firstToken === null
        control.show('waiting', waitOf(event.reason, event.by))
        text.mark({ type: 'paused', reason: event.reason, by: event.by })
      } else {
        control.show('running')
        text.mark({ type: 'resumed', from: event.placement.name })
      }
    }
  } catch (error) {
    // What was written stays: it is part of what a cancelled or failed run leaves behind.
    await text.finish().catch(() => undefined)
    await log.append({ ...text.take(), durability: 'relaxed' }).catch(() => undefined)
    throw error
  }
  throw new HearthError('engine-failed', 'The engine ended its answer without saying so. Ask again.', {
    engine: model.id,
    reason: 'no finish',
    status: null,
  })
}

type PausedBy = Extract<GenerationEvent, { type: 'paused' }>['by']

/** What it waits for then, for a person. One that a person paused waits for the model once it goes on. */
const waitOf = (reason: string, by: PausedBy): string => (by === 'engine' ? reason : 'the model')

async function commitAnswer(
  deps: AnswerDeps,
  { log, agent, meter }: AnswerContext,
  text: TextStream,
  calls: readonly EngineToolCall[],
  end: { model: string; ended: Turn['ended']; usage: Usage },
): Promise<void> {
  const { random, clock } = deps.platform
  const index = await deps.turns.take(agent.id)
  const toolCalls: ToolCall[] = calls.map((call) => ({
    id: random.id('call'),
    name: call.name,
    arguments: parsed(call.arguments),
  }))
  const rest = text.take()
  const { promptTokens, cachedTokens, completionTokens } = end.usage
  const prompt = log.record.answerPrompt ?? Math.max(0, promptTokens - cachedTokens)
  const charge = meter.settleAnswer(prompt + completionTokens)
  const { spent } = meter
  let turn: Turn | null = null
  await log.append({
    durability: 'strict',
    change(record) {
      const { answerTokens, answerPrompt: _prompt, window: _window, cursor: _cursor, ...counted } = rest.change(record)
      const missed = completionTokens - (answerTokens ?? 0)
      return { ...counted, spent, completionTokens: Math.max(0, counted.completionTokens + missed) }
    },
    events(record, progress) {
      const last = rest.events(record, progress)
      const added = last[0]?.type === 'text' ? last[0].text : ''
      turn = {
        id: random.id('turn'),
        agent: agent.id,
        index,
        role: 'assistant',
        text: progress.text + added,
        toolCalls,
        ended: end.ended,
        usage: end.usage,
        provenance: modelProvenance(agent.id, record.id, end.model),
        run: record.id,
        at: clock.now(),
      }
      const bodies: EventBody[] = [...last, { type: 'turn', turn }]
      return bodies
    },
    writes: () => [...charge, ...(turn ? [{ op: 'put', store: 'turns', value: turn } as const] : [])],
  })
}

export const modelProvenance = (agent: string, run: string, model: string | null): Turn['provenance'] => ({
  source: 'model',
  principal: { kind: 'agent', id: agent, run },
  ...(model === null ? {} : { model }),
  run,
  trust: 'untrusted',
})

/** What a model wrote as arguments; text that is not JSON stays text, and fails the tool's own check with a reason. */
function parsed(text: string): JsonValue {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return text
  }
}

function usageOf(usage: EngineUsage, before: number, firstTokenMs: number, measuredMs: number): Usage {
  const decodeMs = usage.decodeMs ?? measuredMs
  return {
    promptTokens: usage.promptTokens,
    cachedTokens: usage.cachedTokens,
    completionTokens: before + usage.completionTokens,
    tokensPerSecond: decodeMs > 0 ? (usage.completionTokens * 1000) / decodeMs : 0,
    firstTokenMs,
  }
}
