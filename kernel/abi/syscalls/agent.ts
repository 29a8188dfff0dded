/** Agents, their conversations and their runs. A run is this system's process: a journaled loop of model and tools. */
import * as z from 'zod'
import { ROUNDS_PER_RUN, TOOLS_PER_AGENT } from '../limits.ts'
import { Provenance } from '../provenance.ts'
import { Empty, Id, Json, Name, Text, Time } from './common.ts'
import { syscall } from './define.ts'
import { Usage } from './model.ts'
import { Amounts, Budget, BudgetState, SchedulingClass, Spent, Weight } from './scheduling.ts'

export const Sampling = z.strictObject({
  temperature: z.number().min(0).max(2).default(0),
  topP: z.number().gt(0).max(1).default(1),
  seed: z.number().int().nonnegative().optional(),
  /** Most tokens of one answer. */
  maxTokens: z.number().int().positive().max(100_000).default(1024),
})
export type Sampling = z.infer<typeof Sampling>

export const Limits = z.strictObject({
  rounds: z.number().int().min(1).max(ROUNDS_PER_RUN).default(8),
  ...Amounts.shape,
})
export type Limits = z.infer<typeof Limits>

export const AgentSettings = z.strictObject({
  name: Name,
  instructions: Text.default(''),
  /** Names of tools it may use; it cannot call any other. */
  tools: z.array(Name).max(TOOLS_PER_AGENT).default([]),
  /** Model id; null means the default model. */
  model: Id.nullable().default(null),
  sampling: Sampling.prefault({}),
  /** What one run may take. */
  limits: Limits.prefault({}),
  /** How its runs are scheduled unless a run says otherwise. */
  class: SchedulingClass.default('normal'),
  weight: Weight.default(1),
  /** What all its runs together may take; null for no limit. */
  budget: Budget.nullable().default(null),
})
export type AgentSettings = z.infer<typeof AgentSettings>

export const Agent = z.object({
  ...AgentSettings.shape,
  id: Id,
  createdAt: Time,
  createdBy: Provenance,
  /** True while the user has paused it: its runs wait, also those that are asked for later. */
  paused: z.boolean(),
})
export type Agent = z.infer<typeof Agent>

/** A complete call the model asked for. `arguments` is parsed; what could not be parsed stays text. */
export const ToolCall = z.object({ id: Id, name: z.string(), arguments: Json })
export type ToolCall = z.infer<typeof ToolCall>

export const ToolOutcome = z.object({
  call: Id,
  tool: z.string(),
  ok: z.boolean(),
  /** The result, or the error's message when `ok` is false. */
  value: Json,
  /** Wall time in milliseconds. */
  ms: z.number(),
  /** Where it ran, for a person: "sandbox", "this page: Orders", "memory". */
  where: z.string(),
  /** Of something that was stored before, such as a file: where that came from. Other results are not to be trusted. */
  provenance: Provenance.optional(),
})
export type ToolOutcome = z.infer<typeof ToolOutcome>

/** One entry of a conversation. */
export const Turn = z.object({
  id: Id,
  agent: Id,
  /** Place in the conversation; gaps are left by replaced turns. */
  index: z.number().int().nonnegative(),
  role: z.enum(['user', 'assistant', 'tool']),
  text: z.string(),
  toolCalls: z.array(ToolCall).default([]),
  outcome: ToolOutcome.optional(),
  /** For an assistant turn that was cut: the user stopped it, a limit was reached, or it failed. */
  ended: z.enum(['complete', 'stopped', 'limit', 'failed']).default('complete'),
  usage: Usage.optional(),
  provenance: Provenance,
  run: Id,
  at: Time,
})
export type Turn = z.infer<typeof Turn>

/** `paused` is by a person; what the scheduler takes the model from is `waiting`. */
export const RunState = z.enum(['queued', 'running', 'waiting', 'paused', 'done', 'failed', 'cancelled'])
export type RunState = z.infer<typeof RunState>

export const Run = z.object({
  id: Id,
  agent: Id,
  agentName: Name,
  state: RunState,
  /** Why it waits: for a tab to lend the engine, for the model, for a tool. */
  waitingFor: z.string().optional(),
  /** The tab or app that asked, for a person. */
  askedBy: z.string(),
  model: z.string().nullable(),
  startedAt: Time,
  endedAt: Time.optional(),
  round: z.number().int().nonnegative(),
  completionTokens: z.number().int().nonnegative(),
  /** First words of the request. */
  title: z.string(),
  class: SchedulingClass,
  weight: Weight,
  /** When it should be answered; a run that cannot be any more goes on all the same. */
  deadline: Time.optional(),
  spent: Spent,
  /** The run whose tool call asked for this one; its budgets are drawn on too. */
  parent: Id.optional(),
  /** A tool call of which nobody knows whether it happened: the run waits for `run.decide`. */
  undecided: ToolCall.optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
})
export type Run = z.infer<typeof Run>

const event = { seq: z.number().int().nonnegative(), at: Time }

