/** Where code that is not Hearth's runs: QuickJS in a lent worker, with a clock, a memory limit and a hard kill. */
import type { JsonValue } from '../../abi/index.ts'
import type { Lender } from '../lending.ts'

export interface SandboxRequest {
  /** A script; its completion value is the result. It sees only `input` and the language itself. */
  code: string
  input?: JsonValue
  /** Milliseconds of run time, then the worker is terminated: an interrupt handler does not stop native loops. */
  timeoutMs: number
  memoryBytes: number
}

export interface SandboxResult {
  /** What the script evaluated to, as plain data. */
  value: JsonValue
  /** What it printed with `console.log`, a line each. */
  log: readonly string[]
}

export interface Sandbox extends AsyncDisposable {
  /**
   * Runs one script in a fresh context.
   * @throws HearthError `tool-failed` for an error of the script's own, `timeout`, `over-limit` for memory, or the signal's reason.
   */
  run(request: SandboxRequest, signal: AbortSignal): Promise<SandboxResult>
}

export type SandboxFactory = (lender: Lender) => Sandbox
