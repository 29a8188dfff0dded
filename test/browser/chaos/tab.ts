/** A tab of a chaos origin: the SDK's client with real locks and real lent workers, which can die like a tab. */
import type { KernelFrame, LendKind } from '../../../kernel/abi/index.ts'
import { connectThrough } from '../../../sdk/connect.ts'
import type { Environment } from '../../../sdk/environment.ts'
import type { Hearth } from '../../../sdk/index.ts'
import type { Origin } from './origin.ts'
import type { Settlements } from './settlements.ts'

interface LentWorker {
  readonly worker: Worker
  readonly fail: (reason: string) => void
}

export class Tab {
  readonly hearth: Hearth
  /** Links to a kernel so far; the client gives up after several in a few seconds, as with a kernel that keeps ending. */
  links = 0
  readonly #workers = new Set<LentWorker>()

  /** @param lends nothing for a tab that only watches */
  static async open(origin: Origin, settlements: Settlements, name: string, lends: readonly LendKind[]): Promise<Tab> {
    const parts: { tab?: Tab; links: number; workers: Set<LentWorker> } = { links: 0, workers: new Set() }
    const environment = environmentOf(origin, settlements, lends, parts.workers, () => {
      parts.links += 1
      if (parts.tab) parts.tab.links += 1
    })
    parts.tab = new Tab(await connectThrough(environment, name, 'app'), parts.workers)
    parts.tab.links = parts.links
    return parts.tab
  }

  private constructor(hearth: Hearth, workers: Set<LentWorker>) {
    this.hearth = hearth
    this.#workers = workers
  }

  /** Ends the workers it lent, as a crash in them does. */
  killWorkers(): void {
    for (const { worker, fail } of [...this.#workers]) {
      worker.terminate()
      fail('ended by the test')
    }
  }

  /** Dies: its workers end, its lock is free, and nothing is said. */
  async die(): Promise<void> {
    await this.hearth.close()
  }
}

function environmentOf(
  origin: Origin,
  settlements: Settlements,
  lends: readonly LendKind[],
  workers: Set<LentWorker>,
  onLink: () => void,
): Environment {
  // Kernels of other tests have locks of the same names.
  const named = (lock: string): string => `${origin.name}:${lock}`
  return {
    lends,
    isolated: crossOriginIsolated,
    openKernel() {
      onLink()
      const port = origin.openKernel()
      port.addEventListener('message', ({ data }: MessageEvent<KernelFrame>) => settlements.note(data))
      return port
    },
    hold(lock) {
      return new Promise((resolve, reject) => {
        navigator.locks.request(lock, () => new Promise<void>((release) => resolve(release))).catch(reject)
      })
    },
    async whenReleased(lock, signal) {
      await navigator.locks.request(named(lock), { mode: 'shared', signal }, () => undefined)
    },
    spawn(kind, onError) {
      const worker = new Worker('/bundled-workers/lent.js', { type: 'module' })
      const lent = { worker, fail: onError }
      workers.add(lent)
      worker.addEventListener('error', ({ message }) => onError(message || 'it could not start'))
      const { port1, port2 } = new MessageChannel()
      worker.postMessage({ kind }, [port1])
      const terminate = (): void => {
        workers.delete(lent)
        worker.terminate()
      }
      return { port: port2, terminate }
    },
    onFreeze: () => () => {},
  }
}
