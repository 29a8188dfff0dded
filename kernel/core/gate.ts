/**
 * The one way into the kernel. Every call, of a tab or of an agent, passes the same stages in the same order:
 * authenticate → validate → authorise → budget → journal → dispatch → audit → settle. A handler never posts to a port and
 * never writes its own call's record; nothing else calls handlers.
 *
 * Invariants (test/unit/kernel/gate.test.ts):
 * - A call settles exactly once, whatever its handler does, also when it ignores its signal.
 * - An `intent` handler runs only after its intent is committed; an `atomic` call's writes and record are one commit.
 * - A journaled call id takes effect at most once, also across kernels.
 *
 * The path of a `read` with a synchronous handler has no promise in it; keep it so.
 */
import { HearthError, toWire } from '../abi/index.ts'
import type { Principal, SettledCall, SyscallArgs, SyscallName, WireError } from '../abi/index.ts'
import { syscalls } from '../abi/syscalls/index.ts'
import { authorise } from './access/authorise.ts'
import type { ToolsOf } from './access/authorise.ts'
import { ActiveCall } from './active-call.ts'
import type { Account, Sink } from './active-call.ts'
import type { AuditLog } from './audit/log.ts'
import { unknownCall } from './call-records.ts'
import type { CallRecords } from './call-records.ts'
import type { AtomicOutcome, Handlers, Invoke } from './call.ts'
import { TRIM_EVERY } from './param.ts'
import type { Random } from './platform.ts'
import type { Database } from './storage/database.ts'
import { badRequest, check } from './validate.ts'

export interface GateDeps {
  readonly database: Database
  readonly random: Random
  readonly audit: AuditLog
  readonly records: CallRecords
  readonly toolsOf: ToolsOf
  readonly runOfCall: (call: string) => string | undefined
}

export interface Gate {
  /** Gives the gate its handlers; before that every call fails. They need the gate themselves, so they come after it. */
  open(handlers: Handlers): void
  /** Takes a call in. Returns false when it was refused unseen: malformed, over a limit, or a repeat of one in flight. */
  begin(account: Account, id: string, name: string, args: unknown, sink: Sink): boolean
  /** Settles the call as cancelled unless its outcome is decided already. */
  cancel(call: ActiveCall, reason: HearthError): void
  /** Cancels every call of a session whose tab is gone, except those that another port waits for too. */
  abandon(account: Account): void
  readonly invoke: Invoke
  /** What became of a call that a client sent to this or an earlier kernel. */
  outcome(id: string, principal: Principal): Promise<SettledCall>
  /** Deletes old records; also happens by itself every `TRIM_EVERY` journaled calls. */
  readonly trim: () => Promise<void>
}

interface Entry {
  readonly name: SyscallName
  readonly spec: (typeof syscalls)[SyscallName]
  readonly handler: (call: ActiveCall) => unknown
}

