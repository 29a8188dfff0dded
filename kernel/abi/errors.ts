/**
 * The closed family of errors that cross Hearth's boundary. A code is stable and typed; the message is for a person
 * and says what to do next; `data` holds what a program needs. Both survive a port: `toWire` and `HearthError.fromWire`
 * are the only way across, so no stack or foreign error object leaks.
 */

/** What each error carries besides its message. Units are in the names. */
export interface ErrorData {
  /** The frame or the arguments do not fit the schema. Fix the call; nothing was done. */
  'bad-request': { issues: readonly { path: string; message: string }[] }
  /** The client speaks another protocol version. Reload every tab of this origin. */
  'protocol-mismatch': { kernel: number; client: number }
  /** The caller lacks the authority. Ask the user to grant it. */
  denied: { syscall: string; reason: string }
  /** The thing named does not exist (any more). List what exists. */
  'not-found': { kind: string; id: string }
  /** Something with that name exists, or changed under you and is at `version` now. Read it again. */
  conflict: { kind: string; id: string; version?: number }
  /** Too much is in flight or the caller's budget is spent. Try again after `retryAfterMs`. */
  'over-limit': { limit: string; maximum: number; retryAfterMs: number | null }
  /** A budget is spent. Raise it, or wait until it starts anew after `retryAfterMs`; what was written is kept. */
  'budget-spent': {
    scope: 'run' | 'agent' | 'day'
    of: 'tokens' | 'seconds' | 'calls'
    limit: number
    retryAfterMs: number | null
  }
  /** The caller, the user or a closed tab cancelled it. Nothing more happens. */
  cancelled: { by: 'caller' | 'user' | 'tab' | 'kernel' }
  /** It took longer than allowed and was stopped. */
  timeout: { afterMs: number; what: string }
  /** The kernel ended before it could say whether the call took effect. Look before you repeat it. */
  unknown: { call: string; syscall: string }
  /** The kernel was replaced before it began the call. Safe to repeat. */
  'kernel-restarted': { epoch: number }
  /** This browser lacks something Hearth needs. The message names it and what to use instead. */
  unsupported: {
    feature: 'shared-worker' | 'webgpu' | 'shader-f16' | 'indexeddb' | 'web-locks' | 'opfs' | 'worker' | 'memory64'
  }
  /** No model is chosen or loaded. Load one, `starter` needs no download. */
  'no-model': { model: string | null }
  /** The model file is not what it says it is, or is cut short. Nothing of it was run. */
  'bad-model': { model: string; reason: string }
  /**
   * The file is no archive of Hearth, is cut short or altered, or was written by a newer Hearth. Nothing of it was taken in.
   * `record` counts from 1; null when it is the whole file.
   */
  'bad-archive': {
    reason: 'not-an-archive' | 'newer' | 'cut-short' | 'altered' | 'bad-record' | 'too-large'
    record: number | null
  }
  /** The network did not give the bytes. What was fetched is kept; resume when online. */
  'download-failed': { url: string; status: number | null; offline: boolean; receivedBytes: number }
  /** The model does not fit the memory there is. Choose a smaller one or close other tabs. */
  'out-of-memory': { model: string; neededBytes: number | null }
  /** The engine, its device or the tab that lent it is gone. The run continues when one is back. */
  'engine-lost': { engine: string; reason: string }
  /** The engine answered with an error of its own. */
  'engine-failed': { engine: string; reason: string; status: number | null }
  /** The conversation is longer than the model's window even after leaving out what could be. */
  'context-overflow': { tokens: number; limitTokens: number }
  /** The browser's storage is full. Free space in Settings; nothing already stored was lost. */
  'storage-full': { usageBytes: number | null; quotaBytes: number | null }
  /** Reading or writing the browser's storage failed. */
  'storage-failed': { reason: string }
  /** A file's stored bytes are not what was written. Bring back the version `intact`, the last one that is whole, if there is one. */
  'file-damaged': { space: string; path: string; version: number; intact: number | null }
  /** A tool failed. `reason` is what it said. */
  'tool-failed': { tool: string; reason: string }
  /** The tab whose function this tool is has closed. Open it again. */
  'tool-gone': { tool: string }
  /** No open tab can lend a worker. Open a tab of this origin. */
  'no-lender': { kind: string }
  /** A defect in Hearth. Please report it. */
  internal: { reason: string }
}

export type ErrorCode = keyof ErrorData

/** An error as it stands in a frame. */
export type WireError = { [C in ErrorCode]: { code: C; message: string; data: ErrorData[C] } }[ErrorCode]

export class HearthError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'HearthError'
  readonly code: C
  readonly data: ErrorData[C]

  /** @param message for a person: what happened, what is safe, the one thing to do next. */
  constructor(code: C, message: string, data: ErrorData[C], options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
    this.data = data
  }

  /** Narrows by code: `if (HearthError.is(error, 'no-model')) error.data.model`. */
  static is<C extends ErrorCode>(error: unknown, code: C): error is HearthError<C> {
    return error instanceof HearthError && error.code === code
  }

  static fromWire(wire: WireError): HearthError {
    return new HearthError(wire.code, wire.message, wire.data)
  }
}

/** What goes over a port for anything thrown. Foreign errors become `internal` with only their message. */
export function toWire(error: unknown): WireError {
  if (isHearthError(error)) return { code: error.code, message: error.message, data: error.data } as WireError
  const reason = error instanceof Error ? error.message : String(error)
  return { code: 'internal', message: `Something in Hearth failed: ${reason}`, data: { reason } }
}

/** `instanceof` alone would make of it an error of any code at all. */
function isHearthError(error: unknown): error is HearthError {
  return error instanceof HearthError
}
