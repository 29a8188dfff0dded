/** What llama.cpp prints, for error messages and to learn what it did. An uncaught error in wllama's worker arrives here too, and nowhere else. */
import type { HearthError } from '../../abi/index.ts'
import { crashFailure, isCrash } from './failure.ts'

/** Lines kept, the newest. */
const LOG_LINES = 400

export class RuntimeLog {
  readonly lines: string[] = []
  readonly #onCrash: (error: HearthError) => void

  constructor(onCrash: (error: HearthError) => void) {
    this.#onCrash = onCrash
  }

  readonly debug = (...parts: unknown[]) => this.#add(parts)
  readonly log = (...parts: unknown[]) => this.#add(parts)
  readonly warn = (...parts: unknown[]) => this.#add(parts)
  readonly error = (...parts: unknown[]) => {
    this.#add(parts)
    if (isCrash(parts[0])) this.#onCrash(crashFailure(parts[0], this.lines, '', 0))
  }

  #add(parts: unknown[]): void {
    if (typeof parts[0] === 'string') this.lines.push(parts[0])
    if (this.lines.length > LOG_LINES) this.lines.shift()
  }
}
