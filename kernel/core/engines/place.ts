/** One answer's place in the line of an engine: taken when its first turn is asked for, kept until it leaves. */
import { HearthError } from '../../abi/index.ts'
import { QUEUE_RETRY_MS } from '../param.ts'
import type { Clock } from '../platform.ts'
import type { ActiveTurn } from './active-turn.ts'
import type { Member } from './member.ts'
import type { Place, PlaceRequest, Turn, WaitStatus } from './turn.ts'

/** What a place has its supervisor do. */
export interface Line {
  readonly waiting: number
  enter(request: PlaceRequest): Member
  wait(member: Member, onStatus: (status: WaitStatus) => void): Promise<ActiveTurn | null>
  leave(member: Member, reason: unknown): void
  /** Its attributes have changed. */
  reconsider(member: Member): void
}

export class AnswerPlace implements Place {
  readonly #line: Line
  readonly #clock: Clock
  readonly #request: PlaceRequest
  #member: Member | null = null
  #attributes: Disposable | null = null
  #left: { readonly reason: unknown } | null = null
  /** Ends the wait for room in the line. */
  #nap: AbortController | null = null

  constructor(line: Line, clock: Clock, request: PlaceRequest) {
    this.#line = line
    this.#clock = clock
    this.#request = request
  }

  async turn(onStatus: (status: WaitStatus) => void): Promise<Turn> {
    if (this.#left) throw this.#left.reason
    this.#member ??= await this.#enter(onStatus)
    const turn = await this.#line.wait(this.#member, onStatus)
    if (!turn) throw new HearthError('internal', 'A slot was given without an engine.', { reason: 'no engine' })
    return turn
  }

  leave(reason: unknown): void {
    if (this.#left) return
    this.#left = { reason }
    this.#nap?.abort(reason)
    this.#attributes?.[Symbol.dispose]()
    if (this.#member) this.#line.leave(this.#member, reason)
  }

  async #enter(onStatus: (status: WaitStatus) => void): Promise<Member> {
    const { patient, by } = this.#request
    for (;;) {
      try {
        const member = this.#line.enter(this.#request)
        this.#attributes = by.subscribe(() => this.#line.reconsider(member))
        return member
      } catch (error) {
        if (!patient || !HearthError.is(error, 'over-limit')) throw error
        onStatus({ kind: 'queued', ahead: this.#line.waiting })
        this.#nap = new AbortController()
        await this.#clock.sleep(error.data.retryAfterMs ?? QUEUE_RETRY_MS, this.#nap.signal)
      }
    }
  }
}
