/** The kernel itself: what it is, who has the model now, and pausing or stopping everything. */
import type {
  KernelEvent,
  KernelInfo,
  KernelStats,
  SchedulerJob,
  SchedulerSample,
  SchedulingPolicy,
  SlotSlice,
  StorageReport,
} from '../kernel/abi/index.ts'
import type { Call } from './call.ts'
import { follow } from './follow.ts'

/** `hearth.kernel`: what it is and does, and holding or stopping all of it. */
export interface KernelControl {
  /** Its version, epoch, and the pages that are connected. */
  info(): Promise<KernelInfo>
  /** How busy it is, each engine with its measured rates, first-token times; `paused` and `policy` as a person chose them. */
  stats(): Promise<KernelStats>
  /** Bytes used and allowed, by kind as well, and whether the browser keeps them under pressure. */
  storage(): Promise<StorageReport>
  /** Everything that changes, as it changes. Leaving the loop, or aborting, ends it. `hearth.on` is often handier. */
  watch(options?: { signal?: AbortSignal }): AsyncIterable<KernelEvent>
  /** Cancels every run and every answer of every tab; what was written stays. Returns how many runs were stopped. */
  stop(): Promise<number>
  /**
   * Takes the model from every run and answer of every tab at the next token, also from those that come later, until
   * `resume`; across restarts too. What was written stays, and goes on where it stopped.
   */
  pause(): Promise<void>
  /** Ends a `pause` of everything; what is paused by itself stays so. */
  resume(): Promise<void>
  /**
   * How the next one is chosen: `fair` (classes, and shares by weight inside them), `fifo` (arrival order) or `round-robin`.
   * Serves from the next decision on, and is kept across restarts.
   */
  schedule(policy: SchedulingPolicy): Promise<void>
  /** Who wants tokens now, and the last five minutes, a sample a second. `hearth.on('scheduler', …)` tells of changes. */
  top(): Promise<{ jobs: SchedulerJob[]; samples: SchedulerSample[] }>
  /**
   * Who had which slot when, oldest first: slices numbered above `after` (default 0), at most `limit` (default 1,000), and
   * those that go on, which have `to: null`. Numbers start anew with each kernel.
   */
  timeline(options?: { after?: number; limit?: number }): Promise<SlotSlice[]>
  /** Asks the browser to keep this origin's storage under pressure; only a tab can ask. True when it will. */
  persist(): Promise<boolean>
}

export function createKernelControl(call: Call): KernelControl {
  return {
    info: () => call('kernel.info', {}),
    stats: () => call('kernel.stats', {}),
    storage: () => call('kernel.storage', {}),
    watch: ({ signal } = {}) => follow(call, 'kernel.watch', {}, signal),
    stop: async () => (await call('kernel.stop', {})).runs,
    pause: async () => void (await call('kernel.pause', {})),
    resume: async () => void (await call('kernel.resume', {})),
    schedule: async (policy) => void (await call('kernel.schedule', { policy })),
    top: () => call('kernel.top', {}),
    timeline: async (options = {}) => (await call('kernel.timeline', options)).slices,
    persist: async () => await navigator.storage.persist(),
  }
}
