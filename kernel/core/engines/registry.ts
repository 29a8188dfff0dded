/**
 * Every model the kernel knows: built in, listed by a driver, or added by the user; with its stored record and its state.
 * Changes are published from here and nowhere else. What a model does is not decided here.
 */
import { HearthError } from '../../abi/index.ts'
import type { DeviceReport, ModelInfo, ModelState } from '../../abi/index.ts'
import type { KernelEvents } from '../events.ts'
import { PROGRESS_INTERVAL_MS } from '../param.ts'
import type { Platform } from '../platform.ts'
import type { Mutation } from '../storage/database.ts'
import type { ModelRecord } from '../storage/records.ts'
import { builtinCatalogue } from './catalogue.ts'
import type { CatalogueEntry } from './catalogue.ts'
import { notFound } from './errors.ts'
import { fits } from './fits.ts'
import { nextModelState } from './model-state.ts'
import type { ModelEvent } from './model-state.ts'
import { eventAfterLook, initialState } from './resting-state.ts'
import { alwaysStored, entryOf, withoutKey } from './sources.ts'
import { cachedSource } from './weight-cache.ts'
import type { CachedWeights } from './weight-cache.ts'

const DEFAULT_MODEL = 'default-model'

export interface KnownModel {
  entry: CatalogueEntry
  readonly listed: boolean
  record: ModelRecord | null
  state: ModelState
  /** Monotonic milliseconds of the last published progress. */
  published: number
}

/** True when loading needs no download first. */
export function isStored(model: KnownModel): boolean {
  return alwaysStored(model.entry.source) || model.record?.stored === true
}

export class Registry {
  readonly #platform: Platform
  readonly #events: KernelEvents
  readonly #models = new Map<string, KnownModel>()
  /** Records of models whose list was not asked for yet. */
  readonly #unlisted = new Map<string, ModelRecord>()
  #lists: Promise<void> | null = null
  #looks = Promise.resolve()
  /** Models whose newest progress is still to be published. */
  readonly #late = new Set<KnownModel>()
  readonly #life = new AbortController()
  #default: string | null = null
  #device: DeviceReport | null = null

  private constructor(platform: Platform, events: KernelEvents) {
    this.#platform = platform
    this.#events = events
  }

