/** How a syscall is described: one Zod schema each for arguments, streamed events and result. */
import * as z from 'zod'

/**
 * What the gate writes, and when:
 * - `read`: nothing; the call may be repeated freely.
 * - `atomic`: the handler returns its writes, and they are committed with the call's record in one transaction.
 * - `intent`: the call has effects outside the database, so its intent is committed before and its outcome after.
 */
export type JournalMode = 'read' | 'atomic' | 'intent'

/** Keeps the literal types; `event` defaults to none. */
export function syscall<
  J extends JournalMode,
  A extends z.ZodType,
  R extends z.ZodType,
  E extends z.ZodType = z.ZodNever,
>(
  journal: J,
  spec: { args: A; result: R; event?: E },
): { readonly journal: J; readonly args: A; readonly event: E; readonly result: R } {
  return { journal, args: spec.args, event: spec.event ?? (z.never() as unknown as E), result: spec.result }
}