export function createGate({ database, random, audit, records, toolsOf, runOfCall }: GateDeps): Gate {
  // A Map, so that no name a caller can think of finds something on a prototype.
  const table = new Map<string, Entry>()
  // Calls whose intent is on record and whose outcome is not, of every account.
  const live = new Map<string, ActiveCall>()
  const isLive = (id: string): boolean => live.has(id)
  let journaled = 0

  function begin(account: Account, id: string, name: string, args: unknown, sink: Sink): boolean {
    // Authenticate: the account is the session's own; a frame cannot say who it is from.
    // A repeat of a call in flight on the same port is that call: it settles once, for both.
    if (account.calls.has(id)) return false

    // Validate.
    const entry = table.get(name)
    if (entry === undefined) {
      const issue = { path: 'name', message: 'no such syscall' }
      return refuse(sink, id, badRequest(`The call ${name.slice(0, 64)}`, [issue]))
    }
    const checked = check(entry.spec.args, args, `The call ${entry.name}`)
    if (!checked.ok) return refuse(sink, id, checked.error)

    // Authorise.
    const principal = account.caller.principal
    const denial = authorise(principal, entry.name, checked.value, toolsOf)
    if (denial !== undefined) {
      audit.later('decision', { id, name: entry.name, principal }, `denied: ${denial}`)
      const message = `${account.caller.name} may not call ${entry.name}: ${denial}. Nothing was done.`
      sink.fail(id, toWire(new HearthError('denied', message, { syscall: entry.name, reason: denial })))
      return true
    }

    // Budget.
    if (account.calls.size >= account.limit) {
      const message = `${account.limit} calls are under way already. Wait for one to settle and call again.`
      const data = { limit: 'calls in flight', maximum: account.limit, retryAfterMs: null }
      return refuse(sink, id, new HearthError('over-limit', message, data))
    }

    // Journal, dispatch, audit and settle, in the order that the syscall's mode asks for.
    const call = new ActiveCall(id, entry.name, checked.value, account, sink)
    if (entry.spec.journal === 'read') runRead(call, entry)
    else if (entry.spec.journal === 'atomic') runAtomic(call, entry)
    else runIntent(call, entry)
    return true
  }

  function refuse(sink: Sink, id: string, error: HearthError): false {
    sink.fail(id, toWire(error))
    return false
  }

  /** Calls the handler and hands on what comes of it, without a microtask when it answers at once. */
  function dispatch(
    call: ActiveCall,
    entry: Entry,
    onResult: (call: ActiveCall, result: unknown) => void,
    onError: (call: ActiveCall, error: unknown) => void,
  ): void {
    call.dispatched = true
    let result: unknown
    try {
      result = entry.handler(call)
    } catch (error) {
      onError(call, error)
      return
    }
    if (result instanceof Promise) {
      result.then(
        (value) => onResult(call, value),
        (error: unknown) => onError(call, error),
      )
    } else onResult(call, result)
  }

  // read: nothing is written.

  function runRead(call: ActiveCall, entry: Entry): void {
    dispatch(call, entry, settleRead, failRead)
  }

  function settleRead(call: ActiveCall, result: unknown): void {
    if (call.seal()) call.done(result)
  }

  function failRead(call: ActiveCall, error: unknown): void {
    if (call.seal()) call.fail(error)
  }

  // atomic: the record, the audit record and the handler's writes are one commit. As nothing happens before it, the
  // outcome says all that an intent would.

  function runAtomic(call: ActiveCall, entry: Entry): void {
    dispatch(call, entry, commitAtomic, failAtomic)
  }

  function commitAtomic(call: ActiveCall, returned: unknown): void {
    const { result, writes, after, failed } = returned as AtomicOutcome<unknown>
    // It was cancelled while its handler decided: nothing is written.
    if (!call.seal()) return void failed?.()
    countJournaled()
    const outcome = audit.entry('outcome', subject(call), 'done')
    database.commit([...writes, records.doneAtOnce(call, result), outcome], 'strict').then(
      () => {
        // The answer first: it is true from the commit on, and what comes after need not keep the caller waiting. No other
        // call can come in between.
        call.done(result)
        try {
          after?.()
        } catch (error) {
          audit.later('outcome', subject(call), `defect after the commit: ${toWire(error).message}`)
        }
      },
      (error: unknown) => {
        failed?.()
        return repeatOrFail(call, error)
      },
    )
  }

  function failAtomic(call: ActiveCall, error: unknown): void {
    // A repeated delete finds nothing to delete, so a failure may mean that the first one succeeded.
    if (call.seal()) void repeatOrFail(call, error)
  }

  // intent: effects reach beyond the database, so the intent is safe on disk before the handler runs.

  function runIntent(call: ActiveCall, entry: Entry): void {
    countJournaled()
    database.commit([records.intent(call), audit.entry('intent', subject(call), toolOf(call))], 'strict').then(
      () => {
        live.set(call.id, call)
        if (call.cancelled === undefined) dispatch(call, entry, commitDone, commitFailed)
        else commitFailed(call, call.cancelled)
      },
      (error: unknown) => {
        if (call.seal()) void repeatOrFail(call, error)
      },
    )
  }

  function commitDone(call: ActiveCall, result: unknown): void {
    if (!call.seal()) return
    const settle = (): void => {
      live.delete(call.id)
      call.done(result)
    }
    // When the outcome cannot be stored the caller still hears the truth; a later kernel would say `unknown`.
    database
      .commit([records.done(call, result), audit.entry('outcome', subject(call), 'done')], 'relaxed')
      .then(settle, settle)
  }

  function commitFailed(call: ActiveCall, error: unknown): void {
    if (!call.seal()) return
    const wire = toWire(error)
    const settle = (): void => {
      live.delete(call.id)
      call.fail(error)
    }
    // A run outlives the tab that asked for it: its call stays open on record until the run ends.
    if (isByTab(wire) && runOfCall(call.id) !== undefined) return void settle()
    database
      .commit([records.failed(call, wire), audit.entry('outcome', subject(call), wire.code)], 'relaxed')
      .then(settle, settle)
  }

  /** Settles a call that could not begin: from its record, when it is a repeat of an earlier one, else with `error`. */
  async function repeatOrFail(call: ActiveCall, error: unknown): Promise<void> {
    // Looked up before the record: a call that is not live has its outcome on record.
    const first = live.get(call.id)
    const record = await records.find(call.id, call.caller.principal).catch(() => undefined)
    if (record === undefined) {
      audit.later('outcome', subject(call), toWire(error).code)
      return void call.fail(error)
    }
    if (record.state === 'done') return void call.done(record.result)
    if (record.state === 'failed')
      return void call.fail(HearthError.fromWire(record.error ?? toWire(unknownCall(record))))
    if (first !== undefined) {
      // Given up while it was looked up. Nobody hears it behind a dead port, and as a listener it would keep the first alive.
      if (call.cancelled !== undefined && isByTab(toWire(call.cancelled))) return void call.fail(call.cancelled)
      if (!first.join(call)) return repeatOrFail(call, error)
      // Its caller means the call, which is the first.
      if (call.cancelled !== undefined) cancel(first, call.cancelled)
      return
    }
    const run = runOfCall(call.id)
    if (run === undefined) return void call.fail(unknownCall(record))
    const message = 'This call was made before and its run is under way. Watch that run instead of starting another.'
    call.fail(new HearthError('conflict', message, { kind: 'run', id: run }))
  }

  function abandon(account: Account): void {
    for (const call of [...account.calls.values()]) {
      if (call.leave(account)) continue
      // A moment from its commit, and perhaps the last thing a page asked for as it was closed.
      if (call.dispatched && syscalls[call.name].journal === 'atomic') continue
      cancel(call, new HearthError('cancelled', 'The tab that asked has closed.', { by: 'tab' }))
    }
  }

  function cancel(call: ActiveCall, reason: HearthError): void {
    if (call.cancelled !== undefined) return
    // Too late, unless it turns out to be a repeat of one that is still under way.
    if (!call.open) return void (call.cancelled = reason)
    call.abort(reason)
    // The handler may have settled it just now, in answer to the abort.
    const mode = syscalls[call.name].journal
    if (mode === 'read') failRead(call, reason)
    else if (mode === 'atomic') {
      if (!call.seal()) return
      audit.later('outcome', subject(call), 'cancelled')
      call.fail(reason)
    } else if (call.dispatched) commitFailed(call, reason)
    // Else the intent is being committed; runIntent goes on from there.
  }

  const invoke: Invoke = (caller, name, args, { signal, onEvent }) =>
    new Promise((resolve, reject) => {
      const id = random.id('call')
      const account: Account = { caller, calls: new Map(), limit: 1 }
      const onAbort = (): void => {
        const call = account.calls.get(id)
        if (call !== undefined) cancel(call, cancellation(signal.reason))
      }
      const settled = (): void => signal.removeEventListener('abort', onAbort)
      if (signal.aborted) return void reject(cancellation(signal.reason))
      signal.addEventListener('abort', onAbort, { once: true })
      begin(account, id, name, args, {
        event: (_id, _seq, data) => onEvent?.(data as never),
        done: (_id, result) => {
          settled()
          resolve(result as never)
        },
        fail: (_id, error) => {
          settled()
          reject(HearthError.fromWire(error))
        },
      })
    })

  function countJournaled(): void {
    if (++journaled % TRIM_EVERY === 0) void trim().catch(() => {})
  }

  async function trim(): Promise<void> {
    await records.trim(isLive)
    await audit.trim()
  }

  return {
    open(handlers) {
      for (const name of Object.keys(syscalls) as SyscallName[]) {
        // Each name has its own type of call; the table forgets which, and `begin` keeps name and arguments together.
        table.set(name, { name, spec: syscalls[name], handler: handlers[name] as unknown as Entry['handler'] })
      }
    },
    begin,
    cancel,
    abandon,
    invoke,
    outcome: (id, principal) => records.outcome(id, principal, isLive),
    trim,
  }
}

const subject = (call: ActiveCall): { id: string; name: SyscallName; principal: Principal } => ({
  id: call.id,
  name: call.name,
  principal: call.caller.principal,
})

/** Nothing else on record says what an agent set out to do: of a call that never ended only the intent is there. */
const toolOf = ({ name, args }: ActiveCall): string | undefined =>
  name === 'tool.call' ? (args as SyscallArgs<'tool.call'>).name : undefined

const isByTab = (error: WireError): boolean => error.code === 'cancelled' && error.data.by === 'tab'

function cancellation(reason: unknown): HearthError {
  if (reason instanceof HearthError) return reason as HearthError
  return new HearthError('cancelled', 'The call was cancelled. Nothing more happens.', { by: 'kernel' })
}
