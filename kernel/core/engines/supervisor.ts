/**
 * Keeps one engine alive and hands out its slots. It creates the engine, loads what is asked for, and when the engine is
 * lost brings it back, on another tab if need be. Nothing else may hold an `Engine`. The order of service is decided in
 * scheduler/slots.ts; what happens to the text of an answer, in answer.ts.
 */
import { HearthError } from '../../abi/index.ts'
import type { EngineKind, Progress } from '../../abi/index.ts'
import type { Lender } from '../lending.ts'
import { ENGINE_STOP_MS, IMMEDIATE_LOSSES } from '../param.ts'
import type { Platform } from '../platform.ts'
import * as slots from '../scheduler/slots.ts'
import type { Ticket } from '../scheduler/slots.ts'
import { abortable, whenAborted } from './abortable.ts'
import type { Engine, LoadedModel, LoadRequest } from './engine.ts'
import { asHearthError } from './errors.ts'
import type { ModelEvent } from './model-state.ts'
import { noteOnly } from './progress.ts'

/** Why somebody waits. */
export type WaitStatus = { kind: 'queued'; ahead: number } | { kind: 'loading'; reason: string; forTab: boolean }

/** The right to write one answer. Give it back with `release`. */
export interface Turn {
  readonly engine: Engine
  readonly model: LoadedModel
  /** Aborts with an `engine-lost` error when the engine is gone; the turn is void then. */
  readonly lost: AbortSignal
  /** Says that the engine is of no use any more though it did not notice. */
  condemn(error: HearthError): void
  /** Says that the engine works: its next loss is not one of a row. */
  prove(): void
  /** Frees the slot once `stopped` settles; an engine that does not stop in time is given up. Never rejects. */
  release(stopped: Promise<unknown>): Promise<void>
}

export interface TurnRequest {
  model: string
  /** For lists of who has the model. */
  holder: string
  /** From `takeNumber`; asking again with the same number keeps the place in the line. */
  number: number
  signal: AbortSignal
  onStatus: (status: WaitStatus) => void
}

export interface SupervisorOptions {
  kind: EngineKind
  platform: Platform
  lender: Lender
  /** What the engine needs to load a model. */
  prepare: (model: string, signal: AbortSignal) => Promise<LoadRequest>
  nameOf: (model: string) => string
  /** Every change of a model in this engine. */
  report: (model: string, event: ModelEvent | { type: 'unloaded' }) => void
  onLoaded: (model: string, facts: LoadedModel) => void
  onLost: (model: string, error: HearthError) => void
  /** Answers began, ended or wait. */
  onActivity: () => void
}

/** One life of an engine. */
interface Life {
  readonly engine: Engine
  readonly gone: AbortController
  facts: LoadedModel | null
}

/** A ticket whose time has come, and the engine that was there at that moment. */
interface Granted {
  readonly ticket: Ticket
  readonly life: Life | null
}

interface Wait {
  readonly ticket: Ticket
  readonly holder: string
  resolve(): void
  reject(error: unknown): void
  tell(status: WaitStatus): void
}

