/** Runs of every tab: what is going on, following one, stopping, pausing and scheduling one. */
import type { Run, RunEvent, SyscallInput } from '../kernel/abi/index.ts'
import type { Call } from './call.ts'
import { createRunStream } from './run-stream.ts'
import type { RunControl, RunStream } from './run-stream.ts'

/** Which runs to list. */
export interface RunList {
  /** Id of the agent; left out, runs of all. */
  agent?: string | undefined
  /** Only those that have not ended; default false. */
  active?: boolean | undefined
  /** 1 to 500; default 50. */
  limit?: number | undefined
}

/** How a run is followed. */
export interface WatchOptions {
  /** `seq` of the last event already seen; default -1, from the start. */
  after?: number | undefined
  /** Aborting ends the watching, not the run. */
  signal?: AbortSignal | undefined
  /** Called with each event, whether or not the stream is iterated. */
  onEvent?: ((event: RunEvent) => void) | undefined
}

/** How a run is scheduled; what is left out stays. `deadline` is in milliseconds since 1970, and null takes it away. */
export type Niceness = Omit<SyscallInput<'run.renice'>, 'run'>

/** What became of a tool call that was under way when the kernel ended: `result` goes with `done`. */
export type CallDecision = Omit<SyscallInput<'run.decide'>, 'run'>

/** `hearth.runs`: runs of every tab. */
export interface Runs {
  /** Newest first. */
  list(filter?: RunList): Promise<Run[]>
  /** Follows a run of any tab, from its start or from after an event. Stopping the stream leaves the run alone. */
  watch(run: string, options?: WatchOptions): RunStream
  /** Stops a run, and those it asked for, and keeps what was written. Returns the run as it ended. */
  cancel(run: string): Promise<Run>
  /** Lets a run wait until `resume`, also across restarts; a tool call under way ends first. Returns the run as it is then. */
  pause(run: string): Promise<Run>
  /** Lets it go on where it stopped, unless its agent or everything is paused as well. */
  resume(run: string): Promise<Run>
  /** Changes how a run, and those it asked for, are scheduled, from the next decision on. */
  renice(run: string, niceness: Niceness): Promise<Run>
  /**
   * Says what to do about the call in `run.undecided`, of which nobody knows whether it happened: `repeat` makes it again,
   * `done` takes it as done, `not-done` as not done. The run then goes on.
   * @throws HearthError `conflict` when there is nothing to decide about that call any more.
   */
  decide(run: string, decision: CallDecision): Promise<Run>
}

/** @internal */
export const runControl = (call: Call): RunControl => ({
  cancel: (run) => call('run.cancel', { run }),
  pause: (run) => call('run.pause', { run }),
  resume: (run) => call('run.resume', { run }),
})

export function createRuns(call: Call): Runs {
  const control = runControl(call)
  return {
    ...control,
    list: async (filter = {}) => (await call('run.list', filter)).runs,
    watch: (run, { after = -1, ...options } = {}) =>
      createRunStream((watching) => call('run.watch', { run, after }, watching), { ...options, control, run }),
    renice: (run, niceness) => call('run.renice', { run, ...niceness }),
    decide: (run, decision) => call('run.decide', { run, ...decision }),
  }
}
