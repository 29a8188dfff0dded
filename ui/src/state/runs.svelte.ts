/** Runs of every tab, newest first and live, and what a person can do to one of them. */
import type { Hearth, Run, RunState, SchedulingClass } from '../../../sdk/index.ts'

/** What to do about a tool call of which nobody knows whether it happened. */
export type Decision = 'repeat' | 'done' | 'not-done'

/** How a run is scheduled, as far as a person sets it here. */
export interface Priority {
  readonly class: SchedulingClass
  readonly weight: number
}

const order: readonly RunState[] = ['running', 'waiting', 'paused', 'queued']

/** Runs shown. Those that go on are always kept, however many. */
const KEPT = 60
const READ = 200

export class RunsState {
  list = $state.raw<readonly Run[]>([])
  readonly active = $derived(this.list.filter(isActive))
  readonly #hearth: Hearth
  readonly #stop: () => void

  constructor(hearth: Hearth) {
    this.#hearth = hearth
    this.#stop = hearth.on('run', ({ run }) => this.#put(run))
  }

  async refresh(): Promise<void> {
    const runs = await this.#hearth.runs.list({ limit: READ })
    // A run that ends while the kernel makes the list may be in it twice: as going on and as ended.
    this.list = kept(runs.filter(({ id }, index) => runs.findLastIndex((run) => run.id === id) === index))
  }

  async cancel(id: string): Promise<void> {
    this.#put(await this.#hearth.runs.cancel(id))
  }

  // What these answer may be older than the events that came meanwhile, which tell of the change themselves.

  pause(id: string): Promise<Run> {
    return this.#hearth.runs.pause(id)
  }

  resume(id: string): Promise<Run> {
    return this.#hearth.runs.resume(id)
  }

  renice(id: string, priority: Partial<Priority>): Promise<Run> {
    return this.#hearth.runs.renice(id, priority)
  }

  decide(id: string, call: string, decision: Decision): Promise<Run> {
    return this.#hearth.runs.decide(id, { call, decision })
  }

  get(id: string): Run | undefined {
    return this.list.find((run) => run.id === id)
  }

  /** What an agent does now: the one of its runs that is farthest along. */
  of(agent: string): Run | undefined {
    const own = this.active.filter((run) => run.agent === agent)
    return own.find(({ undecided }) => undecided) ?? order.flatMap((one) => own.filter((run) => run.state === one))[0]
  }

  #put(run: Run): void {
    const others = this.list.filter(({ id }) => id !== run.id)
    const at = others.findIndex(({ startedAt }) => startedAt <= run.startedAt)
    this.list = kept(at < 0 ? [...others, run] : others.toSpliced(at, 0, run))
  }

  [Symbol.dispose](): void {
    this.#stop()
  }
}

function kept(runs: readonly Run[]): Run[] {
  return runs.filter((run, index) => index < KEPT || isActive(run))
}

export function isActive({ state }: Run): boolean {
  return state === 'queued' || state === 'running' || state === 'waiting' || state === 'paused'
}
