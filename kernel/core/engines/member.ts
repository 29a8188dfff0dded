/** One who waits or writes at one engine, as its supervisor sees it, and how it is told to the scheduler and in lists. */
import type { EngineKind, HearthError, SchedulerJob } from '../../abi/index.ts'
import type { Clock } from '../platform.ts'
import type { Job } from '../scheduler/job.ts'
import type { JobView } from '../scheduler/scheduler.ts'
import type { ActiveTurn } from './active-turn.ts'
import type { PlaceRequest, WaitStatus } from './turn.ts'

export interface Waiter {
  resolve(turn: ActiveTurn | null): void
  reject(error: unknown): void
  onStatus(status: WaitStatus): void
}

export interface Member {
  readonly id: number
  /** The model it needs; null asks for the engine to be empty. */
  readonly model: string | null
  /** Null for one who only wants the model loaded or unloaded. */
  readonly request: PlaceRequest | null
  /** Milliseconds since 1970, and of the monotonic clock. */
  readonly arrivedAt: number
  readonly since: number
  /** Whoever waits for its next turn; null while it has one, or nobody asked yet. */
  waiter: Waiter | null
  turn: ActiveTurn | null
  /** False while the turn has been given and nobody has come for it. */
  taken: boolean
  /** It wants nothing any more; it goes as soon as the engine has stopped. */
  left: boolean
  /** Why it cannot be served, until somebody asks. */
  failure: HearthError | null
  promptTokens: number
  completionTokens: number
  /** Turns it has had, and whether it has had a token. */
  turns: number
  begun: boolean
  /** What it was told last. */
  told: WaitStatus | null
}

export function createMember(id: number, model: string | null, request: PlaceRequest | null, clock: Clock): Member {
  return {
    ...{ id, model, request, arrivedAt: clock.now(), since: clock.monotonic() },
    ...{ waiter: null, turn: null, taken: false, left: false, failure: null, turns: 0, begun: false, told: null },
    ...{ promptTokens: request?.promptTokens ?? 0, completionTokens: 0 },
  }
}

/** The job as it is now. */
export function jobOf({ id, model, request }: Member, clock: Clock): Job {
  if (request === null) {
    return {
      ...{ id, flow: `load:${id}`, class: 'interactive', weight: 1, deadline: null, held: false },
      ...{ model, slot: false, promptTokens: 0, maxTokens: 0 },
    }
  }
  const { by, promptTokens, maxTokens } = request
  const { class: servedIn, weight, deadline } = by.attributes
  return {
    ...{ id, flow: by.flow, class: servedIn, weight, held: by.held, model, slot: true, promptTokens, maxTokens },
    deadline: deadline === null ? null : deadline - clock.now() + clock.monotonic(),
  }
}

/** How a list shows one who wants to write. */
export function rowOf(
  member: Member,
  request: PlaceRequest,
  view: JobView,
  engine: EngineKind,
  share: number,
): SchedulerJob {
  const { by, model } = request
  const { servedAs, virtualTokens, waitedMs, ranMs, preemptions, slot, warm, state } = view
  return {
    ...{
      id: by.id,
      run: by.run,
      agent: by.agent,
      name: by.name,
      ...by.attributes,
      servedAs,
      state,
      engine,
      model,
      slot,
    },
    ...{ promptTokens: member.promptTokens, completionTokens: member.completionTokens, virtualTokens, share },
    ...{ arrivedAt: member.arrivedAt, waitedMs, ranMs, preemptions, warm },
  }
}
