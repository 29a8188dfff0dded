/** Time as the core sees it, injected with the rest of the platform. Drivers: drivers/web/clock.ts, drivers/memory/clock.ts. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonic(): number
  /**
   * Resolves after `ms`, or rejects with the signal's reason. `sleep(0)` resolves in the next turn of the event loop, after
   * what is waiting already.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}
