/** A turn as the supervisor holds it: what was written in it, and how it is to end. */
import type { HearthError } from '../../abi/index.ts'
import type { Service } from '../scheduler/job.ts'
import type { Engine, LoadedModel } from './engine.ts'
import type { Life } from './engine-host.ts'
import type { Preemption, Turn, TurnEnd } from './turn.ts'

/** What a turn has its supervisor do. */
export interface TurnOwner {
  served(turn: ActiveTurn, service: Service): void
  read(turn: ActiveTurn, promptTokens: number, cachedTokens: number, ms: number | null): void
  condemn(turn: ActiveTurn, error: HearthError): void
  prove(): void
  release(turn: ActiveTurn, stopped: Promise<unknown>): Promise<void>
}

export class ActiveTurn implements Turn {
  /** Number of the job that has it, and of its slice in the timeline. */
  readonly job: number
  readonly slice: number
  readonly life: Life
  readonly model: LoadedModel
  readonly #owner: TurnOwner
  readonly #preempted = new AbortController()
  #firstAt: number | null = null
  #lastAt = 0
  #ended: TurnEnd | null = null
  #preemptedBy: string | null = null

  constructor(owner: TurnOwner, facts: { job: number; slice: number; life: Life; model: LoadedModel }) {
    this.#owner = owner
    this.job = facts.job
    this.slice = facts.slice
    this.life = facts.life
    this.model = facts.model
  }

  get engine(): Engine {
    return this.life.engine
  }
  get lost(): AbortSignal {
    return this.life.gone.signal
  }
  get preempted(): AbortSignal {
    return this.#preempted.signal
  }
  get decodeMs(): number {
    return this.#firstAt === null ? 0 : this.#lastAt - this.#firstAt
  }
  /** How it ends, once `release` was called. */
  get ended(): TurnEnd | null {
    return this.#ended
  }

  /** Whether the one who has it is to wait for another turn after this one. */
  get goesOn(): boolean {
    return this.#ended === null || this.#ended === 'preempted' || this.#ended === 'paused' || this.#ended === 'lost'
  }

  /** Name of who is given the slot. */
  get preemptedBy(): string | null {
    return this.#preemptedBy
  }

  preempt(preemption: Preemption, preemptedBy: string | null): void {
    this.#preemptedBy = preemptedBy
    this.#preempted.abort(preemption)
  }

  /** @param now monotonic, in ms */
  wrote(now: number): void {
    this.#firstAt ??= now
    this.#lastAt = now
  }

  served(service: Service): void {
    this.#owner.served(this, service)
  }
  read(promptTokens: number, cachedTokens: number, ms: number | null): void {
    this.#owner.read(this, promptTokens, cachedTokens, ms)
  }
  condemn(error: HearthError): void {
    this.#owner.condemn(this, error)
  }
  prove(): void {
    this.#owner.prove()
  }
  release(stopped: Promise<unknown>, ended: TurnEnd): Promise<void> {
    this.#ended ??= ended
    return this.#owner.release(this, stopped)
  }
}
