/**
 * A call between its frame and its one settlement. Handlers see it as a `Call`; only the gate seals and settles it.
 *
 * Invariants:
 * - `open` → `sealed` → `settled`, never back: sealed means the outcome is decided and perhaps being committed.
 * - The sink hears exactly one of `done` and `fail`, and no event after it.
 */
import { toWire } from '../abi/index.ts'
import type { SyscallArgs, SyscallEvent, SyscallName, WireError, HearthError } from '../abi/index.ts'
import type { Call, Caller } from './call.ts'

/** Where a call's events and its settlement go: a port, or the agent that asked. */
export interface Sink {
  event(id: string, seq: number, data: unknown): void
  /** May throw when the result cannot be sent; the call then fails instead. */
  done(id: string, result: unknown): void
  fail(id: string, error: WireError): void
}

/** Who pays for calls: one a session, one an agent's call. */
export interface Account {
  readonly caller: Caller
  /** Unsettled calls by id. */
  readonly calls: Map<string, ActiveCall>
  /** Most unsettled calls at a time. */
  readonly limit: number
}

export class ActiveCall<N extends SyscallName = SyscallName> implements Call<N> {
  readonly id: string
  readonly name: N
  readonly args: SyscallArgs<N>
  readonly caller: Caller
  /** Set once the handler has been called. */
  dispatched = false
  /** Why it was cancelled, if it was. */
  cancelled: HearthError | undefined
  /** One, unless the call was made again on a new port. */
  readonly #listeners: { readonly account: Account; readonly sink: Sink }[]
  #state: 'open' | 'sealed' | 'settled' = 'open'
  #controller: AbortController | undefined
  #seq = 0

  constructor(id: string, name: N, args: SyscallArgs<N>, account: Account, sink: Sink) {
    this.id = id
    this.name = name
    this.args = args
    this.caller = account.caller
    this.#listeners = [{ account, sink }]
    account.calls.set(id, this)
  }

  /** Made when first asked for: most reads never ask. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.cancelled !== undefined) this.#controller.abort(this.cancelled)
    }
    return this.#controller.signal
  }

  /** A field, so that a handler may take it off the call. */
  readonly emit = (event: SyscallEvent<N>): void => {
    if (this.#state !== 'open') return
    const seq = this.#seq++
    for (const { sink } of this.#listeners) sink.event(this.id, seq, event)
  }

  get open(): boolean {
    return this.#state === 'open'
  }

  /** Decides the outcome. False when it was decided before: the caller then does nothing. */
  seal(): boolean {
    if (this.#state !== 'open') return false
    this.#state = 'sealed'
    return true
  }

  /** Tells the handler to stop; does not settle. */
  abort(reason: HearthError): void {
    this.cancelled = reason
    this.#controller?.abort(reason)
  }

  /** Takes over the listeners of `other`, which is this call made again on a new port. False when it is too late. */
  join(other: ActiveCall): boolean {
    if (this.#state === 'settled' || !other.#settle()) return false
    for (const listener of other.#listeners) {
      this.#listeners.push(listener)
      listener.account.calls.set(this.id, this)
    }
    return true
  }

  /** Stops telling `account`, whose port is gone. False when nobody else listens: the call is then to be cancelled. */
  leave(account: Account): boolean {
    if (this.#listeners.length === 1) return false
    const at = this.#listeners.findIndex((listener) => listener.account === account)
    if (at >= 0) this.#listeners.splice(at, 1)
    account.calls.delete(this.id)
    return true
  }

  done(result: unknown): void {
    if (!this.#settle()) return
    for (const { sink } of this.#listeners) {
      try {
        sink.done(this.id, result)
      } catch (error) {
        sink.fail(this.id, toWire(error))
      }
    }
  }

  fail(error: unknown): void {
    if (!this.#settle()) return
    const wire = toWire(error)
    for (const { sink } of this.#listeners) sink.fail(this.id, wire)
  }

  #settle(): boolean {
    if (this.#state === 'settled') return false
    this.#state = 'settled'
    for (const { account } of this.#listeners) account.calls.delete(this.id)
    return true
  }
}
