/** Finding files below a folder as one types: by name, by their words and by what they are about. */
import type { Hearth } from '../../../sdk/index.ts'
import { codeOf } from '../parts/advice.ts'
import type { FileHit } from './types.ts'

/** Hits shown. */
const BEST = 30

export class FileSearch {
  query = $state('')
  hits = $state.raw<readonly FileHit[] | null>(null)
  /** Text files that are too large to be looked into. */
  left = $state.raw<number | null>(null)
  error = $state.raw<unknown>(null)
  readonly #hearth: Hearth
  readonly #space: string
  readonly #path: string
  #life = new AbortController()

  constructor(hearth: Hearth, space: string, path: string) {
    this.#hearth = hearth
    this.#space = space
    this.#path = path
  }

  /** The newest question counts; the one before it is given up. */
  find(query: string): void {
    this.query = query
    this.#life.abort()
    this.#life = new AbortController()
    if (query.trim() === '') this.hits = null
    else void this.#search(query, this.#life.signal)
  }

  async #search(query: string, signal: AbortSignal): Promise<void> {
    try {
      const args = { space: this.#space, path: this.#path, query, k: BEST }
      const { hits, left } = await this.#hearth.call('files.search', args, { signal })
      if (signal.aborted) return
      this.hits = hits
      this.left = left
      this.error = null
    } catch (error) {
      if (!signal.aborted && codeOf(error) !== 'cancelled') this.error = error
    }
  }

  [Symbol.dispose](): void {
    this.#life.abort()
  }
}
