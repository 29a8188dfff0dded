/**
 * What an index does in the background, one thing at a time, in slices of a few milliseconds between which everybody else
 * gets a turn: link new vectors, write checkpoints, mend the graph around tombstones, close gaps. Searches are right at any
 * moment in between: what is not linked is compared one by one.
 */
import { HearthError } from '../../abi/index.ts'
import type { Clock } from '../../core/platform.ts'
import {
  VECTOR_BUILD_WIDTH,
  VECTOR_JOURNAL_RECORDS,
  VECTOR_JOURNALED,
  VECTOR_RELINK_SHARE,
  VECTOR_SLICE_MS,
  VECTOR_SLICE_ROWS,
  VECTOR_TOMBSTONE_SHARE,
} from '../../core/memory/param.ts'
import type { Stored } from './checkpoint.ts'
import { writeCheckpoint } from './checkpoint.ts'
import type { Instance } from './instance.ts'
import { memoryFull } from './instance.ts'
import type { SegmentStorage } from './storage.ts'

/** Rows mended between two looks at the clock. */
const MENDED_AT_ONCE = 16

export class Maintenance {
  readonly #instance: Instance
  readonly #storage: SegmentStorage
  readonly #stored: Stored
  readonly #clock: Pick<Clock, 'monotonic' | 'sleep'>
  readonly #graphFrom: number
  readonly #ending = new AbortController()
  #running: Promise<void> | undefined
  #problem: HearthError | null = null
  /** Rows linked since links were last saved. */
  #unsavedLinks = 0
  /** Rows were freed or moved: links on disk no longer fit the rows there, so both are written together. */
  #moved = false
  #saving = false
  /** There was no memory for the graph; tried again when something is removed. */
  #full = false

  constructor(parts: {
    instance: Instance
    storage: SegmentStorage
    stored: Stored
    clock: Pick<Clock, 'monotonic' | 'sleep'>
    graphFrom: number
  }) {
    this.#instance = parts.instance
    this.#storage = parts.storage
    this.#stored = parts.stored
    this.#clock = parts.clock
    this.#graphFrom = parts.graphFrom
  }

  /** Why the last work failed. */
  get problem(): HearthError | null {
    return this.#problem ?? (this.#full ? memoryFull(this.#instance.limit) : null)
  }

  /** Rows that are linked and dead. */
  get tombstones(): number {
    const { call } = this.#instance
    return call.rowCount() - call.liveCount() - call.freeCount()
  }

  /** Something changed. */
  kick(): void {
    if (this.#running !== undefined || this.#ending.signal.aborted) return
    this.#running = this.#run().finally(() => (this.#running = undefined))
  }

  removed(): void {
    this.#full = false
    this.kick()
  }

  /** @throws HearthError what the work failed with */
  async save(): Promise<void> {
    this.#saving = true
    do {
      this.kick()
      await this.#running
    } while (this.#unsaved())
    this.#saving = false
    if (this.#problem !== null) throw this.#problem
  }

  async stop(): Promise<void> {
    this.#ending.abort()
    await this.#running
  }

  /** Work that was ending just then may not have seen that it was to save. */
  #unsaved(): boolean {
    return this.#saving && this.#problem === null && !this.#ending.signal.aborted
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending
    this.#problem = null
    try {
      while (!signal.aborted && (await this.#step())) await this.#clock.sleep(0, signal)
    } catch (error) {
      if (signal.aborted) return
      this.#problem = error instanceof HearthError ? error : internal(error)
    }
  }

  /** @returns whether there was anything to do */
  async #step(): Promise<boolean> {
    const { call } = this.#instance
    const { changes, journaled } = this.#stored
    if (!this.#saving && (journaled >= VECTOR_JOURNALED || changes.length >= VECTOR_JOURNAL_RECORDS)) {
      await this.#checkpoint(this.#moved)
      return true
    }
    if (this.#unlinked() > 0) return this.#link()
    if (this.tombstones > call.linkedCount() * VECTOR_TOMBSTONE_SHARE) {
      await this.#mend()
      return true
    }
    // Half a block more than needed, so that a few changes do not move rows to and fro.
    if (call.freeCount() > 1.5 * 2 ** call.rowBits() && call.canDropBlock()) {
      call.dropBlock()
      this.#moved = true
      return true
    }
    const due = this.#unsavedLinks > call.linkedCount() * VECTOR_RELINK_SHARE
    if (!this.#saving && !this.#moved && !due) return false
    if (changes.length > 0 || this.#unsavedLinks > 0 || this.#moved) await this.#checkpoint(true)
    this.#saving = false
    return true
  }

  /** Live rows that the graph should hold and does not. */
  #unlinked(): number {
    const { call } = this.#instance
    const linked = call.linkedCount()
    if (this.#full || (linked === 0 && call.liveCount() < this.#graphFrom)) return 0
    return call.liveCount() - (linked - this.tombstones)
  }

  #link(): boolean {
    const until = this.#clock.monotonic() + VECTOR_SLICE_MS
    for (let count = 0; count < VECTOR_SLICE_ROWS; count++) {
      const result = this.#instance.call.linkNext(VECTOR_BUILD_WIDTH)
      if (result < 0) this.#full = true
      if (result <= 0) break
      this.#unsavedLinks++
      if (this.#clock.monotonic() >= until) break
    }
    return true
  }

  async #mend(): Promise<void> {
    const { call } = this.#instance
    const { signal } = this.#ending
    call.beginRepair()
    let row = 0
    while (row < call.rowCount()) {
      const until = this.#clock.monotonic() + VECTOR_SLICE_MS
      const last = row + VECTOR_SLICE_ROWS * MENDED_AT_ONCE
      while (row < Math.min(last, call.rowCount()) && this.#clock.monotonic() < until) {
        row = call.repairRows(row, MENDED_AT_ONCE)
      }
      await this.#clock.sleep(0, signal)
    }
    call.endRepair()
    this.#moved = true
  }

  async #checkpoint(withLinks: boolean): Promise<void> {
    const unsaved = this.#unsavedLinks
    await writeCheckpoint(this.#instance, this.#storage, this.#stored, withLinks)
    if (!withLinks) return
    this.#unsavedLinks -= unsaved
    this.#moved = false
  }
}

function internal(cause: unknown): HearthError<'internal'> {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new HearthError('internal', `Something in Hearth failed: ${reason}`, { reason }, { cause })
}
