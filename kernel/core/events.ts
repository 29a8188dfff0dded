/** Tells whoever watches the kernel what changed. Publishing never throws and never waits. */
import type { KernelEvent } from '../abi/index.ts'

export interface KernelEvents {
  publish(event: KernelEvent): void
  subscribe(listener: (event: KernelEvent) => void): Disposable
  /** True while anybody listens: what costs much to tell need not be put together otherwise. */
  readonly watched: boolean
}

/** One in-process publisher; a listener that throws is dropped. */
export function createKernelEvents(): KernelEvents {
  const listeners = new Set<(event: KernelEvent) => void>()
  return {
    get watched() {
      return listeners.size > 0
    },
    publish(event) {
      for (const listener of listeners) {
        try {
          listener(event)
        } catch {
          listeners.delete(listener)
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
  }
}
