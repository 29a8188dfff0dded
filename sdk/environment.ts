/**
 * What the connection takes from outside: a port to a kernel, locks, workers to lend, and news of being frozen. The
 * browser's is in browser.ts; tests give one over a MessageChannel.
 */
import type { LendKind } from '../kernel/abi/index.ts'

/** A worker on loan to the kernel. */
export interface LentWorker {
  /** The kernel's end of the link to it. */
  readonly port: MessagePort
  terminate(): void
}

export interface Environment {
  /** Worker kinds this page can spawn. */
  readonly lends: readonly LendKind[]
  /** Whether workers it spawns may use threads. */
  readonly isolated: boolean
  /** A fresh port to the kernel, which is started if it is not running. `onError` hears why its script could not run. */
  openKernel(onError: (reason: string) => void): MessagePort
  /** Takes a lock that nobody else holds. Returns its release. */
  hold(lock: string): Promise<() => void>
  /** Resolves once nobody holds the lock; rejects when `signal` aborts. */
  whenReleased(lock: string, signal: AbortSignal): Promise<void>
  /** `onError` hears of a worker that fails, at once or later. */
  spawn(kind: LendKind, onError: (reason: string) => void): LentWorker
  /** Calls back when the page is put aside (back/forward cache) and when it is shown again. Returns how to stop listening. */
  onFreeze(freeze: () => void, thaw: () => void): () => void
}
