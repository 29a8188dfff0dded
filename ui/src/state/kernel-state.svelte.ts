/** What the kernel does now: its figures, the tabs that share it, the storage it uses. */
import type { Hearth, KernelInfo, KernelStats, SchedulingPolicy, StorageReport } from '../../../sdk/index.ts'

const IDLE: KernelStats = {
  tokensPerSecond: 0,
  running: 0,
  waiting: 0,
  holder: null,
  outbound: [],
  paused: false,
  policy: 'fair',
  engines: [],
  firstTokenMs: null,
}

export class KernelState {
  stats = $state.raw<KernelStats>(IDLE)
  info = $state.raw<KernelInfo | null>(null)
  storage = $state.raw<StorageReport | null>(null)
  readonly #hearth: Hearth
  readonly #stops: (() => void)[]

  constructor(hearth: Hearth) {
    this.#hearth = hearth
    this.#stops = [
      hearth.on('stats', ({ stats }) => {
        this.stats = stats
      }),
      hearth.on('sessions', () => void this.readInfo()),
    ]
  }

  /** Reads everything anew; what cannot be read keeps its last value. */
  async refresh(): Promise<void> {
    await Promise.allSettled([this.readStats(), this.readInfo(), this.readStorage()])
  }

  async readStats(): Promise<void> {
    this.stats = await this.#hearth.kernel.stats()
  }

  async readInfo(): Promise<void> {
    this.info = await this.#hearth.kernel.info()
  }

  async readStorage(): Promise<void> {
    this.storage = await this.#hearth.kernel.storage()
  }

  /** Pauses everything of every tab, also what comes later, or lets it go on. */
  async hold(paused: boolean): Promise<void> {
    await (paused ? this.#hearth.kernel.pause() : this.#hearth.kernel.resume())
    await this.readStats()
  }

  async schedule(policy: SchedulingPolicy): Promise<void> {
    await this.#hearth.kernel.schedule(policy)
    await this.readStats()
  }

  /** Asks the browser to keep what is stored. False when it will not promise. */
  async keep(): Promise<boolean> {
    const kept = await this.#hearth.kernel.persist()
    await this.readStorage()
    return kept
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stops) stop()
  }
}