export class Supervisor implements AsyncDisposable {
  readonly #options: SupervisorOptions
  #state = slots.emptySlots
  readonly #waits = new Map<number, Wait>()
  readonly #holders = new Map<number, string>()
  #life: Life | null = null
  #change: AbortController | null = null
  #waitsForTab = false
  #losses = 0
  #lastId = 0
  #lastNumber = 0
  readonly #closed = new AbortController()

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  /** Who writes now, longest first, and how many wait to. */
  get holders(): readonly string[] {
    return [...this.#holders.values()]
  }
  get waiting(): number {
    return this.#state.waiting.filter(({ slot }) => slot).length
  }
  /** The model in the engine. */
  get loaded(): string | null {
    return this.#state.loaded
  }

  takeNumber(): number {
    return ++this.#lastNumber
  }

  /** Waits for the model and a slot. @throws HearthError what loading threw, or the signal's reason. */
  async acquire({ model, holder, number, signal, onStatus }: TurnRequest): Promise<Turn> {
    const { ticket, life } = await this.#wait({ model, slot: true, number }, holder, signal, onStatus)
    if (!life?.facts) throw new HearthError('internal', 'A slot was given without an engine.', { reason: 'no engine' })
    return this.#turn(ticket, life, life.facts)
  }

  /**
   * Has the model loaded, after the answers in flight. When `signal` aborts and nobody else waits for it, the load stops.
   * @throws HearthError what loading threw, or the signal's reason.
   */
  async load(model: string, signal: AbortSignal, onStatus: (status: WaitStatus) => void): Promise<void> {
    this.#losses = 0
    try {
      await this.#wait({ model, slot: false, number: this.takeNumber() }, '', signal, onStatus)
    } catch (error) {
      const needed = this.#state.waiting.some((ticket) => ticket.model === model)
      if (signal.aborted && this.#state.changing?.to === model && !needed) this.#change?.abort(signal.reason)
      throw error
    }
  }

  /** Empties the engine if this model is in it, after the answers in flight, and frees its worker. */
  async unload(model: string, signal: AbortSignal): Promise<void> {
    if (this.#state.wanted === model) this.#state = { ...this.#state, wanted: null }
    const present = this.#state.loaded === model || this.#state.changing?.to === model
    if (present) await this.#wait({ model: null, slot: false, number: this.takeNumber() }, '', signal, () => {})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const error = new HearthError('cancelled', 'The kernel is closing.', { by: 'kernel' })
    this.#closed.abort(error)
    this.#change?.abort(error)
    for (const wait of this.#waits.values()) wait.reject(error)
    await this.#drop(error)
  }

  #wait(
    place: Omit<Ticket, 'id'>,
    holder: string,
    signal: AbortSignal,
    onStatus: (status: WaitStatus) => void,
  ): Promise<Granted> {
    const ticket: Ticket = { ...place, id: ++this.#lastId }
    return new Promise<Granted>((resolve, reject) => {
      let told = ''
      const settle = (act: () => void) => {
        stop()
        this.#waits.delete(ticket.id)
        act()
      }
      const wait: Wait = {
        ticket,
        holder,
        resolve: () => {
          const life = this.#life
          settle(() => resolve({ ticket, life }))
        },
        reject: (error) => {
          this.#state = slots.released(this.#state, ticket)
          settle(() => reject(error))
        },
        tell(status) {
          const text = JSON.stringify(status)
          if (text !== told) onStatus(status)
          told = text
        },
      }
      let stop = () => {}
      this.#waits.set(ticket.id, wait)
      this.#state = slots.requested(this.#state, ticket)
      stop = whenAborted([this.#closed.signal, signal], (reason) => {
        wait.reject(reason)
        this.#pump()
      })
      this.#pump()
    })
  }

  #pump(): void {
    for (;;) {
      const decision = slots.decide(this.#state)
      if (decision.do === 'start') {
        const wait = this.#waits.get(decision.ticket.id)
        this.#state = slots.started(this.#state, decision.ticket)
        if (decision.ticket.slot) this.#holders.set(decision.ticket.id, wait?.holder ?? '')
        wait?.resolve()
        continue
      }
      if (decision.do === 'change' && !this.#closed.signal.aborted) void this.#carryOut(decision.to)
      if (decision.do === 'abandon') {
        this.#change?.abort(new HearthError('cancelled', 'Another model is needed first.', { by: 'kernel' }))
      }
      break
    }
    for (const wait of this.#waits.values()) wait.tell(this.#statusOf(wait.ticket))
    this.#options.onActivity()
  }

  #statusOf(ticket: Ticket): WaitStatus {
    if (ticket.model !== null && this.#state.changing?.to === ticket.model) {
      const name = this.#options.nameOf(ticket.model)
      const reason = this.#waitsForTab ? `${name} waits for an open tab to run in.` : `${name} is being loaded.`
      return { kind: 'loading', reason, forTab: this.#waitsForTab }
    }
    return { kind: 'queued', ahead: slots.ahead(this.#state, ticket) ?? 0 }
  }

  /** Brings about a change that `decide` asked for. Never rejects: those who wait for it learn of a failure. */
  async #carryOut(to: string | null): Promise<void> {
    const previous = this.#state.loaded
    const change = new AbortController()
    this.#change = change
    this.#state = slots.changing(this.#state, to)
    if (previous !== null) this.#options.report(previous, { type: 'unloaded' })
    try {
      if (to === null) await this.#drop(new HearthError('cancelled', 'The model was unloaded.', { by: 'user' }))
      const facts = to === null ? null : await this.#load(to, change.signal)
      this.#state = slots.changed(this.#state, to, facts?.slots ?? 0)
    } catch (error) {
      this.#state = slots.changed(this.#state, null, 0)
      // Who asked while the load was being given up has to have a load of his own.
      const failed = change.signal.aborted ? [] : this.#state.waiting.filter((ticket) => ticket.model === to)
      for (const ticket of failed) this.#waits.get(ticket.id)?.reject(error)
    } finally {
      this.#change = null
    }
    this.#pump()
  }

  async #load(model: string, signal: AbortSignal): Promise<LoadedModel> {
    const { report } = this.#options
    const onProgress = (progress: Progress) => report(model, { type: 'progress', progress })
    report(model, { type: 'load-begun', progress: noteOnly('load', 'Starting the engine') })
    for (let losses = 1; ; losses += 1) {
      try {
        const life = this.#life ?? (await this.#create(model, signal))
        const request = await abortable(this.#options.prepare(model, signal), signal)
        const facts = await abortable(life.engine.load(request, onProgress, signal), signal, life.gone.signal)
        life.facts = facts
        report(model, { type: 'loaded', placement: facts.placement, slots: facts.slots })
        this.#options.onLoaded(model, facts)
        return facts
      } catch (caught) {
        const error = asHearthError(caught, this.#options.kind)
        // A load that failed may leave an engine that holds half a model: never use it again.
        await this.#drop(error)
        if (HearthError.is(error, 'engine-lost') && !signal.aborted && losses < IMMEDIATE_LOSSES) continue
        report(
          model,
          signal.aborted ? { type: 'unloaded' } : { type: 'failed', code: error.code, message: error.message },
        )
        throw error
      }
    }
  }

  async #create(model: string, signal: AbortSignal): Promise<Life> {
    const { kind, platform, lender, report, nameOf } = this.#options
    const onWait = () => {
      this.#waitsForTab = true
      report(model, {
        type: 'progress',
        progress: noteOnly('load', `${nameOf(model)} waits for an open tab to run in.`),
      })
      this.#pump()
    }
    const creating = platform.engines[kind](lender, signal, onWait)
    try {
      const engine = await abortable(creating, signal)
      const life: Life = { engine, gone: new AbortController(), facts: null }
      this.#life = life
      whenAborted([engine.lost], (reason) => this.#lose(life, asHearthError(reason, kind)))
      return life
    } catch (error) {
      // A tab may answer after nobody waits any more; its worker must not stay.
      if (signal.aborted) creating.then(disposeQuietly, () => {})
      throw error
    } finally {
      this.#waitsForTab = false
    }
  }

  /** The engine is gone. Its answers come back by themselves; a model that was ready is brought back for them. */
  #lose(life: Life, error: HearthError): void {
    if (this.#life !== life) return
    const model = this.#state.loaded
    if (model === null) {
      // `#load` is waiting for this very signal and deals with it.
      life.gone.abort(error)
      return
    }
    this.#life = null
    this.#losses += 1
    this.#holders.clear()
    this.#state = slots.lost(this.#state, this.#losses < IMMEDIATE_LOSSES ? model : null)
    this.#options.report(model, { type: 'unloaded' })
    this.#options.onLost(model, error)
    life.gone.abort(error)
    void disposeQuietly(life.engine)
    this.#pump()
  }

  async #drop(error: HearthError): Promise<void> {
    const life = this.#life
    this.#life = null
    if (!life) return
    life.gone.abort(error)
    // A worker that hangs must not hold up what comes after it.
    const enough = new AbortController()
    const tooLong = this.#options.platform.clock.sleep(ENGINE_STOP_MS, enough.signal).catch(() => {})
    await Promise.race([disposeQuietly(life.engine), tooLong])
    enough.abort()
  }

  #turn(ticket: Ticket, life: Life, model: LoadedModel): Turn {
    return {
      engine: life.engine,
      model,
      lost: life.gone.signal,
      condemn: (error) => this.#lose(life, error),
      prove: () => {
        this.#losses = 0
      },
      release: (stopped) => this.#release(ticket, life, stopped),
    }
  }

  async #release(ticket: Ticket, life: Life, stopped: Promise<unknown>): Promise<void> {
    const { platform, kind } = this.#options
    const settled = new AbortController()
    const stop = stopped.then(
      () => {},
      () => {},
    )
    const tooLong = platform.clock.sleep(ENGINE_STOP_MS, settled.signal).then(
      () => {
        const reason = `it did not stop within ${ENGINE_STOP_MS / 1000} s`
        this.#lose(
          life,
          new HearthError('engine-lost', 'The engine hangs and is started again.', { engine: kind, reason }),
        )
      },
      () => {},
    )
    await Promise.race([stop, tooLong])
    settled.abort()
    this.#holders.delete(ticket.id)
    this.#state = slots.released(this.#state, ticket)
    this.#pump()
  }
}

async function disposeQuietly(engine: Engine): Promise<void> {
  try {
    await engine[Symbol.asyncDispose]()
  } catch {
    // It was to go anyway, and a dead worker cannot say goodbye.
  }
}
