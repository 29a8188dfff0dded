/** The `model.*` syscalls: thin, over the registry and the loading of models. */
import { HearthError } from '../../abi/index.ts'
import type { AtomicOutcome, HandlersOf } from '../call.ts'
import type { Platform } from '../platform.ts'
import { addModel } from './add-model.ts'
import type { Loading } from './loading.ts'
import { isStored } from './registry.ts'
import type { KnownModel, Registry } from './registry.ts'
import { alwaysStored } from './sources.ts'
import type { Supervisor } from './supervisor.ts'
import { cachedSource } from './weight-cache.ts'

export interface ModelHandlerOptions {
  platform: Platform
  registry: Registry
  loading: Loading
  supervisorOf: (model: KnownModel) => Supervisor
  /** What an engine said of this model no longer holds. */
  forgetFacts: (id: string) => void
}

export function createModelHandlers(options: ModelHandlerOptions): HandlersOf<'model'> {
  const { platform, registry, loading, supervisorOf, forgetFacts } = options

  const makeDefault = async (id: string | null) => {
    if (registry.default === id) return
    await platform.database.commit([registry.defaultMutation(id)], 'strict')
    registry.setDefault(id)
  }

  const stopLoading = async (model: KnownModel) => {
    const reason = new HearthError('cancelled', 'Loading was stopped.', { by: 'user' })
    await loading.task(model)?.stop(reason)
  }

  /** Whoever keeps them, the kernel or the model's engine. */
  const removeBytes = async (model: KnownModel): Promise<number> => {
    const { id, source } = model.entry
    const cached = cachedSource(source)
    if (!cached) return alwaysStored(source) ? 0 : platform.files.remove(id)
    const others = registry.all().filter((other) => other !== model)
    return platform.weights.remove(
      cached,
      others.flatMap(({ entry }) => cachedSource(entry.source) ?? []),
    )
  }

  /** Bytes, record and all that follows from them; a model from a list stays listed. */
  const drop = async (model: KnownModel): Promise<{ freedBytes: number }> => {
    const { id } = model.entry
    const freedBytes = await removeBytes(model)
    await registry.erase(model)
    registry.forget(model)
    forgetFacts(id)
    if (!alwaysStored(model.entry.source) || !model.listed) registry.apply(model, { type: 'absent' })
    return { freedBytes }
  }

  /** What an engine kept may have been the weights of other models too. */
  const withoutLooks = async <T>(model: KnownModel, work: () => Promise<T>): Promise<T> => {
    if (!cachedSource(model.entry.source)) return work()
    const result = await registry.betweenLooks(work)
    await registry.recheck()
    return result
  }

  return {
    'model.list': async ({ args }) => {
      const [device] = await Promise.all([registry.device(), registry.lists()])
      const shown = registry.all().filter((model) => args.all || model.entry.short || model.state.kind !== 'absent')
      return { models: shown.map((model) => registry.info(model)), default: registry.default, device }
    },

    'model.add': ({ args, signal }) => addModel(options, args, signal),

    'model.remove': async ({ args, signal }) => {
      const model = await registry.get(args.id)
      await stopLoading(model)
      await supervisorOf(model).unload(args.id, signal)
      const freed = await withoutLooks(model, () => drop(model))
      if (registry.default === args.id && !isStored(model)) await makeDefault(null)
      registry.publishList()
      return freed
    },

    'model.load': async (call) => {
      const model = await registry.get(call.args.id)
      await loading.load(model, call.signal, (progress) => {
        call.emit(progress)
      })
      if (call.args.makeDefault) await makeDefault(call.args.id)
      return registry.info(model)
    },

    'model.pause': async ({ args }) => {
      await stopLoading(await registry.get(args.id))
      return {}
    },

    'model.discard': async ({ args }) => {
      const model = await registry.get(args.id)
      await stopLoading(model)
      return isStored(model) ? { freedBytes: 0 } : withoutLooks(model, () => dropPartial(model))
    },

    'model.unload': async ({ args, signal }) => {
      const model = await registry.get(args.id)
      await supervisorOf(model).unload(args.id, signal)
      return {}
    },

    'model.default': async ({ args }) => {
      if (args.id !== null) await registry.get(args.id)
      return {
        result: {},
        writes: [registry.defaultMutation(args.id)],
        after: () => registry.setDefault(args.id),
      } satisfies AtomicOutcome<Record<string, never>>
    },
  }

  async function dropPartial(model: KnownModel): Promise<{ freedBytes: number }> {
    const freedBytes = await removeBytes(model)
    // A model the user added stays in the list, to be downloaded another day.
    if (model.record) await registry.record(model, { partialBytes: null, etag: null, stored: false })
    registry.apply(model, { type: 'absent' })
    return { freedBytes }
  }
}
