/** How a script can fail, in words for a person and for a model that has to write it again. */
import { HearthError } from '../../abi/index.ts'
import { SANDBOX_ATTEMPTS } from '../../core/param.ts'

/** Thrown when the script was cut off, so that its runtime's module is not used again. */
export class Aborted extends Error {
  readonly error: HearthError
  constructor(error: HearthError) {
    super(error.message)
    this.error = error
  }
}

/** An error of the script's own. */
export function failed(reason: string): HearthError {
  return new HearthError('tool-failed', `The script failed: ${reason}`, { tool: 'sandbox', reason })
}

export function timeout(ms: number): Aborted {
  const message = `The script took longer than ${ms} ms and was stopped. Nothing it did remains; make it do less at once.`
  return new Aborted(new HearthError('timeout', message, { afterMs: ms, what: 'the script' }))
}

export function outOfMemory(bytes: number): Aborted {
  const megabytes = Math.round(bytes / 1_048_576)
  const message = `The script used more than its ${megabytes} MB of memory and was stopped. Make it keep less at once.`
  return new Aborted(
    new HearthError('over-limit', message, { limit: 'sandbox memory bytes', maximum: bytes, retryAfterMs: null }),
  )
}

/** For what only a stack too deep for the browser, or a defect of QuickJS, brings about. */
export function crashed(error: unknown): Aborted {
  const deep = error instanceof RangeError
  return new Aborted(failed(deep ? 'it calls or nests too deeply' : `the sandbox broke: ${String(error)}`))
}

/** For a script whose worker ended each time it ran. */
export function lostAgain(lost: HearthError<'engine-lost'>): HearthError {
  const message = `The sandbox ended ${SANDBOX_ATTEMPTS} times while it ran the script. Make the script do less, or try again later.`
  return new HearthError('tool-failed', message, { tool: 'sandbox', reason: lost.data.reason }, { cause: lost })
}
