/**
 * The last minutes for charts, a second each, and how long first tokens took lately. Nothing is measured while nobody
 * wants tokens: such seconds are filled with zeros when they are asked for.
 */
import type { KernelStats, SchedulerSample } from '../../abi/index.ts'
import { FIRST_TOKENS_KEPT, SAMPLE_MS, SAMPLES_KEPT } from '../param.ts'

/** How busy the engines are. */
export interface Load {
  running: number
  waiting: number
}

export class Samples {
  #samples: SchedulerSample[] = []
  /** The last answers' times to their first tokens, a ring. */
  readonly #firstTokens: number[] = []
  #answers = 0
  #tokens = 0
  #waitMs: number | null = null
  #firstTokenMs: number | null = null
  #preemptions = 0

  count(tokens: number): void {
    this.#tokens += tokens
  }

  /** Somebody has had its first slot after this long, in ms. */
  started(waitMs: number): void {
    this.#waitMs = Math.max(this.#waitMs ?? 0, waitMs)
  }

  /** Somebody has had its first token after this long, in ms. */
  firstToken(ms: number): void {
    this.#firstTokenMs = Math.max(this.#firstTokenMs ?? 0, ms)
    this.#firstTokens[this.#answers % FIRST_TOKENS_KEPT] = ms
    this.#answers += 1
  }

  preempted(): void {
    this.#preemptions += 1
  }

  /** Closes the sample of the `ms` until `at` (since 1970). */
  take(at: number, ms: number, { running, waiting }: Load): void {
    this.#samples.push({
      ...{ at, running, waiting, tokensPerSecond: (this.#tokens * 1000) / Math.max(1, ms) },
      ...{ waitMs: this.#waitMs, firstTokenMs: this.#firstTokenMs, preemptions: this.#preemptions },
    })
    if (this.#samples.length > SAMPLES_KEPT) this.#samples.shift()
    this.#tokens = 0
    this.#waitMs = null
    this.#firstTokenMs = null
    this.#preemptions = 0
  }

  /** Oldest first, up to `now` (since 1970), without gaps. */
  read(now: number): SchedulerSample[] {
    const oldest = now - SAMPLES_KEPT * SAMPLE_MS
    const kept = this.#samples.filter(({ at }) => at > oldest)
    const filled: SchedulerSample[] = []
    for (const [index, sample] of kept.entries()) {
      filled.push(sample)
      fill(filled, sample.at, kept[index + 1]?.at ?? now + SAMPLE_MS / 2 + 1)
    }
    return filled.slice(-SAMPLES_KEPT)
  }

  /** Median and 99th percentile of the last answers; null before the first. */
  firstTokens(): KernelStats['firstTokenMs'] {
    const sorted = [...this.#firstTokens].sort((one, other) => one - other)
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return sorted.length === 0 ? null : { p50: at(0.5), p99: at(0.99) }
  }
}

/** Adds seconds in which nothing happened, between two samples. */
function fill(samples: SchedulerSample[], from: number, to: number): void {
  for (let at = from + SAMPLE_MS; at + SAMPLE_MS / 2 < to; at += SAMPLE_MS) {
    samples.push({
      ...{ at, running: 0, waiting: 0, tokensPerSecond: 0, waitMs: null, firstTokenMs: null, preemptions: 0 },
    })
  }
}