  static async open(platform: Platform, events: KernelEvents): Promise<Registry> {
    const registry = new Registry(platform, events)
    for (const entry of builtinCatalogue) registry.#list(entry, null)
    for (const record of await platform.database.list('models')) await registry.#restore(record)
    const stored = await platform.database.get('meta', DEFAULT_MODEL)
    if (registry.#cached().length > 0) await registry.recheck()
    registry.#default = typeof stored?.value === 'string' ? stored.value : null
    return registry
  }

  get default(): string | null {
    return this.#default
  }

  /** What is known now; lists of drivers only once somebody asked for them. */
  all(): readonly KnownModel[] {
    return [...this.#models.values()]
  }

  find(id: string): KnownModel | undefined {
    return this.#models.get(id)
  }

  /** @throws HearthError `not-found`. */
  async get(id: string): Promise<KnownModel> {
    if (!this.#models.has(id)) await this.lists()
    const model = this.#models.get(id)
    if (!model) throw notFound(id)
    return model
  }

  /** Asks the drivers for their lists, once; a list that fails is asked again next time. */
  async lists(): Promise<void> {
    this.#lists ??= this.#askForLists()
    await this.#lists
  }

  /** Looks at the device again. */
  async device(): Promise<DeviceReport> {
    this.#device = await this.#platform.device()
    return this.#device
  }

  /**
   * Brings what is said of models whose engines keep their bytes in line with what is there. What cannot be looked at stays as
   * it was noted. Never rejects.
   */
  recheck(): Promise<void> {
    return this.betweenLooks(() => this.#look()).catch(() => {})
  }

  /** Does what deletes bytes while nobody looks at them, so that no look tells what is true no longer. */
  betweenLooks<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#looks.then(work)
    this.#looks = done.then(
      () => {},
      () => {},
    )
    return done
  }

  info({ entry, listed, state }: KnownModel): ModelInfo {
    const { needs: _needs, short: _short, source, ...rest } = entry
    const fit = this.#device ? fits(entry, this.#device) : { ok: true }
    return { ...rest, source: withoutKey(source), fits: fit, listed, state }
  }

  apply(model: KnownModel, event: ModelEvent): void {
    const next = nextModelState(model.state, event)
    if (next === model.state) return
    model.state = next
    const now = this.#platform.clock.monotonic()
    if (event.type === 'progress' && now - model.published < PROGRESS_INTERVAL_MS) return void this.#publishLater(model)
    model.published = event.type === 'progress' ? now : -Infinity
    this.publish(model)
  }

  /** A download that comes to a stand must not leave an older amount on the screen. */
  #publishLater(model: KnownModel): void {
    if (this.#late.has(model)) return
    this.#late.add(model)
    const show = (): void => {
      this.#late.delete(model)
      if (this.#models.has(model.entry.id)) this.publish(model)
    }
    this.#platform.clock.sleep(PROGRESS_INTERVAL_MS, this.#life.signal).then(show, () => {})
  }

  [Symbol.dispose](): void {
    this.#life.abort()
  }

  publish(model: KnownModel): void {
    this.#events.publish({ type: 'model', model: this.info(model) })
  }

  /** A model the user adds, from here on known; the caller stores the record. */
  add(record: ModelRecord, state: ModelState): KnownModel {
    const model: KnownModel = { entry: entryOf(record), listed: false, record, state, published: -Infinity }
    this.#models.set(record.id, model)
    return model
  }

  /** Forgets a model the user added; one from a list stays and is merely absent. */
  forget(model: KnownModel): void {
    if (!model.listed) this.#models.delete(model.entry.id)
    model.record = null
  }

  /** Changes the record, stores it, and lists what follows from it. */
  async record(model: KnownModel, change: Partial<Omit<ModelRecord, 'id' | 'source'>>): Promise<void> {
    const { id, name, source, contextTokens, sizeBytes } = model.entry
    const { listed } = model
    const fresh = { id, name, source, contextTokens, sizeBytes, listed, partialBytes: null, etag: null, stored: false }
    const record: ModelRecord = { ...fresh, ...model.record, ...change }
    model.record = record
    if (!listed) model.entry = entryOf(record)
    await this.#platform.database.commit([{ op: 'put', store: 'models', value: record }], 'relaxed')
  }

  async erase(model: KnownModel): Promise<void> {
    await this.#platform.database.commit([{ op: 'delete', store: 'models', key: model.entry.id }], 'strict')
  }

  defaultMutation(id: string | null): Mutation {
    return { op: 'put', store: 'meta', value: { name: DEFAULT_MODEL, value: id } }
  }

  /** Call once `defaultMutation` is committed. */
  setDefault(id: string | null): void {
    this.#default = id
    this.publishList()
  }

  publishList(): void {
    this.#events.publish({ type: 'models', default: this.#default })
  }

  #cached() {
    return this.all().flatMap((model) => {
      const source = cachedSource(model.entry.source)
      return source ? [{ model, source }] : []
    })
  }

  async #look(): Promise<void> {
    const cached = this.#cached()
    const found = await this.#platform.weights.look(cached.map(({ source }) => source))
    for (const [index, { model }] of cached.entries()) {
      const weights = found[index]
      if (weights && this.find(model.entry.id) === model) await this.#note(model, weights)
    }
  }

  async #note(model: KnownModel, found: CachedWeights): Promise<void> {
    // A model in use says itself what it is.
    if (['downloading', 'loading', 'ready'].includes(model.state.kind)) return
    const stored = found.complete
    const size = stored ? { sizeBytes: found.bytes } : {}
    if (stored) model.entry = { ...model.entry, ...size, sizeEstimated: false }
    const event = eventAfterLook(model.entry, model.state, found)
    if (event) this.apply(model, event)
    if (stored !== (model.record?.stored ?? false)) await this.record(model, { stored, ...size })
  }

  #list(entry: CatalogueEntry, record: ModelRecord | null): void {
    this.#models.set(entry.id, {
      entry,
      listed: true,
      record,
      state: initialState(entry, record),
      published: -Infinity,
    })
  }

  async #restore(stored: ModelRecord): Promise<void> {
    const record = await this.#recount(stored)
    if (record === null) return
    const listed = this.#models.get(record.id)
    if (listed) this.#list(listed.entry, record)
    else if (record.listed) this.#unlisted.set(record.id, record)
    else this.add(record, initialState(entryOf(record), record))
  }

  /** Says what a download that the last kernel left behind really has; a half-copied file is of no use to anybody. */
  async #recount(record: ModelRecord): Promise<ModelRecord | null> {
    if (record.stored || record.partialBytes === null) return record
    const { files, database } = this.#platform
    if (record.source.kind === 'gguf-file') {
      await files.remove(record.id)
      await database.commit([{ op: 'delete', store: 'models', key: record.id }], 'relaxed')
      return null
    }
    const writer = await files.writer(record.id)
    const partialBytes = writer.safeBytes
    await writer.suspend()
    return { ...record, partialBytes }
  }

  async #askForLists(): Promise<void> {
    const lists = await Promise.allSettled(this.#platform.catalogues.map((list) => list()))
    for (const list of lists) {
      if (list.status === 'fulfilled') {
        for (const entry of list.value) {
          if (!this.#models.has(entry.id)) this.#list(entry, this.#unlisted.get(entry.id) ?? null)
        }
        continue
      }
      this.#lists = null
      const reason = list.reason instanceof HearthError ? list.reason.message : String(list.reason)
      const message = `A list of models could not be read: ${reason}`
      this.#events.publish({ type: 'notice', level: 'warning', code: 'catalogue', message })
    }
    await this.recheck()
  }
}
