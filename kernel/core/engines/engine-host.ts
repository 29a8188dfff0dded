/**
 * Keeps at most one engine alive: creates it, loads what it is told to, notices its loss, and throws it away. When to load
 * what, and for whom, is the supervisor's; nothing but these two may hold an `Engine`.
 */
import { HearthError } from '../../abi/index.ts'
import type { EngineKind, Progress } from '../../abi/index.ts'
import type { Lender } from '../lending.ts'
import { ENGINE_STOP_MS, IMMEDIATE_LOSSES } from '../param.ts'
import type { Platform } from '../platform.ts'
import { abortable, whenAborted } from './abortable.ts'
import type { Engine, LoadedModel, LoadRequest } from './engine.ts'
import { asHearthError, lostAgain } from './errors.ts'
import type { ModelEvent } from './model-state.ts'
import { noteOnly } from './progress.ts'

/** One life of an engine. */
export interface Life {
  readonly engine: Engine
  /** Aborts with an `engine-lost` error, or with the reason why it was thrown away. */
  readonly gone: AbortController
  /** Null until a model is loaded. */
  facts: LoadedModel | null
}

export interface Loaded {
  readonly facts: LoadedModel
  /** Whether it had to wait for a tab, so that the time it took says nothing of the model. */
  readonly waited: boolean
}

export interface EngineHostOptions {
  kind: EngineKind
  platform: Pick<Platform, 'clock' | 'engines'>
  lender: Lender
  /** What the engine needs to load a model. */
  prepare: (model: string, signal: AbortSignal) => Promise<LoadRequest>
  nameOf: (model: string) => string
  /** Every change of a model in this engine. */
  report: (model: string, event: ModelEvent | { type: 'unloaded' }) => void
  onLoaded: (model: string, facts: LoadedModel) => void
}

export class EngineHost {
  readonly #options: EngineHostOptions
  /** An engine with a model that was ready is gone; called before those who use it are told. */
  readonly #onLoss: (error: HearthError) => void
  /** Somebody has to open a tab, or did. */
  readonly #onWait: () => void
  #life: Life | null = null
  #loading = false
  #waitsForTab = false

  constructor(options: EngineHostOptions, onLoss: (error: HearthError) => void, onWait: () => void) {
    this.#options = options
    this.#onLoss = onLoss
    this.#onWait = onWait
  }

  get life(): Life | null {
    return this.#life
  }
  /** True while a load waits for a tab to run in. */
  get waitsForTab(): boolean {
    return this.#waitsForTab
  }

  /** Loads a model in place of the one before. @throws HearthError what the engine threw, or the signal's reason. */
  async load(model: string, signal: AbortSignal): Promise<Loaded> {
    const { report } = this.#options
    const onProgress = (progress: Progress) => report(model, { type: 'progress', progress })
    let waited = false
    this.#loading = true
    report(model, { type: 'load-begun', progress: noteOnly('load', 'Starting the engine') })
    try {
      for (let losses = 1; ; losses += 1) {
        try {
          const life = this.#life ?? (await this.#create(model, signal, () => (waited = true)))
          const request = await abortable(this.#options.prepare(model, signal), signal)
          const facts = await abortable(life.engine.load(request, onProgress, signal), signal, life.gone.signal)
          life.facts = facts
          report(model, { type: 'loaded', placement: facts.placement, slots: facts.slots })
          // Whatever it says of itself: an engine that has died since is no engine.
          life.gone.signal.throwIfAborted()
          this.#options.onLoaded(model, facts)
          return { facts, waited }
        } catch (caught) {
          const failure = asHearthError(caught, this.#options.kind)
          // A load that failed may leave an engine that holds half a model: never use it again.
          await this.drop(failure)
          const lost = HearthError.is(failure, 'engine-lost') && !signal.aborted
          if (lost && losses < IMMEDIATE_LOSSES) continue
          const error = lost ? lostAgain(failure) : failure
          report(
            model,
            signal.aborted ? { type: 'unloaded' } : { type: 'failed', code: error.code, message: error.message },
          )
          throw error
        }
      }
    } finally {
      this.#loading = false
    }
  }

  /** This engine is gone, or of no use any more. Does nothing for one of an earlier life. */
  lose(life: Life, error: HearthError): void {
    if (this.#life !== life) return
    if (this.#loading) {
      // `load` is waiting for this very signal and deals with it.
      life.gone.abort(error)
      return
    }
    this.#life = null
    this.#onLoss(error)
    life.gone.abort(error)
    void disposeQuietly(life.engine)
  }

  /** Throws the engine away. A worker that hangs does not hold up what comes after it. */
  async drop(error: HearthError): Promise<void> {
    const life = this.#life
    this.#life = null
    if (!life) return
    life.gone.abort(error)
    const enough = new AbortController()
    const tooLong = this.#options.platform.clock.sleep(ENGINE_STOP_MS, enough.signal).catch(() => {})
    await Promise.race([disposeQuietly(life.engine), tooLong])
    enough.abort()
  }

  async #create(model: string, signal: AbortSignal, onWaited: () => void): Promise<Life> {
    const { kind, platform, lender, report, nameOf } = this.#options
    const onWait = () => {
      this.#waitsForTab = true
      onWaited()
      report(model, {
        type: 'progress',
        progress: noteOnly('load', `${nameOf(model)} waits for an open tab to run in.`),
      })
      this.#onWait()
    }
    const creating = platform.engines[kind](lender, signal, onWait)
    try {
      const engine = await abortable(creating, signal)
      const life: Life = { engine, gone: new AbortController(), facts: null }
      this.#life = life
      whenAborted([engine.lost], (reason) => this.lose(life, asHearthError(reason, kind)))
      return life
    } catch (error) {
      // A tab may answer after nobody waits any more; its worker must not stay.
      if (signal.aborted) creating.then(disposeQuietly, () => {})
      throw error
    } finally {
      if (this.#waitsForTab) {
        this.#waitsForTab = false
        this.#onWait()
      }
    }
  }
}

async function disposeQuietly(engine: Engine): Promise<void> {
  try {
    await engine[Symbol.asyncDispose]()
  } catch {
    // It was to go anyway, and a dead worker cannot say goodbye.
  }
}
