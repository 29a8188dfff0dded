/**
 * Workers that tabs lend to the kernel. A SharedWorker cannot spawn workers; tabs can. A lease ends when the tab dies,
 * when it is returned, or when the kernel kills it, and whoever holds it learns so from `lost`.
 */
import type { LendKind } from '../abi/frames.ts'

export interface Lease extends AsyncDisposable {
  readonly id: string
  readonly kind: LendKind
  /** Port to the worker: a `MessagePort` in browsers, for the driver of that kind to use. */
  readonly port: unknown
  /** For a person: which tab lends it. */
  readonly lender: string
  /** Whether the worker may use threads (its page is cross-origin isolated). */
  readonly isolated: boolean
  /** Aborts, with an `engine-lost` error as its reason, once the worker is gone for any cause but `kill`. */
  readonly lost: AbortSignal
  /** Has the tab terminate the worker. Also what disposing does. */
  kill(): void
}

export interface Lender {
  /**
   * Borrows a worker from some open tab, another one when that tab closes before it answers.
   * Waits while no tab can lend (`onWait` is then called once), until `signal` aborts.
   */
  borrow(kind: LendKind, signal: AbortSignal, onWait?: () => void): Promise<Lease>
}
