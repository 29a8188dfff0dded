/** The models there are, kept live, and what can be done with one. Errors of a load stand beside their model. */
import { SvelteMap } from 'svelte/reactivity'
import { HearthError } from '../../../sdk/index.ts'
import type { DeviceReport, Hearth, ModelInfo, Placement } from '../../../sdk/index.ts'

export const STARTER = 'starter'

export class ModelsState {
  list = $state.raw<readonly ModelInfo[]>([])
  default = $state<string | null>(null)
  device = $state.raw<DeviceReport | null>(null)
  /** Whether WebLLM's whole list is shown too. */
  all = $state(false)
  loaded = $state(false)
  /** Why the last load of a model failed, by its id. */
  readonly errors = new SvelteMap<string, unknown>()
  readonly #hearth: Hearth
  readonly #stops: (() => void)[]

  readonly current = $derived(this.list.find(({ id }) => id === this.default))
  readonly ready = $derived(this.list.filter(({ state }) => state.kind === 'ready'))
  readonly starter = $derived(this.list.find(({ id }) => id === STARTER))

  constructor(hearth: Hearth) {
    this.#hearth = hearth
    this.#stops = [
      hearth.on('model', ({ model }) => this.#put(model)),
      hearth.on('models', (event) => {
        this.default = event.default
        void this.refresh()
      }),
    ]
  }

  async refresh(all = this.all): Promise<void> {
    const { models, default: chosen, device } = await this.#hearth.models.list({ all })
    this.all = all
    this.list = models
    this.default = chosen
    this.device = device
    this.loaded = true
  }

  get(id: string): ModelInfo | undefined {
    return this.list.find((model) => model.id === id)
  }

  /** Where a model computes, while it is in memory. */
  placementOf(model: ModelInfo | undefined): Placement | null {
    return model?.state.kind === 'ready' ? model.state.placement : null
  }

  /** Downloads if needed, and loads. Resolves to whether the model can answer now; a failure stands in `errors`. */
  async load(id: string): Promise<boolean> {
    this.#fail(id, undefined)
    try {
      this.#put(await this.#hearth.models.load(id))
      this.default = id
      return true
    } catch (error) {
      if (!HearthError.is(error, 'cancelled')) this.#fail(id, error)
      return false
    }
  }

  pause(id: string): Promise<void> {
    return this.#attempt(id, () => this.#hearth.models.pause(id))
  }

  discard(id: string): Promise<void> {
    return this.#attempt(id, () => this.#hearth.models.discard(id))
  }

  unload(id: string): Promise<void> {
    return this.#attempt(id, () => this.#hearth.models.unload(id))
  }

  async remove(id: string): Promise<void> {
    await this.#attempt(id, () => this.#hearth.models.remove(id))
    await this.refresh()
  }

  setDefault(id: string): Promise<void> {
    return this.#attempt(id, () => this.#hearth.models.setDefault(id))
  }

  #put(model: ModelInfo): void {
    const known = this.list.some(({ id }) => id === model.id)
    this.list = known ? this.list.map((old) => (old.id === model.id ? model : old)) : [...this.list, model]
  }

  #fail(id: string, error: unknown): void {
    if (error === undefined) this.errors.delete(id)
    else this.errors.set(id, error)
  }

  async #attempt(id: string, action: () => Promise<unknown>): Promise<void> {
    this.#fail(id, undefined)
    try {
      await action()
    } catch (error) {
      this.#fail(id, error)
    }
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stops) stop()
  }
}
