/** What the scheduler is told and what it answers. The machine itself is scheduler.ts; who carries it out, engines/supervisor.ts. */
import type { SchedulingClass } from '../../abi/index.ts'

/** One who waits for a slot of one engine, or for a model to be loaded or unloaded. Times are of the monotonic clock, in ms. */
export interface Job {
  /** Unique within one scheduler. It stays the same when the job is preempted, or its engine is lost, and waits again. */
  readonly id: number
  /** Whose virtual tokens count (Schedulable.flow). */
  readonly flow: string
  readonly class: SchedulingClass
  readonly weight: number
  readonly deadline: number | null
  /** True while a person has paused it. */
  readonly held: boolean
  /** The model it needs; null asks for the engine to be empty. */
  readonly model: string | null
  /** True to write an answer; false only to have the model loaded (or unloaded). */
  readonly slot: boolean
  /** Guesses; the cost of a switch and the admission go by them. */
  readonly promptTokens: number
  readonly maxTokens: number
}

/** What the scheduler is told of an answer that is being written. */
export interface Service {
  /** Prompt tokens that were really read since it last went on (not cached), once the engine has told. */
  readonly prefilled?: number
  /** Tokens written since the last report. */
  readonly decoded: number
}

/** What the loaded model offers (LoadedModel). */
export interface Capacity {
  /** Answers it writes at once. */
  readonly slots: number
  /** Conversations whose KV stays warm besides those being written. */
  readonly retains: number
  /** Answers that may begin before those they are stopped for have let go of their slots; 0 unless given. */
  readonly spare?: number
  /** False when it would write a stopped answer again from its start: then only a person stops one. */
  readonly continues?: boolean
}

/** A job as lists show it. */
export interface JobView {
  /** Its class, or a higher one while it is served because it waited long. */
  readonly servedAs: SchedulingClass
  /** Of its flow, in its class. */
  readonly virtualTokens: number
  /** Milliseconds it waited in all and milliseconds it held a slot. */
  readonly waitedMs: number
  readonly ranMs: number
  readonly preemptions: number
  readonly slot: number | null
  /** Whether the engine still holds what it would go on from. */
  readonly warm: boolean
  readonly state: 'waiting' | 'running' | 'paused' | 'loading'
}

export type Decision =
  /** Give it this slot of the engine, for at least `quantum` tokens unless a higher class comes. */
  | { do: 'start'; job: Job; slot: number; quantum: number }
  /** Take the model from it at the next token; it waits again and keeps its place. Answer with `preempted`. */
  | { do: 'preempt'; job: Job; by: Job | null }
  /** Load this model; with null, empty the engine. Nothing runs. Answer with `changing`, then `changed`. */
  | { do: 'change'; to: string | null }
  /** Give up the change under way: nobody waits for it, and somebody waits for something else. */
  | { do: 'abandon' }
  /** Nothing now. Ask again after the next event, and when the monotonic clock shows `until`, unless it is null. */
  | { do: 'nothing'; until: number | null }
