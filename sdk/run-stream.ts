/** A run as it happens: events to iterate, and promises for those who only want the end. */
import type { Run, RunEvent } from '../kernel/abi/index.ts'

/**
 * Events in order, without gap or repeat, also across a kernel restart. Iterate it once; leaving the loop early stops the
 * run (a stream from `agent.run`) or only the watching (one from `runs.watch`).
 */
export interface RunStream extends AsyncIterable<RunEvent> {
  /** The run's id, once the kernel has begun it. */
  readonly id: Promise<string>
  /** The run as it ended. Rejects with the HearthError that ended the call. */
  readonly result: Promise<Run>
  /** The last answer's whole text, once the run has ended. Rejects when the run failed. */
  text(): Promise<string>
  /** Stops the run and keeps what was written. Resolves once it has ended. */
  cancel(): Promise<void>
}
