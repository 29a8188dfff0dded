/** One origin in miniature: a database, at most one kernel at a time, and the tabs (tab.ts) that start it when they need it. */
import type { ChaosEngine, CommitMoment, FromKernel, ToKernel } from './messages.ts'

export class Origin {
  readonly name = `chaos-${crypto.randomUUID()}`
  /** Kernels ended so far. */
  kills = 0
  readonly #engine: ChaosEngine
  #kernel: Worker | undefined
  #onArmed = (): void => {}
  readonly #onFailure: (reason: string) => void

  constructor(engine: ChaosEngine, onFailure: (reason: string) => void) {
    this.#engine = engine
    this.#onFailure = onFailure
  }

  /** A client's port to the kernel, which is started if there is none. */
  openKernel(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    this.#kernel ??= this.#start()
    this.#kernel.postMessage({ t: 'connect' } satisfies ToKernel, [port2])
    return port1
  }

  /** Ends the kernel at whatever instruction it is. */
  killKernel(): void {
    if (this.#kernel === undefined) return
    this.#kernel.terminate()
    this.#kernel = undefined
    this.kills += 1
  }

  /** Has the kernel die at a commit of its own. Resolves once it knows. */
  async killAtCommit(commits: number, moment: CommitMoment): Promise<void> {
    const armed = new Promise<void>((resolve) => (this.#onArmed = resolve))
    this.#post({ t: 'die-at', commits, moment })
    await armed
  }

  /** Only with the scripted engine: llama.cpp computes on the CPU here and has no device to lose. */
  loseDevice(): void {
    this.#post({ t: 'lose-device' })
  }

  [Symbol.dispose](): void {
    this.killKernel()
    indexedDB.deleteDatabase(this.name)
  }

  #start(): Worker {
    const kernel = new Worker('/bundled-workers/kernel.js', { type: 'module', name: this.name })
    kernel.onmessage = ({ data }: MessageEvent<FromKernel>) => {
      if (kernel !== this.#kernel) return
      if (data.t === 'dead') this.killKernel()
      else if (data.t === 'armed') this.#onArmed()
      else this.#onFailure(data.reason)
    }
    kernel.onerror = ({ message }) => this.#onFailure(message || "the kernel's script could not be loaded")
    kernel.postMessage({ t: 'boot', database: this.name, engine: this.#engine } satisfies ToKernel)
    return kernel
  }

  #post(message: ToKernel): void {
    this.#kernel?.postMessage(message)
  }
}
