/** The first visit: from one click to a conversation with an agent and a model that answers. */
import type { AgentsState } from './agents.svelte.ts'
import type { KernelState } from './kernel-state.svelte.ts'
import { STARTER } from './models.svelte.ts'
import type { ModelsState } from './models.svelte.ts'
import type { Route } from './route.svelte.ts'

interface StartDeps {
  readonly models: ModelsState
  readonly agents: AgentsState
  readonly kernel: KernelState
  readonly route: Route
}

export class Start {
  /** The model that is being got ready; null while nothing was clicked. */
  model = $state<string | null>(null)
  error = $state.raw<unknown>(null)
  readonly #deps: StartDeps

  constructor(deps: StartDeps) {
    this.#deps = deps
  }

  /** Loads a model, makes the first agent, and opens its conversation. A failure stands in `error`. */
  async begin(model: string = STARTER): Promise<void> {
    const { models, agents, kernel, route } = this.#deps
    this.model = model
    this.error = null
    // Only asked: whether the browser promises to keep things is told in Settings and waits for nobody.
    void kernel.keep().catch(() => false)
    try {
      const ready = await models.load(model)
      if (!ready) {
        this.error = models.errors.get(model) ?? null
        return
      }
      const agent = await agents.first()
      route.go('talk', agent.id)
    } catch (error) {
      this.error = error
    } finally {
      this.model = null
    }
  }
}
