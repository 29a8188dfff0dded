/** What the scheduler must know of whoever wants tokens. Its attributes may change while it waits or runs. */
import type { SchedulingClass } from '../../abi/index.ts'

export interface SchedulingAttributes {
  readonly class: SchedulingClass
  readonly weight: number
  /** Milliseconds since 1970; null without one. */
  readonly deadline: number | null
}

export interface Schedulable {
  /** Unique and stable across kernels for a run; a call's id for a single answer. */
  readonly id: string
  /** Whose virtual tokens count: the agent's id, or the page's session for single answers. */
  readonly flow: string
  /** For a person: the agent's name, or the page's that asked. */
  readonly name: string
  readonly run: string | null
  readonly agent: string | null
  readonly attributes: SchedulingAttributes
  /** True while a person has paused it: it keeps its place and gets nothing. */
  readonly held: boolean
  /** Calls `listener` when `attributes` or `held` changed, until disposed of. */
  subscribe(listener: () => void): Disposable
}

/** One whose attributes never change: a single answer. */
export function fixedSchedulable(fixed: Pick<Schedulable, 'id' | 'flow' | 'name'> & SchedulingAttributes): Schedulable {
  const { id, flow, name, class: servedIn, weight, deadline } = fixed
  return {
    ...{ id, flow, name, run: null, agent: null },
    attributes: { class: servedIn, weight, deadline },
    held: false,
    subscribe: () => ({
      [Symbol.dispose]() {
        // Nothing was subscribed to.
      },
    }),
  }
}
