/** Memories that are being forgotten: off the screen at once, gone for good when it can no longer be undone. */
import { SvelteSet } from 'svelte/reactivity'
import { HearthError } from '../../../sdk/index.ts'
import type { Hearth, Memory } from '../../../sdk/index.ts'
import type { Notices } from './notices.svelte.ts'

export class Forgetting {
  readonly #ids = new SvelteSet<string>()
  readonly #hearth: Hearth
  readonly #notices: Notices

  constructor(hearth: Hearth, notices: Notices) {
    this.#hearth = hearth
    this.#notices = notices
  }

  get size(): number {
    return this.#ids.size
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  forget({ id, text }: Memory): void {
    if (this.#ids.has(id)) return
    this.#ids.add(id)
    const commit = (): void => {
      // What is gone stays hidden, so that it does not come back until everybody has heard of it.
      this.#hearth.call('memory.delete', { id }).catch((error: unknown) => {
        this.#ids.delete(id)
        if (!HearthError.is(error, 'not-found')) this.#notices.warn(error)
      })
    }
    const short = text.length > 60 ? `${text.slice(0, 60)}…` : text
    this.#notices.undoable(`Forgot “${short}”`, commit, () => void this.#ids.delete(id))
  }
}
