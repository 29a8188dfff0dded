/** Starts or joins this origin's kernel. */
import type { Hearth } from './hearth.ts'

export interface ConnectOptions {
  /** What to call this page in lists; default: the document's title. At most 128 UTF-16 units are used. */
  name?: string | undefined
  /** `panel` acts for the user, `app` (default) for this web app. */
  role?: 'panel' | 'app' | undefined
  /** Aborts connecting, not the connection. */
  signal?: AbortSignal | undefined
}

/**
 * Connects to the kernel that all tabs of this origin share, starting it if it is not running.
 * @throws HearthError `unsupported` when this browser lacks a SharedWorker, Web Locks or IndexedDB; `timeout` when the
 * kernel does not answer; `protocol-mismatch` when an older tab keeps an older kernel alive; or the signal's reason.
 */
export function connect(options?: ConnectOptions): Promise<Hearth> {
  void options
  return Promise.reject(new Error('not built yet'))
}
