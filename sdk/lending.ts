/** This page's part in lending: spawns what the kernel asks for, and takes it away again. */
import type { KernelFrame } from '../kernel/abi/index.ts'
import type { Environment, LentWorker } from './environment.ts'

type Post = (frame: unknown, transfer: Transferable[]) => void

export class Lending {
  readonly #environment: Environment
  readonly #leases = new Map<string, LentWorker>()

  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** Answers with the worker's port, or with the reason why there is none; also later, when the worker fails. */
  lend({ lease, kind }: Extract<KernelFrame, { t: 'lend' }>, post: Post): void {
    const fail = (reason: string): void => {
      this.reclaim(lease)
      post({ t: 'lend', lease, reason: reason.slice(0, 1000) }, [])
    }
    try {
      const worker = this.#environment.spawn(kind, fail)
      this.#leases.set(lease, worker)
      post({ t: 'lend', lease, port: worker.port }, [worker.port])
    } catch (error) {
      fail(String(error))
    }
  }

  reclaim(lease: string): void {
    this.#leases.get(lease)?.terminate()
    this.#leases.delete(lease)
  }

  reclaimAll(): void {
    for (const lease of [...this.#leases.keys()]) this.reclaim(lease)
  }
}
