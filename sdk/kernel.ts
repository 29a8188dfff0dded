/** The kernel itself: what it is, what it does now, and stopping everything. */
import type { KernelEvent, KernelInfo, KernelStats, StorageReport } from '../kernel/abi/index.ts'
import { EventQueue } from './event-queue.ts'
import type { Call } from './call.ts'

export interface KernelControl {
  info(): Promise<KernelInfo>
  stats(): Promise<KernelStats>
  storage(): Promise<StorageReport>
  /** Everything that changes, as it changes, until the loop is left. `hearth.on` is often handier. */
  watch(options?: { signal?: AbortSignal }): AsyncIterable<KernelEvent>
  /** Cancels every run and every answer of every tab; what was written stays. Returns how many runs were stopped. */
  stop(): Promise<number>
  /** Asks the browser to keep this origin's storage under pressure; only a tab can ask. True when it will. */
  persist(): Promise<boolean>
}

export function createKernelControl(call: Call): KernelControl {
  return {
    info: () => call('kernel.info', {}),
    stats: () => call('kernel.stats', {}),
    storage: () => call('kernel.storage', {}),
    watch({ signal } = {}) {
      const controller = new AbortController()
      const queue = new EventQueue<KernelEvent>(() => controller.abort())
      call(
        'kernel.watch',
        {},
        {
          signal: signal ? AbortSignal.any([signal, controller.signal]) : controller.signal,
          onEvent: (event) => queue.push(event),
        },
      ).then(
        () => queue.end(),
        (error: unknown) => queue.end(error),
      )
      return queue
    },
    stop: async () => (await call('kernel.stop', {})).runs,
    persist: async () => await navigator.storage.persist(),
  }
}
