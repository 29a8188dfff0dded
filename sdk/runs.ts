/** Runs of every tab: what is going on, following one, stopping one. */
import type { Run, RunEvent } from '../kernel/abi/index.ts'
import type { Call } from './call.ts'
import { createRunStream } from './run-stream.ts'
import type { RunStream } from './run-stream.ts'

export interface RunList {
  agent?: string | undefined
  /** Only those that have not ended; default false. */
  active?: boolean | undefined
  /** 1 to 500; default 50. */
  limit?: number | undefined
}

export interface WatchOptions {
  /** `seq` of the last event already seen; default -1, from the start. */
  after?: number | undefined
  signal?: AbortSignal | undefined
  onEvent?: ((event: RunEvent) => void) | undefined
}

export interface Runs {
  /** Newest first. */
  list(filter?: RunList): Promise<Run[]>
  /** Follows a run of any tab, from its start or from after an event. Stopping the stream leaves the run alone. */
  watch(run: string, options?: WatchOptions): RunStream
  /** Stops a run and keeps what was written. Returns the run as it ended. */
  cancel(run: string): Promise<Run>
}

export function createRuns(call: Call): Runs {
  const cancel = (run: string): Promise<Run> => call('run.cancel', { run })
  return {
    list: async (filter = {}) => (await call('run.list', filter)).runs,
    watch: (run, { after = -1, ...options } = {}) =>
      createRunStream((watching) => call('run.watch', { run, after }, watching), { ...options, cancel, run }),
    cancel,
  }
}
