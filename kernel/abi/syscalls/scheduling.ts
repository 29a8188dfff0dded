/** Who gets tokens next, and how many: the words that agents, runs, single answers and the kernel's own calls share. */
import * as z from 'zod'
import { WEIGHT_MAX, WEIGHT_MIN } from '../limits.ts'
import { Id, Name, Time } from './common.ts'
import { EngineKind } from './model.ts'

/** A higher class goes first; one that waits long enough rises, so that nothing starves. */
export const SchedulingClass = z.enum(['interactive', 'normal', 'background'])
export type SchedulingClass = z.infer<typeof SchedulingClass>

/** Share inside a class, against 1: with 3 an agent that always has work gets three times the tokens of one with 1. */
export const Weight = z.number().min(WEIGHT_MIN).max(WEIGHT_MAX)

/** How the next one is chosen: weighted fair sharing, arrival order, or a quantum for each in turn. */
export const SchedulingPolicy = z.enum(['fair', 'fifo', 'round-robin'])
export type SchedulingPolicy = z.infer<typeof SchedulingPolicy>

/** What a run may take or has taken. Tokens are the prompt's that were not cached and the answer's; calls are of tools. */
export const Amounts = z.strictObject({
  tokens: z.number().int().positive().optional(),
  /** Seconds of wall time in which a slot of an engine was held. */
  seconds: z.number().positive().optional(),
  calls: z.number().int().positive().optional(),
})
export type Amounts = z.infer<typeof Amounts>

/** What an agent may take in all, or with `perDay` in each day of the device's local time. */
export const Budget = z.strictObject({ ...Amounts.shape, perDay: z.boolean().default(false) })
export type Budget = z.infer<typeof Budget>

/** Taken so far; a field is there whether or not it is limited. */
export const Spent = z.object({ tokens: z.number(), seconds: z.number(), calls: z.number() })
export type Spent = z.infer<typeof Spent>

/** One limit and how much of it is left. */
export const BudgetState = z.object({
  scope: z.enum(['run', 'agent', 'day']),
  limit: Amounts,
  spent: Spent,
  /** Held for what is under way; given back or spent when it ends. */
  reserved: Spent,
  /** When a daily limit starts anew; null for the others. */
  resetsAt: Time.nullable(),
})
export type BudgetState = z.infer<typeof BudgetState>

/** One who wants tokens now: an answer of a run, or of `llm.chat`. */
export const SchedulerJob = z.object({
  id: Id,
  /** Null for an answer without an agent. */
  run: Id.nullable(),
  agent: Id.nullable(),
  /** The agent's name, or the page's that asked. */
  name: Name,
  class: SchedulingClass,
  /** The class it is served in: `class`, or a higher one once it has waited long. */
  servedAs: SchedulingClass,
  weight: Weight,
  /** When it should have its answer; null without a deadline. */
  deadline: Time.nullable(),
  state: z.enum(['waiting', 'running', 'paused', 'loading']),
  engine: EngineKind,
  model: Id,
  /** Slot of the engine it writes in, from 0; null while it has none. */
  slot: z.number().int().nonnegative().nullable(),
  /** Tokens of its prompt (a guess until the engine tells) and of its answer so far. */
  promptTokens: z.number(),
  completionTokens: z.number(),
  /** Virtual tokens of its agent (service / weight): who has fewest in a class goes first. */
  virtualTokens: z.number(),
  /** Share of all tokens of the last seconds, from 0 to 1. */
  share: z.number(),
  arrivedAt: Time,
  /** Milliseconds it waited for a slot in all, and milliseconds it held one. */
  waitedMs: z.number(),
  ranMs: z.number(),
  preemptions: z.number().int(),
  /** Whether the engine still holds what it would go on from. */
  warm: z.boolean(),
})
export type SchedulerJob = z.infer<typeof SchedulerJob>

/** A stretch of time in which one job had one slot; `to` is null while it has. */
export const SlotSlice = z.object({
  /** Counts from 1 in each kernel; a slice that ends is told of again with the same number. */
  seq: z.number().int(),
  engine: EngineKind,
  slot: z.number().int().nonnegative(),
  job: Id,
  run: Id.nullable(),
  agent: Id.nullable(),
  name: Name,
  class: SchedulingClass,
  model: Id,
  from: Time,
  to: Time.nullable(),
  /** Tokens written in it. */
  tokens: z.number(),
  ended: z.enum(['finished', 'preempted', 'paused', 'cancelled', 'failed', 'lost']).nullable(),
  /** Who was given the slot when this one was preempted. */
  preemptedBy: Name.nullable(),
})
export type SlotSlice = z.infer<typeof SlotSlice>

/** An engine as the scheduler knows it. Rates are measured; null until there was something to measure. */
export const SchedulerEngine = z.object({
  engine: EngineKind,
  model: Id.nullable(),
  slots: z.number().int(),
  running: z.number().int(),
  waiting: z.number().int(),
  /** Tokens a second: of prompts that were not cached, and of one answer. */
  prefillRate: z.number().nullable(),
  decodeRate: z.number().nullable(),
})
export type SchedulerEngine = z.infer<typeof SchedulerEngine>

/** One second of the past, for charts. */
export const SchedulerSample = z.object({
  at: Time,
  running: z.number(),
  waiting: z.number(),
  tokensPerSecond: z.number(),
  /** Longest wait for a first slot among the jobs that were started in this second, in milliseconds; null without any. */
  waitMs: z.number().nullable(),
  /** Longest time from arrival to the first token among those that had it in this second, in milliseconds. */
  firstTokenMs: z.number().nullable(),
  preemptions: z.number(),
})
export type SchedulerSample = z.infer<typeof SchedulerSample>
