/** The namespaces there are, kept live. */
import type { Hearth } from '../../../sdk/index.ts'
import type { Namespace } from './types.ts'

/** Milliseconds that changes are gathered for before they are counted anew. */
const GATHER_MS = 200

export class Namespaces {
  list = $state.raw<readonly Namespace[]>([])
  loaded = $state(false)
  error = $state.raw<unknown>(null)
  readonly #hearth: Hearth
  readonly #stops: (() => void)[]
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(hearth: Hearth) {
    this.#hearth = hearth
    this.#stops = [
      hearth.on('shared', () => {
        this.#timer ??= setTimeout(() => void this.read(), GATHER_MS)
      }),
      hearth.on('connection', ({ state }) => void (state === 'connected' && this.read())),
    ]
    void this.read()
  }

  async read(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    try {
      this.list = (await this.#hearth.call('shared.namespaces', {})).namespaces
      this.loaded = true
      this.error = null
    } catch (error) {
      this.error = error
    }
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stops) stop()
    clearTimeout(this.#timer)
  }
}
