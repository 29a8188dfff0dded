/** Watches a run to its end, across kernels: its text must come without gap or repeat, and what is undecided is decided. */
import { HearthError, type Run, type RunEvent } from '../../../sdk/index.ts'
import { REFUNDED } from './plan.ts'
import type { Tab } from './tab.ts'

export interface FollowOptions {
  readonly onEvent: (event: RunEvent) => void
  /** Whether the page's function ran for this run's agent. */
  readonly executed: () => boolean
}

/** @throws Error when the watcher saw text twice, or missed some */
export async function follow(tab: Tab, run: string, { onEvent, executed }: FollowOptions): Promise<Run> {
  const stream = tab.hearth.runs.watch(run)
  let written = ''
  let round = 0
  for await (const event of stream) {
    if (event.type === 'text') {
      if (event.round !== round) written = ''
      round = event.round
      if (event.offset !== written.length) {
        throw new Error(`text at ${event.offset} follows ${written.length} characters in round ${round}`)
      }
      written += event.text
    }
    // Not awaited: what is told next must not wait for the decision.
    if (event.type === 'undecided') void decide(tab, run, event.call.id, executed())
    onEvent(event)
  }
  return stream.result
}

/** What a person would do who can look: say that it happened, or have it done. */
async function decide(tab: Tab, run: string, call: string, happened: boolean): Promise<void> {
  const decision = happened ? ({ decision: 'done', result: REFUNDED } as const) : ({ decision: 'repeat' } as const)
  await insist(() => tab.hearth.call('run.decide', { run, call, ...decision }))
}

/** Asks again when a kernel died before it said what became of it: what is asked for here is the same done twice. */
export async function insist(ask: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await ask()
      return
    } catch (error) {
      // Done by the kernel that died, or no longer wanted because the run has ended.
      if (HearthError.is(error, 'conflict') || HearthError.is(error, 'not-found')) return
      if (!HearthError.is(error, 'unknown')) throw error
    }
  }
}
