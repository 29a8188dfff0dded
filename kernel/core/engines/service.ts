/**
 * The model subsystem: which models there are, getting them ready, and answers from them. Everything else talks to it
 * through `Models` (generation.ts) and the `model.*` syscalls.
 */
import { HearthError } from '../../abi/index.ts'
import type { EngineKind, KernelStats, SchedulerJob, SchedulerSample, SlotSlice } from '../../abi/index.ts'
import type { Calibrations } from '../calibrations.ts'
import type { EmbeddingModels } from '../embeddings/models.ts'
import type { HandlersOf } from '../call.ts'
import type { KernelEvents } from '../events.ts'
import type { Lender } from '../lending.ts'
import type { Platform } from '../platform.ts'
import { TOKENS_PER_UNIT } from '../param.ts'
import { whenAborted } from './abortable.ts'
import { Activity } from './activity.ts'
import { answer } from './answer.ts'
import type { GenerateRequest, LoadedModel } from './engine.ts'
import { noModel, notFound } from './errors.ts'
import type { GenerationEvent, GenerationOptions, Models, ReadyModel } from './generation.ts'
import { createModelHandlers } from './handlers.ts'
import { Loading } from './loading.ts'
import type { ModelEvent } from './model-state.ts'
import { isStored, Registry } from './registry.ts'
import type { KnownModel } from './registry.ts'
import { eventAfterUnload } from './resting-state.ts'
import type { Load } from './samples.ts'
import type { SchedulingSettings } from './scheduling-settings.ts'
import { seededRandom } from './seeded-random.ts'
import { serverHost } from './sources.ts'
import { Supervisor } from './supervisor.ts'
import type { WaitStatus } from './turn.ts'
import { cachedSource } from './weight-cache.ts'

export interface ModelService extends Models, AsyncDisposable {
  readonly handlers: HandlersOf<'model'>
  /** What embedders need of models. */
  readonly forEmbedding: EmbeddingModels
  /** Ends every answer, running or waiting, of everybody. Downloads and loads go on. */
  stopAll(): void
  stats(): KernelStats
  /** Calls `listener` when answers begin, end or wait, of all engines together, until disposed of. */
  onLoad(listener: (load: Load) => void): Disposable
  /** What is known of the model meant without loading it: as its engine told, or else as it is listed; null without one. */
  readonly known: (model: string | null) => ReadyModel | null
  /** Who wants tokens now, and the last minutes. */
  top(): { jobs: SchedulerJob[]; samples: SchedulerSample[] }
  /** Slices numbered above `after`, and those that go on, oldest first. */
  timeline(after: number, limit: number): SlotSlice[]
}

export interface ModelServiceOptions {
  platform: Platform
  settings: SchedulingSettings
  calibrations: Calibrations
  /** Answers that may wait for one engine; WAITING_JOBS when left out. */
  waitingLimit?: number
  events: KernelEvents
  lender: Lender
}

