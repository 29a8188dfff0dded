/** What an answer gets from the supervisor of its engine: a place in the line, and turns to write. */
import type { HearthError, SlotSlice } from '../../abi/index.ts'
import type { Schedulable } from '../scheduler/schedulable.ts'
import type { Service } from '../scheduler/job.ts'
import type { Engine, LoadedModel } from './engine.ts'

/** Why somebody waits. */
export type WaitStatus =
  | { kind: 'queued'; ahead: number }
  | { kind: 'loading'; reason: string; forTab: boolean }
  /** A person has paused it. */
  | { kind: 'held'; reason: string }

/** Why the model is taken from an answer. Reason of `Turn.preempted`. */
export interface Preemption {
  readonly by: 'scheduler' | 'user'
  /** For a person. */
  readonly reason: string
}

export type TurnEnd = NonNullable<SlotSlice['ended']>

/** The right to write, until it is preempted, the engine is lost, or it is given back with `release`. */
export interface Turn {
  readonly engine: Engine
  readonly model: LoadedModel
  /** Aborts with an `engine-lost` error when the engine is gone; the turn is void then. */
  readonly lost: AbortSignal
  /** Aborts with a `Preemption`: stop the engine, release, and wait for the next turn. */
  readonly preempted: AbortSignal
  /** Milliseconds between the first and the last token written in it. */
  readonly decodeMs: number
  /** Tells of tokens as they are read and written. */
  served(service: Service): void
  /** Tells that the prompt was read: so many tokens, so many of them cached, the others in so many ms when the engine tells. */
  read(promptTokens: number, cachedTokens: number, ms: number | null): void
  /** Says that the engine is of no use any more though it did not notice. */
  condemn(error: HearthError): void
  /** Says that the engine works: its next loss is not one of a row. */
  prove(): void
  /** Frees the slot once `stopped` settles; an engine that does not stop in time is given up. Never rejects. */
  release(stopped: Promise<unknown>, ended: TurnEnd): Promise<void>
}

/** One answer's place with an engine, kept through all its turns. */
export interface Place {
  /**
   * Waits for the model and a slot.
   * @throws HearthError what loading threw, `over-limit`, or the reason that `leave` was given.
   */
  turn(onStatus: (status: WaitStatus) => void): Promise<Turn>
  /** Ends it, wherever it is; whoever waits for a turn of it is told the reason. Does nothing the second time. */
  leave(reason: unknown): void
}

export interface PlaceRequest {
  readonly model: string
  readonly by: Schedulable
  /** Guesses, for the cost of a switch. */
  readonly promptTokens: number
  readonly maxTokens: number
  /** Wait and ask again when the queue is full, instead of throwing `over-limit`. */
  readonly patient: boolean
  /** Told each time it is given a slot, and each time it has none any more. */
  readonly onSlot?: (has: boolean) => void
}
