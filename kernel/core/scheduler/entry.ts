/** What the scheduler keeps of one job that wants a slot, from its arrival until it is withdrawn, and of its flow. */
import type { SchedulingClass } from '../../abi/index.ts'
import { PATIENCE_MS } from '../param.ts'
import type { Job } from './job.ts'
import type { OrderedSet } from './ordered-set.ts'

/** From the class that is served first to the one that is served last. */
export const CLASSES: readonly SchedulingClass[] = ['interactive', 'normal', 'background']

/** Place in CLASSES: the lower, the sooner. */
export const RANK: Readonly<Record<SchedulingClass, number>> = { interactive: 0, normal: 1, background: 2 }

/** Compared from the left; the lower goes first. One of them is the order of arrival, so that no two are equal. */
export type Key = readonly [number, number, number]

/** What one flow has had in one class (shares.ts). */
export interface Share {
  readonly flow: string
  readonly class: SchedulingClass
  /** Virtual tokens. */
  counter: number
  /** Virtual tokens of the quanta that its running jobs hold. */
  committed: number
  /** Jobs that wait or run and are not held. */
  jobs: number
  /** Place in the ring of round-robin: the lower, the sooner. */
  turn: number
  /** When it had nothing to do any more, and virtual tokens by which it was behind all others then. */
  idle: { since: number; owed: number } | null
  /** Where its jobs wait, by model. */
  readonly lanes: Map<string, Lane>
}

/** Where jobs that could start wait behind each other: those of one flow, or one (ready.ts). */
export interface Lane {
  readonly share: Share
  readonly model: string
  readonly entries: OrderedSet<Entry>
  /** As it stands in its queue; it changes only on the way out and in. */
  key: Key
}

/** What its holding of a slot consists of. */
export interface Slice {
  readonly slot: number
  /** Tokens it was promised, and tokens it was given since. */
  readonly quantum: number
  used: number
  /** True when going on later takes little reading. */
  readonly cheap: boolean
  /** Where it stood when it was given the slot. */
  readonly key: Key
  /** The quantum in virtual tokens: what its flow counts as having been given already. */
  committed: number
  /** Given although a higher class waited, because of its age: until the quantum is used nobody takes the slot from it. */
  readonly servedAs: SchedulingClass | null
  /** Told to stop, and by whom; `claim` waits for this very slot. */
  stopping: { readonly byScheduler: boolean; claim: Entry | null } | null
  /** Where the measuring of the decode rate stands; null before the first token. */
  measured: { since: number; tokens: number } | null
}

export interface Entry {
  job: Job
  /** Counts arrivals. */
  readonly order: number
  readonly arrivedAt: number
  /** True while its deadline can be met. */
  urgent: boolean
  share: Share
  /** Where it waits to be picked; null while it runs, is held, or has claimed a slot. */
  lane: Lane | null
  slice: Slice | null
  /** The running one that it waits for; null unless it has claimed a slot. */
  claims: Entry | null
  lastSlot: number | null
  /** When it last began to wait or to run. */
  since: number
  waitedMs: number
  ranMs: number
  preemptions: number
  /** Tokens of its answer so far. */
  written: number
  /** Prompt tokens its flow was charged: a guess until the engine tells. */
  prompt: { tokens: number; told: boolean } | null
}

export const rankOf = (entry: Entry): number => RANK[entry.job.class]

/** True while the slot is its own for the sake of its age. */
export const isProtected = ({ slice }: Entry): boolean =>
  slice !== null && slice.servedAs !== null && slice.used < slice.quantum

/** When it should be served among its like: what has no deadline (any more) has waited long enough at some time too. */
export const dueAt = ({ urgent, job, arrivedAt }: Entry): number =>
  urgent && job.deadline !== null ? job.deadline : arrivedAt + PATIENCE_MS
