/**
 * One piece of long work that several callers wait for. It goes on when a caller's tab dies; it stops when the last caller
 * that is left says so explicitly, or when somebody stops it for all.
 */
import { HearthError } from '../../abi/index.ts'
import { whenAborted } from './abortable.ts'

export class SharedTask<P, R> {
  readonly #controller = new AbortController()
  readonly #listeners = new Set<(progress: P) => void>()
  readonly #outcome: Promise<R>

  constructor(work: (signal: AbortSignal) => Promise<R>) {
    this.#outcome = work(this.#controller.signal)
    // Callers may all have left by the time it fails.
    this.#outcome.catch(() => {})
  }

  tell(progress: P): void {
    for (const listener of this.#listeners) listener(progress)
  }

  /** Stops it for everybody; resolves once it has stopped. */
  async stop(reason: HearthError): Promise<void> {
    this.#controller.abort(reason)
    await this.#outcome.catch(() => {})
  }

  /**
   * Waits for the outcome. `owns: false` is for those who wait but did not ask for the work: they never stop it.
   * @throws what the work threw, or the signal's reason.
   */
  join(signal: AbortSignal, onProgress: (progress: P) => void, owns = true): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      const listener = (progress: P) => onProgress(progress)
      this.#listeners.add(listener)
      const unlisten = whenAborted([signal], (reason) => {
        this.#listeners.delete(listener)
        const byTab = HearthError.is(reason, 'cancelled') && reason.data.by === 'tab'
        if (owns && !byTab && this.#listeners.size === 0) this.#controller.abort(reason)
        reject(reason)
      })
      const leave = () => {
        unlisten()
        this.#listeners.delete(listener)
      }
      this.#outcome.then(
        (result) => {
          leave()
          resolve(result)
        },
        (error: unknown) => {
          leave()
          reject(error)
        },
      )
    })
  }
}
