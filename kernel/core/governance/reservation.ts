/**
 * What one piece of work may take, held on every account it draws on, until it is settled or released, once. What was
 * reserved before midnight is charged to the day it was reserved in.
 */
import { HearthError } from '../../abi/index.ts'
import type { Spent } from '../../abi/index.ts'
import type { Clock } from '../platform.ts'
import type { Mutation } from '../storage/database.ts'
import type { Account } from './account.ts'
import { amounts, FIELDS } from './amounts.ts'
import { nextDay } from './day.ts'

export class Reservation implements Disposable {
  readonly #accounts: readonly Account[]
  readonly #clock: Pick<Clock, 'now'>
  readonly #name: string
  readonly #granted = amounts({})
  #open = true

  /** @internal Use RunAccount.reserve. */
  constructor(accounts: readonly Account[], clock: Pick<Clock, 'now'>, name: string) {
    this.#accounts = accounts
    this.#clock = clock
    this.#name = name
    for (const account of accounts) account.hold()
  }

  /** What is held. */
  get amounts(): Spent {
    return { ...this.#granted }
  }

  /**
   * Holds more: as much of `wanted` as is left, and at least `least`.
   * @throws HearthError `budget-spent` when `least` is not left; nothing was added then.
   */
  extend(wanted: Partial<Spent>, least: Partial<Spent> = wanted): void {
    const granted = amounts(wanted)
    for (const field of FIELDS) {
      for (const account of this.#accounts) {
        const left = account.left(field)
        if (left < (least[field] ?? 0)) throw this.#spent(account, field, least[field] ?? 0)
        granted[field] = Math.min(granted[field], left)
      }
    }
    for (const account of this.#accounts) account.reserve(granted)
    for (const field of FIELDS) this.#granted[field] += granted[field]
  }

  /**
   * What was really taken, in place of what was held; it counts from now on. Commit what this returns together with the
   * record of the work itself. Empty when it was settled or released before.
   */
  settle(actual: Partial<Spent>): Mutation[] {
    if (!this.#open) return []
    this.release()
    const at = this.#clock.now()
    const writes: Mutation[] = []
    for (const account of this.#accounts) {
      account.spend(amounts(actual), at)
      if (!account.closed) writes.push({ op: 'put', store: 'spending', value: account.record })
    }
    return writes
  }

  /** Gives everything back. Does nothing when it was settled or released before. */
  release(): void {
    if (!this.#open) return
    this.#open = false
    for (const account of this.#accounts) account.release(this.#granted)
  }

  [Symbol.dispose](): void {
    this.release()
  }

  #spent(account: Account, of: keyof Spent, least: number): HearthError {
    const { scope } = account
    const limit = account.limit()[of] ?? 0
    const now = this.#clock.now()
    const whose = { run: 'This run', agent: this.#name, day: `For today, ${this.#name}` }[scope]
    const what = { tokens: 'tokens', seconds: 'seconds of the model', calls: 'tool calls' }[of]
    const next = scope === 'day' ? 'It goes on tomorrow, or when you raise the limit.' : 'Raise the limit to go on.'
    const left = Math.floor(account.left(of))
    const has =
      left > 0
        ? `has ${left} left of its budget of ${limit} ${what}, and this needs about ${Math.ceil(least)}`
        : `has used its budget of ${limit} ${what}`
    return new HearthError('budget-spent', `${whose} ${has}. What was written is kept. ${next}`, {
      scope,
      of,
      limit,
      retryAfterMs: scope === 'day' ? nextDay(now) - now : null,
    })
  }
}
