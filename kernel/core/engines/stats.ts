/** How fast is written now, and which hosts were ever spoken to. What is told of it, and when, is in activity.ts. */
import { RATE_WINDOW_MS, STATS_INTERVAL_MS } from '../param.ts'
import type { Clock } from '../platform.ts'

/** Tokens a second over the last RATE_WINDOW_MS. */
export class DecodeRate {
  readonly #clock: Clock
  #written: { readonly at: number; readonly tokens: number }[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  count(tokens: number): void {
    this.#written.push({ at: this.#clock.monotonic(), tokens })
  }

  read(): number {
    const now = this.#clock.monotonic()
    this.#written = this.#written.filter(({ at }) => at > now - RATE_WINDOW_MS)
    const first = this.#written[0]
    if (!first) return 0
    // While less than the window has passed, the time since the first token counts; a first instant says nothing.
    const seconds = Math.max(now - first.at, STATS_INTERVAL_MS / 2) / 1000
    return this.#written.reduce((sum, { tokens }) => sum + tokens, 0) / seconds
  }

  /** Nothing is written any more: the next answer does not begin with the rate of the last. */
  reset(): void {
    this.#written = []
  }
}

/** Hosts that data was sent to since the kernel started. */
export class Outbound {
  readonly #hosts = new Set<string>()

  /** False when it was known before. */
  add(host: string): boolean {
    if (this.#hosts.has(host)) return false
    this.#hosts.add(host)
    return true
  }

  list(): string[] {
    return [...this.#hosts]
  }
}
