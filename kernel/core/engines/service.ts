/**
 * The model subsystem: which models there are, getting them ready, and answers from them. Everything else talks to it
 * through `Models` (generation.ts) and the `model.*` syscalls.
 */
import { HearthError } from '../../abi/index.ts'
import type { EngineKind, KernelStats } from '../../abi/index.ts'
import type { HandlersOf } from '../call.ts'
import type { KernelEvents } from '../events.ts'
import type { Lender } from '../lending.ts'
import type { Platform } from '../platform.ts'
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
import { serverHost } from './sources.ts'
import { createStats } from './stats.ts'
import { Supervisor } from './supervisor.ts'
import type { WaitStatus } from './supervisor.ts'
import { cachedSource } from './weight-cache.ts'

export interface ModelService extends Models, AsyncDisposable {
  readonly handlers: HandlersOf<'model'>
  /** Ends every answer, running or waiting, of everybody. Downloads and loads go on. */
  stopAll(): void
  stats(): KernelStats
}

export interface ModelServiceOptions {
  platform: Platform
  events: KernelEvents
  lender: Lender
}

/** @throws HearthError `storage-failed` when the stored models cannot be read. */
export async function createModelService({ platform, events, lender }: ModelServiceOptions): Promise<ModelService> {
  const registry = await Registry.open(platform, events)
  const supervisors = new Map<EngineKind, Supervisor>()
  /** What engines said of models they loaded before: enough to build a request without loading again. */
  const facts = new Map<string, LoadedModel>()
  let stop = new AbortController()

  const stats = createStats(platform.clock, events, () => {
    const all = [...supervisors.values()]
    return {
      holders: all.flatMap(({ holders }) => holders),
      waiting: all.reduce((sum, { waiting }) => sum + waiting, 0),
    }
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
    if (host) stats.sentTo(host)
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
    const onActivity = () => stats.changed()
    const supervisor = new Supervisor({
      kind: engine,
      platform,
      lender,
      prepare,
      nameOf,
      report,
      onLoaded,
      onLost,
      onActivity,
    })
    supervisors.set(engine, supervisor)
    return supervisor
  }

  const loading = new Loading({
    platform,
    registry,
    supervisorOf,
    report,
    onSentTo: (host) => stats.sentTo(host),
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
      const tell = (status: WaitStatus) => onWait?.(waitReason(status, nameOf(chosen)))
      await supervisorOf(model).load(chosen, signal, tell)
    }
    const known = facts.get(chosen)
    if (!known) throw noModel(chosen, model.entry.name)
    return { id: chosen, contextTokens: known.contextTokens, tools: known.tools } satisfies ReadyModel
  }

  async function* generate(
    request: GenerateRequest,
    options: GenerationOptions,
  ): AsyncGenerator<GenerationEvent, void, undefined> {
    const signal = AbortSignal.any([options.signal, stop.signal])
    signal.throwIfAborted()
    const model = await available(options.model, signal)
    const supervisor = supervisorOf(model)
    const host = serverHost(model.entry.source)
    if (host) stats.sentTo(host)
    const events = answer(request, {
      kind: model.entry.engine,
      model: model.entry.id,
      holder: options.holder,
      signal,
      takeNumber: () => supervisor.takeNumber(),
      acquire: (wanted) => supervisor.acquire(wanted),
    })
    for await (const event of events) {
      if (event.type === 'text') stats.count(event.tokens)
      yield event
    }
  }

  // Known before anybody asks, so that events can say what fits; without it they say that everything does.
  void registry.device().catch(() => {})

  return {
    ready,
    generate,
    handlers: createModelHandlers({ platform, registry, loading, supervisorOf, forgetFacts: (id) => facts.delete(id) }),
    stopAll() {
      const running = stop
      stop = new AbortController()
      running.abort(new HearthError('cancelled', 'Everything was stopped.', { by: 'user' }))
    },
    stats: () => stats.read(),
    async [Symbol.asyncDispose]() {
      registry[Symbol.dispose]()
      const closing = new HearthError('cancelled', 'The kernel is closing.', { by: 'kernel' })
      stop.abort(closing)
      await loading.stopAll(closing)
      await Promise.all([...supervisors.values()].map((supervisor) => supervisor[Symbol.asyncDispose]()))
      stats[Symbol.dispose]()
    },
  }
}

function waitReason(status: WaitStatus, name: string): string {
  return status.kind === 'loading' ? status.reason : `${name} waits until the answers before it are written.`
}
