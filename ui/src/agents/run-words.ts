/** A run's state in words. Pure. */
import type { Run, RunState } from '../../../sdk/index.ts'

export function runWords(run: Run): string {
  if (run.undecided) return 'waits for your decision'
  switch (run.state) {
    case 'queued':
      return 'waits for its turn'
    case 'running':
      return run.round > 1 ? `working, step ${run.round}` : 'working'
    case 'waiting':
      // The kernel names a thing, or says in a sentence what keeps it.
      return run.waitingFor?.endsWith('.')
        ? `waits: ${run.waitingFor.slice(0, -1)}`
        : `waits for ${run.waitingFor ?? 'the model'}`
    case 'paused':
      return 'paused'
    case 'done':
      return 'done'
    case 'failed':
      return 'failed'
    case 'cancelled':
      return 'stopped'
  }
}

/** One word, for narrow places. */
export const stateWord: Record<RunState, string> = {
  queued: 'queued',
  running: 'running',
  waiting: 'waits',
  paused: 'paused',
  done: 'done',
  failed: 'failed',
  cancelled: 'stopped',
}
