/**
 * From "known" to "ready": downloads a model's bytes if it needs any, checks them, and has the supervisor load them.
 * One task a model, shared by everybody who asks for it.
 */
import { HearthError } from '../../abi/index.ts'
import type { Progress } from '../../abi/index.ts'
import type { Platform } from '../platform.ts'
import { download } from './download.ts'
import type { LoadRequest } from './engine.ts'
import { asHearthError } from './errors.ts'
import { checkModelFile, refuseTooLarge } from './check-file.ts'
import { bytes } from './fits.ts'
import type { ModelBytes } from './model-files.ts'
import type { ModelEvent } from './model-state.ts'
import { noteOnly, progressOf, startMeter } from './progress.ts'
import { isStored } from './registry.ts'
import type { KnownModel, Registry } from './registry.ts'
import { SharedTask } from './shared-task.ts'
import { downloadUrl, hostOf } from './sources.ts'
import type { Supervisor } from './supervisor.ts'
import type { WaitStatus } from './turn.ts'

export interface LoadingOptions {
  platform: Platform
  registry: Registry
  supervisorOf: (model: KnownModel) => Supervisor
  /** Changes a model's state and tells those who wait for it. */
  report: (model: string, event: ModelEvent) => void
  onSentTo: (host: string) => void
}

export class Loading {
  readonly #options: LoadingOptions
  readonly #tasks = new Map<string, SharedTask<Progress, void>>()
  /** Downloads of models that nobody wants to load. */
  readonly #fetches = new Map<string, SharedTask<Progress, void>>()

  constructor(options: LoadingOptions) {
    this.#options = options
  }

  /** The task under way for this model. */
  task(model: KnownModel): SharedTask<Progress, void> | undefined {
    return this.#tasks.get(model.entry.id) ?? this.#fetches.get(model.entry.id)
  }

  /** Downloads if needed and loads. Joins the task under way. @throws HearthError, or the signal's reason. */
  load(model: KnownModel, signal: AbortSignal, onProgress: (progress: Progress) => void): Promise<void> {
    signal.throwIfAborted()
    const { id } = model.entry
    const task = this.#tasks.get(id) ?? this.#begin(model)
    return task.join(signal, onProgress)
  }

  /**
   * Downloads the model if needed, and leaves it at that. Joins what is under way for it.
   * @throws HearthError, or the signal's reason
   */
  async fetch(model: KnownModel, signal: AbortSignal): Promise<LoadRequest> {
    const { id, source } = model.entry
    if (downloadUrl(source) !== null && !isStored(model)) {
      const whole = this.#tasks.get(id)
      const task = whole ?? this.#fetches.get(id) ?? this.#beginFetch(model)
      await task.join(signal, () => {}, whole === undefined)
    }
    return this.prepare(model, signal)
  }

  /** What an engine needs to load the model; its bytes must be here. */
  async prepare(model: KnownModel, signal: AbortSignal): Promise<LoadRequest> {
    const { id, source, contextTokens } = model.entry
    return { model: id, source: model.record?.source ?? source, contextTokens, bytes: await this.#bytes(model, signal) }
  }

  async stopAll(reason: HearthError): Promise<void> {
    await Promise.all([...this.#tasks.values(), ...this.#fetches.values()].map((task) => task.stop(reason)))
  }

  #beginFetch(model: KnownModel): SharedTask<Progress, void> {
    const { id } = model.entry
    const task = new SharedTask<Progress, void>(async (signal) => {
      await Promise.resolve()
      try {
        await this.#fetch(model, signal)
      } finally {
        this.#fetches.delete(id)
      }
    })
    this.#fetches.set(id, task)
    return task
  }

  #begin(model: KnownModel): SharedTask<Progress, void> {
    const { id } = model.entry
    const task = new SharedTask<Progress, void>(async (signal) => {
      // Gives the caller time to join before anything can fail.
      await Promise.resolve()
      try {
        // Not two downloads of one file: who loads it too waits for the one that is under way.
        await this.#fetches.get(id)?.join(signal, () => {}, false)
        if (downloadUrl(model.entry.source) !== null && !isStored(model)) await this.#fetch(model, signal)
        const onStatus = (status: WaitStatus) => this.#tasks.get(id)?.tell(noteOnly('load', sentence(status)))
        await this.#options.supervisorOf(model).load(id, signal, onStatus)
      } finally {
        this.#tasks.delete(id)
      }
    })
    this.#tasks.set(id, task)
    return task
  }

  async #fetch(model: KnownModel, signal: AbortSignal): Promise<void> {
    const { platform, registry, report, onSentTo } = this.#options
    const { id, name, source } = model.entry
    const url = downloadUrl(source) ?? ''
    const before = model.record
    const done = before?.partialBytes ?? 0
    registry.apply(model, {
      type: 'download-begun',
      progress: progressOf(startMeter(platform.clock.monotonic(), done), 'download', model.entry.sizeBytes),
    })
    try {
      await registry.record(model, { partialBytes: done })
      // A kernel that died between the last byte and the check left a complete file.
      if ((await platform.files.open(id)) === null) {
        onSentTo(hostOf(url))
        await download(
          {
            model: id,
            name,
            url,
            etag: before?.etag ?? null,
            totalBytes: before?.sizeBytes ?? null,
            files: platform.files,
            clock: platform.clock,
            onProgress: (progress) => report(id, { type: 'progress', progress }),
            onFile: ({ etag, totalBytes }) => this.#noteFile(model, etag, totalBytes),
          },
          signal,
        )
      }
      await this.#check(model, signal)
    } catch (caught) {
      await this.#stopped(model, asHearthError(caught, model.entry.engine))
      throw caught
    }
  }

