/** The kernel itself: what it is, what it does now, and stopping everything. */
import * as z from 'zod'
import { Run } from './agent.ts'
import { StorageKind } from './archive.ts'
import { Empty, Id, Time } from './common.ts'
import { syscall } from './define.ts'
import { EmbeddingState } from './embedding.ts'
import { ModelInfo } from './model.ts'
import { SchedulerEngine, SchedulerJob, SchedulerSample, SchedulingPolicy, SlotSlice } from './scheduling.ts'

export const KernelInfo = z.object({
  version: z.string(),
  protocol: z.number(),
  epoch: z.number(),
  startedAt: Time,
  host: z.string(),
  sessions: z.array(
    z.object({ id: Id, name: z.string(), role: z.enum(['panel', 'app']), since: Time, lends: z.array(z.string()) }),
  ),
})
export type KernelInfo = z.infer<typeof KernelInfo>

export const StorageReport = z.object({
  usageBytes: z.number().nullable(),
  quotaBytes: z.number().nullable(),
  /** False when the browser may delete it under pressure. */
  persistent: z.boolean().nullable(),
  /** Bytes of model files; the rest is records. */
  modelBytes: z.number().nullable(),
  /** All of it by kind. `estimated`: counted exactly, with bytes from a sample of the records. */
  kinds: z.array(
    z.object({
      kind: StorageKind,
      count: z.number().int().nullable(),
      bytes: z.number(),
      how: z.enum(['measured', 'estimated']),
    }),
  ),
})
export type StorageReport = z.infer<typeof StorageReport>

export const KernelStats = z.object({
  /** Decode rate over the last seconds; 0 when nothing is generated. */
  tokensPerSecond: z.number(),
  /** Runs that have a slot and runs that wait for one. */
  running: z.number(),
  waiting: z.number(),
  /** Agent whose generation has the model now. */
  holder: z.string().nullable(),
  /** Hosts that data was sent to since the kernel started; empty means nothing left this machine. */
  outbound: z.array(z.string()),
  /** True while a person has paused everything. */
  paused: z.boolean(),
  policy: SchedulingPolicy,
  engines: z.array(SchedulerEngine),
  /** From arrival to the first token, over the last answers, in milliseconds; null before there were any. */
  firstTokenMs: z.object({ p50: z.number(), p99: z.number() }).nullable(),
})
export type KernelStats = z.infer<typeof KernelStats>

/** What a watcher is told; each carries the whole new state of its thing, so that a missed one does no harm. */
export const KernelEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('model'), model: ModelInfo }),
  z.object({ type: z.literal('models'), default: Id.nullable() }),
  z.object({ type: z.literal('run'), run: Run }),
  z.object({ type: z.literal('agents') }),
  z.object({ type: z.literal('tools') }),
  z.object({ type: z.literal('memories') }),
  /** Something on the whiteboard has changed. */
  z.object({ type: z.literal('shared'), namespace: z.string() }),
  /** Something in an agent's files has changed. */
  z.object({ type: z.literal('files'), space: Id }),
  z.object({ type: z.literal('embedding'), state: EmbeddingState }),
  z.object({ type: z.literal('sessions') }),
  z.object({ type: z.literal('conversation'), agent: Id }),
  z.object({ type: z.literal('stats'), stats: KernelStats }),
  /** Everybody who wants tokens now, and the slices that began or ended since the last such event. */
  z.object({ type: z.literal('scheduler'), jobs: z.array(SchedulerJob), slices: z.array(SlotSlice) }),
  /** What is in an agent's window has changed. */
  z.object({ type: z.literal('context'), agent: Id }),
  /** Something the user should know though no call failed. */
  z.object({ type: z.literal('notice'), level: z.enum(['info', 'warning']), code: z.string(), message: z.string() }),
])
export type KernelEvent = z.infer<typeof KernelEvent>

export const kernelSyscalls = {
  'kernel.info': syscall('read', { args: Empty, result: KernelInfo }),
  'kernel.stats': syscall('read', { args: Empty, result: KernelStats }),
  'kernel.storage': syscall('read', { args: Empty, result: StorageReport }),
  /** Live changes until cancelled. */
  'kernel.watch': syscall('read', { args: Empty, event: KernelEvent, result: Empty }),
  /** Cancels every run and every model answer, of every tab. What was written stays. */
  'kernel.stop': syscall('intent', { args: Empty, result: z.object({ runs: z.number() }) }),
  /** Pauses every run and answer of every tab at the next token, also those that come later, until `kernel.resume`. */
  'kernel.pause': syscall('intent', { args: Empty, result: Empty }),
  'kernel.resume': syscall('intent', { args: Empty, result: Empty }),
  /** Chooses how the next one is chosen; kept across restarts. */
  'kernel.schedule': syscall('atomic', { args: z.strictObject({ policy: SchedulingPolicy }), result: Empty }),
  /** Who wants tokens now, and the last minutes for charts, oldest first. */
  'kernel.top': syscall('read', {
    args: Empty,
    result: z.object({ jobs: z.array(SchedulerJob), samples: z.array(SchedulerSample) }),
  }),
  /** Who had which slot when, oldest first: slices numbered above `after`, and those that go on. */
  'kernel.timeline': syscall('read', {
    args: z.strictObject({
      after: z.number().int().min(0).default(0),
      limit: z.number().int().min(1).max(5000).default(1000),
    }),
    result: z.object({ slices: z.array(SlotSlice) }),
  }),
} as const
