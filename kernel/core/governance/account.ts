/**
 * What was taken of one limit, and what is held for work under way. The record is the account's own and changes in place:
 * whenever it is written, by whichever commit, it says what is true then, so that no late commit puts an old sum back.
 */
import type { Amounts, Spent } from '../../abi/index.ts'
import type { SpendingRecord } from '../storage/records.ts'
import { FIELDS, nothing } from './amounts.ts'

export class Account {
  readonly record: SpendingRecord
  readonly scope: 'run' | 'agent' | 'day'
  /** Read anew each time: a person may change it while work is under way. */
  readonly limit: () => Amounts
  readonly #reserved = nothing()
  #holds = 0
  /** True when its owner is gone: what is still settled on it is not stored any more. */
  closed = false

  constructor(scope: Account['scope'], record: SpendingRecord, limit: () => Amounts) {
    this.scope = scope
    this.record = record
    this.limit = limit
  }

  get spent(): Spent {
    const { tokens, seconds, calls } = this.record
    return { tokens, seconds, calls }
  }
  get reserved(): Spent {
    return { ...this.#reserved }
  }
  /** Whether work under way holds anything of it. */
  get busy(): boolean {
    return this.#holds > 0
  }

  /** What may still be reserved, at least 0; Infinity without a limit. */
  left(field: keyof Spent): number {
    const limit = this.limit()[field]
    return limit === undefined ? Infinity : Math.max(0, limit - this.record[field] - this.#reserved[field])
  }

  hold(): void {
    this.#holds += 1
  }

  reserve(granted: Spent): void {
    for (const field of FIELDS) this.#reserved[field] += granted[field]
  }

  /** Ends one hold: gives back what it reserved. */
  release(granted: Spent): void {
    this.#holds -= 1
    // Sums of fractions do not cancel out exactly; nothing held is exactly nothing.
    for (const field of FIELDS) this.#reserved[field] = this.#holds === 0 ? 0 : this.#reserved[field] - granted[field]
  }

  spend(actual: Spent, at: number): void {
    for (const field of FIELDS) this.record[field] += actual[field]
    this.record.at = at
  }
}