  /** Refuses before the first byte what could not be kept or loaded after the last. */
  async #noteFile(model: KnownModel, etag: string | null, sizeBytes: number | null): Promise<void> {
    const { id, name } = model.entry
    if (sizeBytes !== null) {
      refuseTooLarge({ id, name }, sizeBytes)
      await this.#refuseWithoutRoom(name, sizeBytes - (model.record?.partialBytes ?? 0))
      if (sizeBytes !== model.entry.sizeBytes) model.entry = { ...model.entry, sizeBytes, sizeEstimated: false }
    }
    await this.#options.registry.record(model, { etag, sizeBytes })
  }

  async #refuseWithoutRoom(name: string, neededBytes: number): Promise<void> {
    const nothing = { usageBytes: null, quotaBytes: null }
    const { usageBytes, quotaBytes } = await this.#options.platform.storage().catch(() => nothing)
    if (usageBytes === null || quotaBytes === null || usageBytes + neededBytes <= quotaBytes) return
    const free = bytes(Math.max(0, quotaBytes - usageBytes))
    const message = `${name} needs ${bytes(neededBytes)} more, and the browser has ${free} left for this site. Remove a model or choose a smaller one; what is stored is safe.`
    throw new HearthError('storage-full', message, { usageBytes, quotaBytes })
  }

  /** Only a file that is what it says it is counts as stored. */
  async #check(model: KnownModel, signal: AbortSignal): Promise<void> {
    const { platform, registry } = this.#options
    const file = await platform.files.open(model.entry.id)
    if (!file) throw new HearthError('storage-failed', 'The browser lost the file. Try again.', { reason: 'no file' })
    const facts = await checkModelFile(file, model.entry, signal)
    // A list may know better than the file how much of its window is of use.
    const known = model.listed ? { ...facts, contextTokens: model.entry.contextTokens } : facts
    await registry.record(model, { stored: true, partialBytes: null, sizeBytes: file.size, ...known })
    registry.apply(model, { type: 'stored' })
  }

  /** A download that stopped is paused with what it has; a file that is no model is gone. */
  async #stopped(model: KnownModel, error: HearthError): Promise<void> {
    const { platform, registry } = this.#options
    const { id } = model.entry
    if (HearthError.is(error, 'bad-model')) {
      await platform.files.remove(id)
      await registry.record(model, { partialBytes: null, etag: null })
      registry.apply(model, { type: 'failed', code: error.code, message: error.message })
      return
    }
    const writer = await platform.files.writer(id)
    const partialBytes = writer.safeBytes
    await writer.suspend()
    await registry.record(model, { partialBytes })
    const byPerson = HearthError.is(error, 'cancelled') && error.data.by !== 'kernel'
    registry.apply(model, { type: 'download-paused', reason: byPerson ? 'You paused it.' : error.message })
  }

  async #bytes(model: KnownModel, signal: AbortSignal): Promise<ModelBytes | null> {
    const { files } = this.#options.platform
    const { id, name, source, engine } = model.entry
    if (engine !== 'llamacpp') return null
    if (source.kind === 'bundled') return files.bundled(source.path, signal)
    const file = await files.open(id)
    if (file) return file
    // The browser evicted it, or somebody cleared the site's data.
    await this.#options.registry.record(model, { stored: false, partialBytes: null, etag: null })
    const again = source.kind === 'gguf-file' ? 'Add the file again.' : 'Download it again in Models.'
    throw new HearthError('no-model', `The browser has deleted ${name} to free storage. ${again}`, { model: id })
  }
}

function sentence(status: WaitStatus): string {
  if (status.kind === 'loading') return status.reason
  if (status.kind === 'held') return status.reason
  return status.ahead === 0 ? 'Waits for answers of another model to end' : `Waits for ${status.ahead} others`
}
