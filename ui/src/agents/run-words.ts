/** A run's state in words. Pure. */
import type { Run } from '../../../sdk/index.ts'

export function runWords(run: Run): string {
  switch (run.state) {
    case 'queued':
      return 'waits for its turn'
    case 'running':
      return run.round > 1 ? `working, step ${run.round}` : 'working'
    case 'waiting':
      return `waits for ${run.waitingFor ?? 'the model'}`
    case 'done':
      return 'done'
    case 'failed':
      return 'failed'
    case 'cancelled':
      return 'stopped'
  }
}