/** @throws HearthError `storage-failed` when the stored models cannot be read. */
export async function createModelService(options: ModelServiceOptions): Promise<ModelService> {
  const { platform, settings, calibrations, events, lender } = options
  const registry = await Registry.open(platform, events)
  const supervisors = new Map<EngineKind, Supervisor>()
  /** What engines said of models they loaded before: enough to build a request without loading again. */
  const facts = new Map<string, LoadedModel>()
  /** Ends one answer each; of all that were asked for and have not ended. */
  const live = new Set<AbortController>()
  let closed: HearthError | null = null

  const all = () => [...supervisors.values()]
  const activity = new Activity(platform.clock, events, {
    load() {
      let running = 0
      let waiting = 0
      for (const supervisor of supervisors.values()) {
        running += supervisor.running
        waiting += supervisor.waiting
      }
      return { running, waiting }
    },
    holder: () => all().find(({ holder }) => holder !== null)?.holder ?? null,
    engines: () => all().flatMap((supervisor) => supervisor.describe() ?? []),
    jobs: (most) => all().flatMap((supervisor) => supervisor.jobs(most)),
    settings: () => ({ paused: settings.on, policy: settings.policy }),
  })
  const applied = settings.subscribe(() => {
    for (const supervisor of supervisors.values()) supervisor.applySettings()
    activity.tell()
  })

  const report = (id: string, event: ModelEvent | { type: 'unloaded' }) => {
    const model = registry.find(id)
    if (!model) return
    const { entry, state } = model
    registry.apply(model, event.type === 'unloaded' ? eventAfterUnload(entry, state, isStored(model)) : event)
    if ('progress' in event) loading.task(model)?.tell(event.progress)
    const settled = event.type === 'loaded' || event.type === 'unloaded' || event.type === 'failed'
    if (settled && cachedSource(entry.source)) void registry.recheck()
  }

  const onLoaded = (id: string, loaded: LoadedModel) => {
    facts.set(id, loaded)
    const model = registry.find(id)
    const host = model && serverHost(model.entry.source)
    if (host) activity.sentTo(host)
    // Engines that fetch their own bytes have them from here on.
    if (model && !isStored(model)) void registry.record(model, { stored: true }).catch(() => {})
  }

  const onLost = (id: string, error: HearthError) => {
    const message = `${nameOf(id)} stopped: ${error.message} It goes on by itself.`
    events.publish({ type: 'notice', level: 'info', code: error.code, message })
  }

  const nameOf = (id: string) => registry.find(id)?.entry.name ?? id

  const supervisorOf = ({ entry: { engine } }: KnownModel): Supervisor => {
    const existing = supervisors.get(engine)
    if (existing) return existing
    const prepare = (id: string, signal: AbortSignal) => {
      const model = registry.find(id)
      return model ? loading.prepare(model, signal) : Promise.reject(notFound(id))
    }
    const supervisor = new Supervisor({
      ...{ kind: engine, platform, lender, settings, calibrations, activity, random: seededRandom(platform.random) },
      ...{ prepare, nameOf, report, onLoaded, onLost },
      ...(options.waitingLimit === undefined ? {} : { waitingLimit: options.waitingLimit }),
      heldReason: () => (settings.on ? 'Everything is paused.' : 'You paused it.'),
    })
    supervisors.set(engine, supervisor)
    return supervisor
  }

  const loading = new Loading({
    platform,
    registry,
    supervisorOf,
    report,
    onSentTo: (host) => activity.sentTo(host),
  })

  /** The model meant, with its bytes here; a download under way is waited for, none is begun. */
  const available = async (id: string | null, signal: AbortSignal, onWait?: (reason: string) => void) => {
    const chosen = id ?? registry.default
    if (chosen === null) throw noModel(null, null)
    const model = await registry.get(chosen)
    if (isStored(model)) return model
    const task = loading.task(model)
    if (!task) throw noModel(chosen, model.entry.name)
    onWait?.(`${model.entry.name} is being downloaded.`)
    await task.join(signal, () => {}, false)
    return model
  }

  const ready = async (id: string | null, signal: AbortSignal, onWait?: (reason: string) => void) => {
    signal.throwIfAborted()
    const model = await available(id, signal, onWait)
    const { id: chosen } = model.entry
    if (!facts.has(chosen)) {
      if (settings.on) {
        onWait?.('Everything is paused.')
        await settings.whenOff(signal)
      }
      const tell = (status: WaitStatus) => onWait?.(waitReason(status, nameOf(chosen)))
      await supervisorOf(model).load(chosen, signal, tell)
    }
    const known = facts.get(chosen)
    if (!known) throw noModel(chosen, model.entry.name)
    return { id: chosen, contextTokens: known.contextTokens, tools: known.tools } satisfies ReadyModel
  }

  const known = (model: string | null): ReadyModel | null => {
    const id = model ?? registry.default
    if (id === null) return null
    const told = facts.get(id)
    if (told) return { id, contextTokens: told.contextTokens, tools: told.tools }
    const entry = registry.find(id)?.entry
    return entry ? { id, contextTokens: entry.contextTokens, tools: true } : null
  }

  async function* generate(
    request: GenerateRequest,
    { model: wanted, by, promptTokens, onSlot, signal }: GenerationOptions,
  ): AsyncGenerator<GenerationEvent, void, undefined> {
    if (closed) throw closed
    const ending = new AbortController()
    live.add(ending)
    const stopListening = whenAborted([signal], (reason) => ending.abort(reason))
    try {
      ending.signal.throwIfAborted()
      const model = await available(wanted, ending.signal)
      const host = serverHost(model.entry.source)
      if (host) activity.sentTo(host)
      const { id, engine: kind } = model.entry
      const guess = promptTokens ?? Math.ceil(unitsOf(request) * TOKENS_PER_UNIT)
      const { maxTokens } = request
      const patient = by.run !== null
      const place = supervisorOf(model).place({
        ...{ model: id, by, promptTokens: guess, maxTokens, patient },
        ...(onSlot ? { onSlot } : {}),
      })
      yield* answer(request, { kind, signal: ending.signal, place })
    } finally {
      stopListening()
      live.delete(ending)
    }
  }

  const forEmbedding: EmbeddingModels = {
    holdUp() {
      if (settings.on) return { by: 'pause', reason: 'Everything is paused.' }
      const busy = all().some(({ running, waiting }) => running + waiting > 0)
      return busy ? { by: 'answers', reason: 'Answers that are being written go first.' } : null
    },
    list: () =>
      registry
        .all()
        .filter(({ entry }) => entry.engine === 'llamacpp')
        .map((model) => registry.info(model)),
    async fetch(id, signal) {
      const model = await registry.get(id)
      const { bytes, contextTokens } = await loading.fetch(model, signal)
      if (bytes === null) throw notFound(id)
      return { id, name: model.entry.name, bytes, contextTokens }
    },
    sentTo: (host) => activity.sentTo(host),
  }

  const stopAll = (reason: HearthError) => {
    for (const ending of [...live]) ending.abort(reason)
  }

  // Known before anybody asks, so that events can say what fits; without it they say that everything does.
  void registry.device().catch(() => {})

  return {
    ...{ ready, generate, forEmbedding },
    handlers: createModelHandlers({ platform, registry, loading, supervisorOf, forgetFacts: (id) => facts.delete(id) }),
    admit(model) {
      const chosen = registry.find(model ?? registry.default ?? '')
      if (chosen) supervisors.get(chosen.entry.engine)?.admit()
    },
    stopAll: () => stopAll(new HearthError('cancelled', 'Everything was stopped.', { by: 'user' })),
    stats: () => activity.stats(),
    onLoad: (listener) => activity.subscribe(listener),
    top: () => activity.top(),
    timeline: (after, limit) => activity.timeline.after(after, limit),
    known,
    async [Symbol.asyncDispose]() {
      registry[Symbol.dispose]()
      const closing = new HearthError('cancelled', 'The kernel is closing.', { by: 'kernel' })
      closed = closing
      applied[Symbol.dispose]()
      stopAll(closing)
      await loading.stopAll(closing)
      await Promise.all([...supervisors.values()].map((supervisor) => supervisor[Symbol.asyncDispose]()))
      activity[Symbol.dispose]()
    },
  }
}

function waitReason(status: WaitStatus, name: string): string {
  return status.kind === 'queued' ? `${name} waits until the answers before it are written.` : status.reason
}

/** Length of all that a request says, in UTF-16 units. */
function unitsOf({ messages, tools, prefix }: GenerateRequest): number {
  let units = prefix?.length ?? 0
  for (const { content, toolCalls } of messages) {
    units += content.length
    for (const call of toolCalls ?? []) units += call.arguments.length
  }
  for (const { description, parameters } of tools) units += description.length + JSON.stringify(parameters).length
  return units
}
