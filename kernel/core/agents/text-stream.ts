/**
 * Journals the text of an answer while it is being written: the first piece at once, then what has gathered every
 * COALESCE_MS. Generation never waits for a commit; a slow disk only makes the pieces longer.
 */
import { COALESCE_MS } from '../param.ts'
import type { Clock } from '../platform.ts'
import type { RunRecord } from '../storage/records.ts'
import type { EventBody, RunLog } from './run-log.ts'
import type { RunProgress } from './run-machine.ts'

export class TextStream {
  readonly #log: RunLog
  readonly #clock: Clock
  readonly #stop = new AbortController()
  #text = ''
  #tokens = 0
  #flushing: Promise<void> | null = null
  #marked: Promise<void> | null = null
  #failure: { error: unknown } | null = null
  #last = Number.NEGATIVE_INFINITY

  constructor(log: RunLog, clock: Clock) {
    this.#log = log
    this.#clock = clock
  }

  /** @throws what an earlier commit failed with. */
  push(text: string, tokens: number): void {
    if (this.#failure) throw this.#failure.error
    this.#text += text
    this.#tokens += tokens
    this.#flushing ??= this.#flush()
  }

  /** Journals what has gathered, and then this. */
  mark(body: EventBody): void {
    const rest = this.take()
    const marked = this.#log.append({
      change: (record) => rest.change(record),
      events: (record, progress) => [...rest.events(record, progress), body],
      durability: 'relaxed',
    })
    this.#marked = marked.catch((error: unknown) => void (this.#failure = { error }))
  }

  /** Waits for what is being committed. What has gathered since stays for `take`, to be part of the answer's last commit. */
  async finish(): Promise<void> {
    this.#stop.abort()
    await this.#flushing
    await this.#marked
    if (this.#failure) throw this.#failure.error
  }

  /** For an entry of the log: the gathered text as an event, and the record that counts its tokens. */
  take(): { events(record: RunRecord, progress: RunProgress): EventBody[]; change(record: RunRecord): RunRecord } {
    return {
      change: (record) => {
        const tokens = this.#tokens
        this.#tokens = 0
        const answerTokens = (record.answerTokens ?? 0) + tokens
        return {
          ...record,
          completionTokens: record.completionTokens + tokens,
          answerTokens,
          ...(record.cursor ? { cursor: { ...record.cursor, tokens: answerTokens } } : {}),
        }
      },
      events: (_record, { round, text: before }) => {
        const text = this.#text
        this.#text = ''
        return text === '' ? [] : [{ type: 'text', round, offset: before.length, text }]
      },
    }
  }

  async #flush(): Promise<void> {
    try {
      while (this.#text !== '') {
        const wait = this.#last + COALESCE_MS - this.#clock.monotonic()
        if (wait > 0) await this.#clock.sleep(wait, this.#stop.signal).catch(() => undefined)
        if (this.#stop.signal.aborted) return
        this.#last = this.#clock.monotonic()
        await this.#log.append({ ...this.take(), durability: 'relaxed' })
      }
    } catch (error) {
      this.#failure = { error }
    } finally {
      this.#flushing = null
    }
  }
}
