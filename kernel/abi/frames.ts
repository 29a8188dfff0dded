/**
 * What goes over a port, in both directions. Seven kinds and no more; a frame that does not fit is answered with a
 * `fail` or ends the session. Arguments and results are checked by the syscall's own schema (syscalls/).
 */
import * as z from 'zod'
import type { WireError } from './errors.ts'
import { NAME_UNITS } from './limits.ts'
import type { Principal } from './provenance.ts'

const Id = z.string().min(1).max(NAME_UNITS)

/** First frame of a client. Until it is answered a port can do nothing else. */
export const HelloFrame = z.strictObject({
  t: z.literal('hello'),
  protocol: z.number(),
  /** Name of the Web Lock this tab holds for as long as it lives; the kernel waits on it to learn of the tab's death. */
  lock: Id,
  /** What to call this client in lists, such as a page title. */
  name: z.string().max(NAME_UNITS),
  /** The panel acts for the user; everything else is an app. Same-origin pages are equally trusted for now. */
  role: z.enum(['panel', 'app']),
  /** Worker kinds this tab can spawn for the kernel. */
  lends: z.array(z.enum(['llamacpp', 'quickjs', 'webllm', 'gpu-link'])).max(8),
  /** True when the page is cross-origin isolated, so that a worker it lends may use threads. */
  isolated: z.boolean(),
  /** Ids of calls sent to an earlier kernel and still unsettled; the answer tells what became of each. */
  pending: z.array(Id).max(4096).default([]),
})
export type HelloFrame = z.infer<typeof HelloFrame>

/** Asks for a syscall. `id` is unique for the client's lifetime, across kernels. */
export const CallFrame = z.strictObject({
  t: z.literal('call'),
  id: Id,
  name: z.string().max(NAME_UNITS),
  args: z.unknown(),
})
export type CallFrame = z.infer<typeof CallFrame>

/** Asks to stop a call. The call still settles, once: cancelled, or done if it already was. */
export const CancelFrame = z.strictObject({ t: z.literal('cancel'), id: Id })
export type CancelFrame = z.infer<typeof CancelFrame>

/** A tab's answer to the kernel's `lend`: the port travels as the message's only transferable, as `port`. */
export const LendReplyFrame = z.strictObject({
  t: z.literal('lend'),
  lease: Id,
  /** Absent when the tab could not spawn it; then `reason` says why. */
  port: z.unknown().optional(),
  reason: z.string().max(1000).optional(),
})
export type LendReplyFrame = z.infer<typeof LendReplyFrame>

/** Everything a client may send. */
export const ClientFrame = z.discriminatedUnion('t', [HelloFrame, CallFrame, CancelFrame, LendReplyFrame])
export type ClientFrame = z.infer<typeof ClientFrame>

/** Kinds of worker a tab can lend. `gpu-link` is the port of the GPU engine's SharedWorker, which the tab only starts. */
export type LendKind = HelloFrame['lends'][number]

/** Everything a kernel may send. Trusted by the client: both come from one build and one origin. */
export type KernelFrame =
  /** Answers `hello`. `epoch` rises with every kernel start. */
  | {
      t: 'hello'
      protocol: number
      epoch: number
      session: string
      principal: Principal
      settled: Record<string, SettledCall>
    }
  /** One item of a streaming call, in order; `seq` counts from 0 per call. */
  | { t: 'event'; id: string; seq: number; data: unknown }
  /** The call's one settlement. */
  | { t: 'done'; id: string; epoch: number; result: unknown }
  | { t: 'fail'; id: string; epoch: number; error: WireError }
  /** Spawn a worker and send back a port to it / take a spawned worker away with `terminate()`. */
  | { t: 'lend'; lease: string; kind: LendKind }
  | { t: 'reclaim'; lease: string }

/** What became of a call sent to an earlier kernel. `absent`: it never began, repeat it. `running`: attach with run.watch. */
export type SettledCall =
  | { state: 'done'; result: unknown }
  | { state: 'failed'; error: WireError }
  | { state: 'unknown' }
  | { state: 'running'; run: string }
  | { state: 'absent' }
