/** What is generated now: decode rate, who has the model, who waits, and which hosts were ever spoken to. */
import type { KernelStats } from '../../abi/index.ts'
import type { KernelEvents } from '../events.ts'
import { RATE_WINDOW_MS, STATS_INTERVAL_MS } from '../param.ts'
import type { Clock } from '../platform.ts'

/** How busy the engines are. */
export interface Load {
  /** Names of those who write now, longest first. */
  holders: readonly string[]
  waiting: number
}

export interface Stats extends Disposable {
  /** Tokens that were just written. */
  count(tokens: number): void
  /** Data goes to this host. */
  sentTo(host: string): void
  /** Call when answers begin, end or wait. */
  changed(): void
  read(): KernelStats
}

/** Publishes `stats` every STATS_INTERVAL_MS while anything is generated, and once when nothing is any more. */
export function createStats(clock: Clock, events: KernelEvents, load: () => Load): Stats {
  const hosts = new Set<string>()
  let closed = false
  let samples: { at: number; tokens: number }[] = []
  /** Ends the pause between two publications; null while nothing is published. */
  let nap: AbortController | null = null

  const read = (): KernelStats => {
    const { holders, waiting } = load()
    return {
      tokensPerSecond: holders.length === 0 ? 0 : rate(),
      running: holders.length,
      waiting,
      holder: holders[0] ?? null,
      outbound: [...hosts],
    }
  }

  const rate = (): number => {
    const now = clock.monotonic()
    samples = samples.filter(({ at }) => at > now - RATE_WINDOW_MS)
    const first = samples[0]
    if (!first) return 0
    // While less than the window has passed, the time since the first token counts; a first instant says nothing.
    const seconds = Math.max(now - first.at, STATS_INTERVAL_MS / 2) / 1000
    return samples.reduce((sum, { tokens }) => sum + tokens, 0) / seconds
  }

  const publish = () => events.publish({ type: 'stats', stats: read() })

  const publishWhileBusy = async () => {
    while (isBusy() && !closed) {
      nap = new AbortController()
      publish()
      await clock.sleep(STATS_INTERVAL_MS, nap.signal).catch(() => {})
    }
    nap = null
    samples = []
    publish()
  }

  const isBusy = () => {
    const { holders, waiting } = load()
    return holders.length > 0 || waiting > 0
  }

  return {
    count: (tokens) => void samples.push({ at: clock.monotonic(), tokens }),
    sentTo(host) {
      if (hosts.has(host)) return
      hosts.add(host)
      publish()
    },
    changed() {
      if (!nap && isBusy()) void publishWhileBusy()
      else if (nap && !isBusy()) nap.abort()
    },
    read,
    [Symbol.dispose]() {
      closed = true
      nap?.abort()
    },
  }
}
