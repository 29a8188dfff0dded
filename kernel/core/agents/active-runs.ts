/** The runs that have not ended, found by id, by agent and by the run that asked, at a cost that does not grow with them. */
import type { RunControl } from './run-control.ts'
import type { RunLog } from './run-log.ts'

/** A run that has not ended. */
export interface ActiveRun {
  readonly log: RunLog
  readonly control: RunControl
  readonly controller: AbortController
  /** Resolves when it has ended or was suspended. */
  readonly settled: Promise<void>
  readonly settle: () => void
  /** Whether `driveRun` has it; otherwise it waits. */
  driven: boolean
}

export class ActiveRuns {
  readonly #runs = new Map<string, ActiveRun>()
  readonly #byAgent = new Map<string, Set<ActiveRun>>()
  readonly #byParent = new Map<string, Set<ActiveRun>>()
  /** Run of each call that waits for one. */
  readonly #byCall = new Map<string, string>()

  add(run: ActiveRun): void {
    const { id, agent, parent, call } = run.log.record
    this.#runs.set(id, run)
    put(this.#byAgent, agent, run)
    if (parent !== undefined) put(this.#byParent, parent, run)
    if (call !== undefined) this.#byCall.set(call, id)
  }

  delete(run: ActiveRun): void {
    const { id, agent, parent, call } = run.log.record
    this.#runs.delete(id)
    take(this.#byAgent, agent, run)
    if (parent !== undefined) take(this.#byParent, parent, run)
    if (call !== undefined) this.#byCall.delete(call)
  }

  get(id: string): ActiveRun | undefined {
    return this.#runs.get(id)
  }

  /** Oldest first. */
  all(): ActiveRun[] {
    return [...this.#runs.values()]
  }

  /** Of one agent, oldest first: each waits for those before it. */
  of(agent: string): ActiveRun[] {
    return [...(this.#byAgent.get(agent) ?? [])]
  }

  /** Those that this run asked for. */
  children(id: string): ActiveRun[] {
    return [...(this.#byParent.get(id) ?? [])]
  }

  /** Id of the run that a call started. */
  ofCall(call: string): string | undefined {
    return this.#byCall.get(call)
  }

  /** Those that this run waits for: earlier ones of its agent, and those it asked for. */
  waitsFor(run: ActiveRun): ActiveRun[] {
    const { id, agent } = run.log.record
    const same = this.of(agent)
    const at = same.indexOf(run)
    return [...same.slice(0, Math.max(0, at)), ...this.children(id)]
  }
}

function put(index: Map<string, Set<ActiveRun>>, key: string, run: ActiveRun): void {
  index.set(key, (index.get(key) ?? new Set()).add(run))
}

function take(index: Map<string, Set<ActiveRun>>, key: string, run: ActiveRun): void {
  const runs = index.get(key)
  runs?.delete(run)
  if (runs?.size === 0) index.delete(key)
}