/** What happens during a run, in order. `seq` counts from 0 per run, so that a watcher can go on where it left off. */
export const RunEvent = z.discriminatedUnion('type', [
  /** Only of a run that cannot begin at once: it waits for the answer before it, or is paused. */
  z.object({ ...event, type: z.literal('queued'), run: Run }),
  z.object({ ...event, type: z.literal('started'), run: Run, turn: Turn }),
  /** New text of the current answer; `offset` is its place in that answer, in UTF-16 units. */
  z.object({ ...event, type: z.literal('text'), round: z.number(), offset: z.number(), text: z.string() }),
  z.object({ ...event, type: z.literal('tool-call'), round: z.number(), call: ToolCall }),
  z.object({ ...event, type: z.literal('tool-result'), round: z.number(), outcome: ToolOutcome }),
  /** An answer, or a tool result, is complete and in the conversation. */
  z.object({ ...event, type: z.literal('turn'), turn: Turn }),
  /** By a person, by the scheduler because somebody else goes first, or because the engine is lost or being loaded. */
  z.object({
    ...event,
    type: z.literal('paused'),
    reason: z.string(),
    by: z.enum(['user', 'scheduler', 'engine']).optional(),
  }),
  z.object({ ...event, type: z.literal('resumed'), from: z.string() }),
  /** The kernel died while this call was under way and repeating it might do harm: a person decides (`run.decide`). */
  z.object({ ...event, type: z.literal('undecided'), round: z.number(), call: ToolCall }),
  z.object({ ...event, type: z.literal('done'), run: Run }),
])
export type RunEvent = z.infer<typeof RunEvent>

export const agentSyscalls = {
  'agent.create': syscall('atomic', { args: AgentSettings, result: Agent }),
  'agent.list': syscall('read', { args: Empty, result: z.object({ agents: z.array(Agent) }) }),
  'agent.get': syscall('read', { args: z.strictObject({ agent: Id }), result: Agent }),
  /** Changes only the fields given; a new model serves from the next round on. */
  'agent.update': syscall('atomic', {
    args: z.strictObject({
      agent: Id,
      name: Name.optional(),
      instructions: Text.optional(),
      tools: z.array(Name).max(TOOLS_PER_AGENT).optional(),
      model: Id.nullable().optional(),
      sampling: Sampling.optional(),
      limits: Limits.optional(),
      class: SchedulingClass.optional(),
      weight: Weight.optional(),
      budget: Budget.nullable().optional(),
    }),
    result: Agent,
  }),
  /** Deletes the agent and its conversation with the runs that have it, which are cancelled first, its files and its own memories. */
  'agent.delete': syscall('atomic', { args: z.strictObject({ agent: Id }), result: Empty }),
  /** The conversation, oldest first; `before` pages backwards by turn index. */
  'agent.history': syscall('read', {
    args: z.strictObject({
      agent: Id,
      before: z.number().int().optional(),
      limit: z.number().int().min(1).max(1000).default(200),
    }),
    result: z.object({ turns: z.array(Turn), more: z.boolean() }),
  }),
  /** Empties the conversation, also of the runs that have it, which are cancelled first; returns how many turns went. */
  'agent.clear': syscall('atomic', { args: z.strictObject({ agent: Id }), result: z.object({ turns: z.number() }) }),
  /**
   * Says something to an agent. `replace` names a turn of the user's: it and all after it leave the conversation first,
   * which is how a question is retried or edited. The run belongs to the kernel: it outlives the tab that asked.
   */
  'agent.run': syscall('intent', {
    args: z.strictObject({
      agent: Id,
      text: Text.min(1),
      replace: Id.optional(),
      /** Instead of the agent's own. */
      class: SchedulingClass.optional(),
      weight: Weight.optional(),
      /** When it should be answered: among equals the earliest goes first. */
      deadline: Time.optional(),
      /** What this run may take, besides the agent's limits: the lower of the two holds. */
      budget: Amounts.optional(),
    }),
    event: RunEvent,
    result: Run,
  }),
  'run.list': syscall('read', {
    args: z.strictObject({
      agent: Id.optional(),
      active: z.boolean().default(false),
      limit: z.number().int().min(1).max(500).default(50),
    }),
    result: z.object({ runs: z.array(Run) }),
  }),
  /** Events from `after` + 1 on, then live ones until the run settles. */
  'run.watch': syscall('read', {
    args: z.strictObject({ run: Id, after: z.number().int().min(-1).default(-1) }),
    event: RunEvent,
    result: Run,
  }),
  /** Keeps what was written so far. Returns the run as it ended. */
  'run.cancel': syscall('intent', { args: z.strictObject({ run: Id }), result: Run }),
  /** Takes the model from it at the next token, and lets it wait until `run.resume`. A tool call under way ends first. */
  'run.pause': syscall('intent', { args: z.strictObject({ run: Id }), result: Run }),
  'run.resume': syscall('intent', { args: z.strictObject({ run: Id }), result: Run }),
  /** Changes how it is scheduled from the next decision on. `deadline: null` takes it away. */
  'run.renice': syscall('intent', {
    args: z.strictObject({
      run: Id,
      class: SchedulingClass.optional(),
      weight: Weight.optional(),
      deadline: Time.nullable().optional(),
    }),
    result: Run,
  }),
  /** What to do about a call of which nobody knows whether it happened: make it again, take it as done, or as not done. */
  'run.decide': syscall('intent', {
    args: z.strictObject({
      run: Id,
      call: Id,
      decision: z.enum(['repeat', 'done', 'not-done']),
      result: Json.optional(),
    }),
    result: Run,
  }),
  /** Pauses all its runs, and those that are asked for until `agent.resume`. */
  'agent.pause': syscall('intent', { args: z.strictObject({ agent: Id }), result: Agent }),
  'agent.resume': syscall('intent', { args: z.strictObject({ agent: Id }), result: Agent }),
  /** How much of each of its limits is left now. */
  'agent.budget': syscall('read', {
    args: z.strictObject({ agent: Id }),
    result: z.object({ budgets: z.array(BudgetState) }),
  }),
} as const
