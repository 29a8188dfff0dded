/** Starts or joins this origin's kernel. */
import { NAME_UNITS } from '../kernel/abi/index.ts'
import { browserEnvironment, checkSupport } from './browser.ts'
import { Connection } from './connection.ts'
import type { Environment } from './environment.ts'
import { createHearth } from './hearth.ts'
import type { Hearth } from './hearth.ts'

/** How this page shows among the others. */
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
export async function connect({ name, role = 'app', signal }: ConnectOptions = {}): Promise<Hearth> {
  signal?.throwIfAborted()
  checkSupport()
  return await connectThrough(browserEnvironment(), name ?? (document.title || location.pathname), role, signal)
}

/** @internal Connects through any environment: how tests reach a kernel without a SharedWorker. */
export async function connectThrough(
  environment: Environment,
  name: string,
  role: 'panel' | 'app',
  signal?: AbortSignal,
): Promise<Hearth> {
  const connection = new Connection(environment, { name: name.slice(0, NAME_UNITS), role })
  const hearth = createHearth(connection)
  await connection.open(signal)
  return hearth
}
