/** One borrowed worker with QuickJS in it. Runs one script at a time; `usable` is false once it must not run another. */
import { HearthError } from '../../abi/index.ts'
import type { Lease, Lender } from '../../core/lending.ts'
import { SANDBOX_GRACE_MS, SANDBOX_LOAD_MS } from '../../core/param.ts'
import type { SandboxRequest, SandboxResult } from '../../core/tools/sandbox.ts'
import { timeout } from './failure.ts'
import type { FromWorker, ToWorker } from './link.ts'

type Settlement<T> = { value: T } | { error: unknown }

export class GuestWorker {
  readonly #lease: Lease
  readonly #port: MessagePort
  #usable = true
  #next = 0
  #waiting: ((message: FromWorker) => void) | null = null

  private constructor(lease: Lease) {
    this.#lease = lease
    this.#port = lease.port as MessagePort
    this.#port.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#waiting?.(data)
  }

  /** @throws HearthError `engine-lost`, `timeout` when it does not load, or the signal's reason. */
  static async borrow(lender: Lender, signal: AbortSignal): Promise<GuestWorker> {
    const worker = new GuestWorker(await lender.borrow('quickjs', signal))
    const late = (): HearthError => {
      const message = 'The sandbox did not start in time. Reload the page if it keeps doing so.'
      return new HearthError('timeout', message, { afterMs: SANDBOX_LOAD_MS, what: 'starting the sandbox' })
    }
    await worker.#race<undefined>(SANDBOX_LOAD_MS, late, signal, (message, settle) => {
      if (message.t === 'ready') settle({ value: undefined })
      if (message.t === 'broken') settle({ error: broken(message.reason) })
    })
    return worker
  }

  get usable(): boolean {
    return this.#usable && !this.#lease.lost.aborted
  }

  run(request: SandboxRequest, signal: AbortSignal): Promise<SandboxResult> {
    const id = this.#next++
    const done = this.#race<SandboxResult>(
      request.timeoutMs + SANDBOX_GRACE_MS,
      () => timeout(request.timeoutMs).error,
      signal,
      (message, settle) => {
        if (message.t === 'done' && message.id === id) settle({ value: { value: message.value, log: message.log } })
        if (message.t !== 'fail' || message.id !== id) return
        if (message.spent) this.discard()
        settle({ error: HearthError.fromWire(message.error) })
      },
    )
    this.#port.postMessage({ t: 'run', id, request } satisfies ToWorker)
    return done
  }

  /** Terminates it: the only thing that stops a native loop. */
  discard(): void {
    if (!this.#usable) return
    this.#usable = false
    this.#port.close()
    this.#lease.kill()
  }

  /** Waits for an answer, the time limit, the caller or the worker's end, whichever is first; all but an answer end it. */
  #race<T>(
    ms: number,
    late: () => HearthError,
    signal: AbortSignal,
    hear: (message: FromWorker, settle: (settlement: Settlement<T>) => void) => void,
  ): Promise<T> {
    const { lost } = this.#lease
    return new Promise<T>((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', cancelled)
        lost.removeEventListener('abort', gone)
        this.#waiting = null
      }
      const abandon = (reason: unknown): void => {
        finish()
        this.discard()
        reject(reason)
      }
      const cancelled = (): void => abandon(signal.reason)
      const gone = (): void => abandon(lost.reason)
      const timer = setTimeout(() => abandon(late()), ms)
      if (lost.aborted) return void gone()
      if (signal.aborted) return void cancelled()
      signal.addEventListener('abort', cancelled, { once: true })
      lost.addEventListener('abort', gone, { once: true })
      this.#waiting = (message) =>
        hear(message, (settlement) => {
          finish()
          if ('error' in settlement) reject(settlement.error)
          else resolve(settlement.value)
        })
    })
  }
}

function broken(reason: string): HearthError {
  const message = 'The sandbox could not be loaded. Reload the page; nothing was run.'
  return new HearthError('engine-failed', message, { engine: 'quickjs', reason, status: null })
}
