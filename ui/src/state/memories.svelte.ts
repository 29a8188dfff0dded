/** What is remembered, searchable by words, and forgetting that can be undone for a moment. */
import { SvelteSet } from 'svelte/reactivity'
import type { Hearth, Memory } from '../../../sdk/index.ts'
import type { Notices } from './notices.svelte.ts'

export class MemoriesState {
  list = $state.raw<readonly Memory[]>([])
  loaded = $state(false)
  query = $state('')
  /** Ids taken off the screen while they can still be put back. */
  readonly #hidden = new SvelteSet<string>()
  readonly #hearth: Hearth
  readonly #notices: Notices
  readonly #stop: () => void

  readonly shown = $derived.by(() => {
    const words = this.query.toLowerCase().split(/\s+/).filter(Boolean)
    return this.list.filter(({ id, text }) => {
      if (this.#hidden.has(id)) return false
      const lower = text.toLowerCase()
      return words.every((word) => lower.includes(word))
    })
  })

  readonly count = $derived(this.list.filter(({ id }) => !this.#hidden.has(id)).length)

  constructor(hearth: Hearth, notices: Notices) {
    this.#hearth = hearth
    this.#notices = notices
    this.#stop = hearth.on('memories', () => void this.refresh())
  }

  async refresh(): Promise<void> {
    this.list = await this.#hearth.memory.list({ limit: 2_000 })
    this.loaded = true
  }

  async add(text: string): Promise<void> {
    await this.#hearth.memory.add(text)
    await this.refresh()
  }

  forget({ id, text }: Memory): void {
    this.#hide(id, true)
    const commit = (): void => {
      this.#hearth.memory.delete(id).then(
        () => this.refresh(),
        (error: unknown) => {
          this.#hide(id, false)
          this.#notices.warn(error)
        },
      )
    }
    const short = text.length > 60 ? `${text.slice(0, 60)}…` : text
    this.#notices.undoable(`Forgot “${short}”`, commit, () => this.#hide(id, false))
  }

  #hide(id: string, hidden: boolean): void {
    if (hidden) this.#hidden.add(id)
    else this.#hidden.delete(id)
  }

  [Symbol.dispose](): void {
    this.#stop()
  }
}
