/** What the forms that add a model share: adding it, beginning to load it, and telling what went wrong. */
import type { AddModelOptions, ModelAddress } from '../../../sdk/index.ts'
import { errorText } from '../parts/advice.ts'
import type { Panel } from '../state/panel.svelte.ts'

export class Adding {
  working = $state(false)
  failure = $state('')
  readonly #panel: Panel

  constructor(panel: Panel) {
    this.#panel = panel
  }

  /** Resolves to true when it was added; loading it goes on in the list. */
  async add(address: ModelAddress, options: AddModelOptions = {}): Promise<boolean> {
    return this.attempt(async () => {
      const { id } = await this.#panel.hearth.models.add(address, options)
      await this.#panel.models.refresh()
      void this.#panel.models.load(id)
    })
  }

  async attempt(action: () => Promise<void>): Promise<boolean> {
    this.working = true
    this.failure = ''
    try {
      await action()
      return true
    } catch (error) {
      this.failure = errorText(error)
      return false
    } finally {
      this.working = false
    }
  }
}
