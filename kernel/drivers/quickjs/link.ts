/** What the two halves of the QuickJS driver say: sandbox.ts in the kernel, worker.ts in a lent worker. Plain data only. */
import type { JsonValue, WireError } from '../../abi/index.ts'
import type { SandboxRequest } from '../../core/tools/sandbox.ts'

/** One script at a time: the next is sent when the last is answered. */
export interface ToWorker {
  t: 'run'
  id: number
  request: SandboxRequest
}

export type FromWorker =
  /** QuickJS is loaded; run times count from here. */
  | { t: 'ready' }
  | { t: 'broken'; reason: string }
  | { t: 'done'; id: number; value: JsonValue; log: readonly string[] }
  /** `spent`: the script was aborted, so this worker is to be thrown away. */
  | { t: 'fail'; id: number; error: WireError; spent: boolean }
