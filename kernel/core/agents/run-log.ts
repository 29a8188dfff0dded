/**
 * The journal of one run that has not ended: writes events, and tells watchers of each only after it is committed, so no
 * client ever saw what a later kernel would not know. Appends are applied one after another in the order they were made.
 */
import type { RunEvent } from '../../abi/index.ts'
import type { Clock } from '../platform.ts'
import type { Database, Durability, Mutation } from '../storage/database.ts'
import type { RunRecord } from '../storage/records.ts'
import { apply, replay, type RunProgress } from './run-machine.ts'

/** An event before it has its place and time. */
export type EventBody = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'seq' | 'at'> : never) : never

export interface Entry {
  /** Called when it is this entry's turn, so that it sees what all earlier ones did. */
  events(record: RunRecord, progress: RunProgress): EventBody[]
  /** The record as it is committed along. */
  change?(record: RunRecord): RunRecord
  /** The record when the commit failed; as it was changed unless given. */
  failed?(record: RunRecord): RunRecord
  /** Other writes of the same commit. */
  writes?(events: readonly RunEvent[], record: RunRecord): Mutation[]
  durability: Durability
}

export class RunLog {
  #record: RunRecord
  #progress: RunProgress
  readonly #events: RunEvent[]
  readonly #watchers = new Set<(event: RunEvent) => void>()
  readonly #database: Database
  readonly #clock: Clock
  #nextSeq: number
  #last: Promise<void> = Promise.resolve()

  /** @param events what an earlier kernel journaled, in order. */
  constructor(deps: { database: Database; clock: Clock }, record: RunRecord, events: readonly RunEvent[] = []) {
    this.#database = deps.database
    this.#clock = deps.clock
    this.#record = record
    this.#events = [...events]
    this.#progress = replay(events)
    this.#nextSeq = (events.at(-1)?.seq ?? -1) + 1
  }

  get record(): RunRecord {
    return this.#record
  }

  /** Changes what lists show; stored with the next entry. */
  set record(record: RunRecord) {
    this.#record = record
  }

  get progress(): RunProgress {
    return this.#progress
  }

  get events(): readonly RunEvent[] {
    return this.#events
  }

  /** Rejects when the entry was not committed; then no event of it happened. */
  append(entry: Entry): Promise<void> {
    const done = this.#last.then(() => this.#write(entry))
    this.#last = done.catch(() => undefined)
    return done
  }

  /** Tells `listener` of all events after `after`, past ones at once, until disposed. */
  watch(after: number, listener: (event: RunEvent) => void): Disposable {
    for (const event of this.#events) if (event.seq > after) listener(event)
    const later = (event: RunEvent): void => {
      if (event.seq > after) listener(event)
    }
    this.#watchers.add(later)
    return { [Symbol.dispose]: () => void this.#watchers.delete(later) }
  }

  async #write(entry: Entry): Promise<void> {
    const record = entry.change?.(this.#record) ?? this.#record
    const at = this.#clock.now()
    const events = entry.events(record, this.#progress).map((body, index) => ({
      ...body,
      seq: this.#nextSeq + index,
      at,
    })) as RunEvent[]
    const progress = events.reduce(apply, this.#progress)
    const batch: Mutation[] = [{ op: 'put', store: 'runs', value: record }]
    for (const event of events)
      batch.push({ op: 'add', store: 'journal', value: { run: record.id, seq: event.seq, event } })
    batch.push(...(entry.writes?.(events, record) ?? []))
    // Before the commit, so that what lists show may change meanwhile.
    this.#record = record
    try {
      await this.#database.commit(batch, entry.durability)
    } catch (error) {
      // Here, since the next entry begins with what this one leaves.
      this.#record = entry.failed?.(this.#record) ?? this.#record
      throw error
    }
    this.#nextSeq += events.length
    this.#progress = progress
    for (const event of events) {
      this.#events.push(event)
      for (const tell of [...this.#watchers]) tell(event)
    }
  }
}
