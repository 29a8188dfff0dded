/**
 * The kernel's half of the sandbox: a few warm workers, each running one script at a time. A script that is stopped, for any
 * reason, takes its worker with it. Scripts have no effects, so one whose worker was lost with its tab is run again; not for
 * ever, as it may be the script that brings its worker down.
 */
import { HearthError } from '../../abi/index.ts'
import type { Lender } from '../../core/lending.ts'
import { SANDBOX_ATTEMPTS, SANDBOX_WORKERS } from '../../core/param.ts'
import type { Sandbox, SandboxFactory, SandboxRequest, SandboxResult } from '../../core/tools/sandbox.ts'
import { lostAgain } from './failure.ts'
import { GuestWorker } from './guest-worker.ts'

export const createQuickjsSandbox: SandboxFactory = (lender) => new QuickjsSandbox(lender)

class QuickjsSandbox implements Sandbox {
  readonly #lender: Lender
  readonly #closed = new AbortController()
  #idle: GuestWorker[] = []
  #running = 0
  readonly #queue: (() => void)[] = []

  constructor(lender: Lender) {
    this.#lender = lender
  }

  async run(request: SandboxRequest, signal: AbortSignal): Promise<SandboxResult> {
    const stop = AbortSignal.any([signal, this.#closed.signal])
    await this.#enter(stop)
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.#runOnce(request, stop)
        } catch (error) {
          if (!HearthError.is(error, 'engine-lost')) throw error
          if (attempt === SANDBOX_ATTEMPTS) throw lostAgain(error)
        }
      }
    } finally {
      this.#running -= 1
      this.#queue.shift()?.()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new HearthError('cancelled', 'The kernel is closing.', { by: 'kernel' }))
    for (const worker of this.#idle) worker.discard()
    this.#idle = []
  }

  async #runOnce(request: SandboxRequest, signal: AbortSignal): Promise<SandboxResult> {
    this.#idle = this.#idle.filter(({ usable }) => usable)
    const worker = this.#idle.pop() ?? (await GuestWorker.borrow(this.#lender, signal))
    try {
      return await worker.run(request, signal)
    } finally {
      if (worker.usable && !this.#closed.signal.aborted) this.#idle.push(worker)
      else worker.discard()
    }
  }

  /** Waits for one of the SANDBOX_WORKERS places, first come first served. */
  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    while (this.#running >= SANDBOX_WORKERS) {
      await new Promise<void>((resolve, reject) => {
        const wake = (): void => {
          signal.removeEventListener('abort', leave)
          resolve()
        }
        const leave = (): void => {
          const place = this.#queue.indexOf(wake)
          if (place >= 0) this.#queue.splice(place, 1)
          reject(signal.reason)
        }
        signal.addEventListener('abort', leave, { once: true })
        this.#queue.push(wake)
      })
    }
    this.#running += 1
  }
}
