/** Runs of every tab, newest first and live, and when each of them had the model. */
import type { Hearth, Run } from '../../../sdk/index.ts'

/** A stretch of time in which a run was at work; `end` is null while it is. Milliseconds since 1970. */
export interface Stretch {
  readonly run: string
  readonly agent: string
  readonly name: string
  readonly start: number
  end: number | null
}

/** Runs shown, and stretches kept for the lanes. */
const KEPT = 60
const STRETCHES = 200

export class RunsState {
  list = $state.raw<readonly Run[]>([])
  stretches = $state.raw<readonly Stretch[]>([])
  readonly active = $derived(this.list.filter(isActive))
  readonly #hearth: Hearth
  readonly #stop: () => void

  constructor(hearth: Hearth) {
    this.#hearth = hearth
    this.#stop = hearth.on('run', ({ run }) => this.#put(run))
  }

  async refresh(): Promise<void> {
    const runs = await this.#hearth.runs.list({ limit: KEPT })
    // A run that ends while the kernel makes the list may be in it twice: as going on and as ended.
    this.list = runs.filter(({ id }, index) => runs.findLastIndex((run) => run.id === id) === index)
    for (const run of this.list) this.#measure(run)
  }

  async cancel(id: string): Promise<void> {
    this.#put(await this.#hearth.runs.cancel(id))
  }

  /** What an agent does now: its newest run that has not ended. */
  of(agent: string): Run | undefined {
    return this.active.find((run) => run.agent === agent)
  }

  #put(run: Run): void {
    const others = this.list.filter(({ id }) => id !== run.id)
    const at = others.findIndex(({ startedAt }) => startedAt <= run.startedAt)
    this.list = (at < 0 ? [...others, run] : others.toSpliced(at, 0, run)).slice(0, KEPT)
    this.#measure(run)
  }

  #measure(run: Run): void {
    const open = this.stretches.find((stretch) => stretch.run === run.id && stretch.end === null)
    if (run.state === 'running' && !open) {
      const stretch = { run: run.id, agent: run.agent, name: run.agentName, start: Date.now(), end: null }
      this.stretches = [...this.stretches.slice(-STRETCHES), stretch]
    } else if (run.state !== 'running' && open) {
      open.end = Date.now()
      this.stretches = [...this.stretches]
    }
  }

  [Symbol.dispose](): void {
    this.#stop()
  }
}

export function isActive({ state }: Run): boolean {
  return state === 'queued' || state === 'running' || state === 'waiting'
}
