/**
 * One request to an engine within one turn. Stops the engine when the turn is taken away or nobody wants the answer any
 * more, also while the reader of the answer is busy elsewhere, and gives the turn back once the engine has stopped.
 */
import { HearthError } from '../../abi/index.ts'
import { abortable, whenAborted } from './abortable.ts'
import type { Delta, GenerateRequest } from './engine.ts'
import type { Preemption, Turn, TurnEnd } from './turn.ts'

/** What engines are told. One for all: making an error costs more than a token should. */
const ENOUGH = new HearthError('cancelled', 'The engine is to stop writing this answer.', { by: 'kernel' })

export class EngineRun {
  readonly #turn: Turn
  readonly #signal: AbortSignal
  /** Whether the scheduler may have the turn back now; a person always may. */
  readonly #yields: () => boolean
  readonly #stop = new AbortController()
  readonly #listening: readonly (() => void)[]
  #iterator: AsyncIterator<Delta> | null = null
  #pending: Promise<unknown> = Promise.resolve()
  /** Ends the wait for the next delta. One for all deltas: listeners of their own would cost more than they do. */
  #interrupt: (reason: unknown) => void = () => {}
  #preemption: Preemption | null = null
  #released: Promise<void> | null = null

  constructor(turn: Turn, signal: AbortSignal, yields: () => boolean) {
    this.#turn = turn
    this.#signal = signal
    this.#yields = yields
    this.#listening = [
      whenAborted([signal], () => void this.#halt('cancelled')),
      whenAborted([turn.lost], (reason) => this.#interrupt(reason)),
      whenAborted([turn.preempted], () => this.preempt()),
    ]
  }

  /** Why the turn was taken away; null while it was not. */
  get preemption(): Preemption | null {
    return this.#preemption
  }

  begin(request: GenerateRequest): void {
    this.#iterator = this.#turn.engine.generate(request, this.#stop.signal)[Symbol.asyncIterator]()
  }

  /** The next delta; undefined when the engine ended without one. @throws what the engine threw, or why it was stopped. */
  async next(): Promise<Delta | undefined> {
    this.#signal.throwIfAborted()
    this.#turn.lost.throwIfAborted()
    this.#stop.signal.throwIfAborted()
    if (!this.#iterator) return undefined
    const next = this.#iterator.next()
    this.#pending = next
    const step = await new Promise<IteratorResult<Delta>>((resolve, reject) => {
      this.#interrupt = reject
      next.then(resolve, reject)
    })
    // Everything may have been stopped while the delta was on its way.
    this.#signal.throwIfAborted()
    return step.done ? undefined : step.value
  }

  /** Gives the turn back if it is to be, and if that is allowed now. */
  preempt(): void {
    if (!this.#turn.preempted.aborted || this.#released) return
    const preemption = this.#turn.preempted.reason as Preemption
    if (preemption.by === 'scheduler' && !this.#yields()) return
    this.#preemption = preemption
    void this.#halt(preemption.by === 'user' ? 'paused' : 'preempted')
  }

  /** The answer is complete. Resolves when the slot is free. */
  async finish(): Promise<void> {
    await this.#halt('finished')
  }

  /** However it went. One that is to go on is over only when the engine has stopped; who gave up does not wait for that. */
  async close(ended: TurnEnd): Promise<void> {
    for (const stop of this.#listening) stop()
    const released = this.#halt(ended)
    if (this.#preemption) await abortable(released, this.#signal, this.#turn.lost).catch(() => {})
  }

  #halt(ended: TurnEnd): Promise<void> {
    if (this.#released) return this.#released
    const reason = this.#signal.aborted ? this.#signal.reason : ENOUGH
    this.#stop.abort(reason)
    this.#released = this.#turn.release(this.#stopped(), ended)
    this.#interrupt(reason)
    return this.#released
  }

  /** Settles when the engine has stopped writing. */
  async #stopped(): Promise<void> {
    await this.#pending.catch(() => {})
    await this.#iterator?.return?.()
  }
}
