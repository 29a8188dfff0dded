/**
 * What one run takes of its budgets. An answer reserves its tokens and, a few at a time, the seconds in which it has a slot;
 * a tool call reserves itself. What was taken is charged in the commit that records the work, so that it is charged once,
 * whenever the kernel dies.
 */
import type { Spent } from '../../abi/index.ts'
import type { RunAccount } from '../governance/budgets.ts'
import type { Reservation } from '../governance/reservation.ts'
import { ANSWER_TOKENS_LEAST, SLOT_SECONDS_HELD, SLOT_SECONDS_LEAST } from '../param.ts'
import type { Clock } from '../platform.ts'
import type { Mutation } from '../storage/database.ts'

/** What an answer may take. */
export interface AnswerMeter extends Disposable {
  /** Most tokens it may have in all, those of an earlier kernel included. */
  readonly maxTokens: number
  /** Aborts with `budget-spent` when it has taken all it may. */
  readonly spent: AbortSignal
  onSlot(has: boolean): void
  /** Says how many tokens it has taken so far: read of the prompt, and written. */
  took(tokens: number): void
}

export class RunMeter {
  readonly #account: RunAccount
  readonly #clock: Clock
  #answer: SlotMeter | null = null
  #call: Reservation | null = null
  #closing: Mutation[] | null = null

  constructor(account: RunAccount, clock: Clock) {
    this.#account = account
    this.#clock = clock
  }

  get spent(): Spent {
    return this.#account.spent
  }

  /**
   * Reserves for one answer.
   * @param tokens of the prompt, by a guess; most of the answer; and those of it that an earlier kernel wrote
   * @throws HearthError `budget-spent` when nothing useful is left.
   */
  answer(tokens: { prompt: number; most: number; before: number }): AnswerMeter {
    this.#answer?.[Symbol.dispose]()
    const { prompt, most, before } = tokens
    const least = prompt + Math.min(most, before + ANSWER_TOKENS_LEAST)
    const reservation = this.#account.reserve(
      { tokens: prompt + most, seconds: SLOT_SECONDS_HELD },
      { tokens: least, seconds: SLOT_SECONDS_LEAST },
    )
    const unlimited = reservation.amounts.tokens === prompt + most
    return (this.#answer = new SlotMeter(
      reservation,
      this.#clock,
      unlimited ? most : reservation.amounts.tokens - prompt,
    ))
  }

  /** Charges an answer. Commit what this returns with its turn, or with the end of its run. */
  settleAnswer(tokens: number): Mutation[] {
    const answer = this.#answer
    this.#answer = null
    if (answer) return answer.settle(tokens)
    return tokens === 0 ? [] : this.#account.reserve({}).settle({ tokens })
  }

  /** Reserves for one tool call. @throws HearthError `budget-spent`. */
  call(): void {
    this.#call ??= this.#account.reserve({ calls: 1 })
  }

  /** Charges a tool call, or gives it back. Commit what this returns with its result. */
  settleCall(calls: 0 | 1): Mutation[] {
    const call = this.#call ?? this.#account.reserve({})
    this.#call = null
    if (calls > 0) return call.settle({ calls })
    call.release()
    return []
  }

  /** Gives back what is held and charges nothing: the kernel closes, and the next one goes on from what is on disk. */
  release(): void {
    this.#answer?.[Symbol.dispose]()
    this.#call?.release()
    this.#answer = this.#call = null
  }

  /** To be committed with the run's end. May be called again when that failed. */
  close(): Mutation[] {
    this.release()
    return (this.#closing ??= this.#account.close())
  }
}

class SlotMeter implements AnswerMeter {
  readonly maxTokens: number
  readonly #reservation: Reservation
  readonly #clock: Clock
  readonly #over = new AbortController()
  /** Milliseconds in which it had a slot before the present one, and when that was given. */
  #hadMs = 0
  #since: number | null = null
  #lost = new AbortController()

  constructor(reservation: Reservation, clock: Clock, maxTokens: number) {
    this.#reservation = reservation
    this.#clock = clock
    this.maxTokens = maxTokens
  }

  get spent(): AbortSignal {
    return this.#over.signal
  }

  onSlot(has: boolean): void {
    if (has === (this.#since !== null)) return
    if (has) {
      this.#since = this.#clock.monotonic()
      this.#lost = new AbortController()
      void this.#watch(this.#lost.signal)
    } else {
      this.#hadMs += this.#clock.monotonic() - (this.#since ?? 0)
      this.#since = null
      this.#lost.abort()
    }
  }

  took(tokens: number): void {
    const { amounts } = this.#reservation
    if (tokens <= amounts.tokens) return
    this.#need({ tokens: tokens - amounts.tokens })
  }

  settle(tokens: number): Mutation[] {
    this.onSlot(false)
    return this.#reservation.settle({ tokens, seconds: this.#hadMs / 1000 })
  }

  [Symbol.dispose](): void {
    this.onSlot(false)
    this.#reservation.release()
  }

  /** Holds more seconds each time those that are held are over. */
  async #watch(lost: AbortSignal): Promise<void> {
    for (;;) {
      const had = this.#hadMs + this.#clock.monotonic() - (this.#since ?? 0)
      const left = this.#reservation.amounts.seconds * 1000 - had
      try {
        if (left > 0) await this.#clock.sleep(left, lost)
      } catch {
        return
      }
      if (lost.aborted || !this.#need({ seconds: SLOT_SECONDS_HELD }, { seconds: SLOT_SECONDS_LEAST })) return
    }
  }

  #need(wanted: Partial<Spent>, least: Partial<Spent> = wanted): boolean {
    try {
      this.#reservation.extend(wanted, least)
      return true
    } catch (error) {
      this.#over.abort(error)
      return false
    }
  }
}
