/**
 * What to do with a call that was under way when its kernel ended, given what the next kernel says of it. A pure function,
 * so that every case can be tested; call-table.ts carries it out.
 *
 * - A call takes effect at most once: it is sent again only when it never began, or when repeating it does no harm.
 * - A run's stream shows no gap and no repeat: it goes on from the event after the last one seen.
 */
import { HearthError } from '../kernel/abi/index.ts'
import type { SettledCall, WireError } from '../kernel/abi/index.ts'

/** A sent call, as far as the decision needs it. */
export interface SentCall {
  readonly id: string
  readonly name: string
  /** The caller gave it up. */
  readonly cancelled: boolean
  /** An event of it was delivered. */
  readonly begun: boolean
  /** The run it started or follows, once known. */
  readonly run: string | undefined
}

export type Outcome = { result: unknown } | { error: HearthError }

export type Resumption =
  | { next: 'settle'; outcome: Outcome }
  /** With a new id when the old one is on record as begun. */
  | { next: 'send'; newId: boolean }
  /** Go on as a watcher of the run. If the run is no longer known, `otherwise` is how the call ends. */
  | { next: 'watch'; run: string; otherwise: Outcome }

/** Effects that are the same done once or twice. */
const repeatable = new Set([
  ...['model.load', 'model.unload', 'model.pause', 'run.cancel', 'run.pause', 'run.resume', 'run.renice'],
  ...['agent.pause', 'agent.resume', 'kernel.pause', 'kernel.resume'],
])

/** @param settled the new kernel's word on it; undefined when it gave none, which must not be read as `absent`. */
export function resume(call: SentCall, settled: SettledCall | undefined, epoch: number): Resumption {
  const fail = (error: HearthError): Resumption => ({ next: 'settle', outcome: { error } })
  // An agent.run that is over may have events its stream has not shown yet.
  const end = (outcome: Outcome, run = call.run): Resumption =>
    call.name === 'agent.run' && run !== undefined
      ? { next: 'watch', run, otherwise: outcome }
      : { next: 'settle', outcome }

  switch (settled?.state) {
    case 'done':
      return end({ result: settled.result }, call.run ?? idOf(settled.result))
    case 'failed':
      // This page was put aside, its kernel took it for closed; now it is back.
      if (repeatable.has(call.name) && !call.cancelled && goneByTab(settled.error)) return { next: 'send', newId: true }
      return end({ error: HearthError.fromWire(settled.error) })
    case 'running':
      return { next: 'watch', run: settled.run, otherwise: { error: unknown(call) } }
    case 'absent':
      if (call.cancelled) return fail(cancelled('caller'))
      if (call.name === 'llm.chat' && call.begun) return fail(restarted(epoch))
      return { next: 'send', newId: false }
    default:
      if (call.cancelled) return fail(cancelled('caller'))
      if (repeatable.has(call.name)) return { next: 'send', newId: true }
      // A run is on record, with its call, from its first moment on: without one nothing has begun.
      if (settled && call.name === 'agent.run' && call.run === undefined) return { next: 'send', newId: true }
      return end({ error: unknown(call) })
  }
}

export function cancelled(by: 'caller' | 'tab'): HearthError<'cancelled'> {
  return new HearthError(
    'cancelled',
    by === 'caller' ? 'This was cancelled.' : 'This page closed its connection to Hearth.',
    {
      by,
    },
  )
}

function unknown(call: SentCall): HearthError<'unknown'> {
  return new HearthError(
    'unknown',
    `Hearth restarted while ${call.name} was under way and cannot say whether it took effect. Look before you repeat it.`,
    { call: call.id, syscall: call.name },
  )
}

function restarted(epoch: number): HearthError<'kernel-restarted'> {
  return new HearthError(
    'kernel-restarted',
    'Hearth restarted in the middle of this answer, which is lost. Nothing else is; ask again.',
    { epoch },
  )
}

function goneByTab(error: WireError): boolean {
  return error.code === 'cancelled' && error.data.by === 'tab'
}

function idOf(result: unknown): string | undefined {
  const id = (result as { id?: unknown } | null)?.id
  return typeof id === 'string' ? id : undefined
}
