/** How memory is kept in order: tidying up, and what its vectors are made by. */
import type { Hearth } from '../../../sdk/index.ts'
import type { Tidying } from '../state/tidying.svelte.ts'
import type { Consolidation, EmbedderChoice, EmbedderInfo, EmbeddingState } from './types.ts'

export class Upkeep {
  consolidation = $state.raw<Consolidation | null>(null)
  embedding = $state.raw<EmbeddingState | null>(null)
  embedders = $state.raw<readonly EmbedderInfo[]>([])
  /** A choice of another embedder on its way. */
  choosing = $state(false)
  errors = $state.raw<{ tidying?: unknown; embedding?: unknown }>({})
  readonly #hearth: Hearth
  readonly #stops: (() => void)[]
  readonly #tidying: Tidying

  constructor(hearth: Hearth, tidying: Tidying) {
    this.#hearth = hearth
    this.#tidying = tidying
    this.#stops = [
      hearth.on('embedding', ({ state }) => (this.embedding = state)),
      hearth.on('models', () => void this.read()),
      hearth.on('connection', ({ state }) => void (state === 'connected' && this.read())),
    ]
  }

  async read(): Promise<void> {
    const { call } = this.#hearth
    const [consolidation, embedding, list] = await Promise.allSettled([
      call('memory.consolidation', {}),
      call('embedding.state', {}),
      call('embedding.list', {}),
    ])
    if (consolidation.status === 'fulfilled') this.consolidation = consolidation.value
    if (embedding.status === 'fulfilled') this.embedding = embedding.value
    if (list.status === 'fulfilled') this.embedders = list.value.embedders
    this.errors = {
      ...(consolidation.status === 'rejected' && { tidying: consolidation.reason as unknown }),
      ...(embedding.status === 'rejected' && { embedding: embedding.reason as unknown }),
    }
  }

  /** Resolves when it is over, and its report is read. */
  async tidyUp(): Promise<void> {
    await this.#tidying.start()
    await this.read()
  }

  async byItself(enabled: boolean): Promise<void> {
    try {
      await this.#hearth.call('memory.configure', { consolidation: enabled })
      if (this.consolidation) this.consolidation = { ...this.consolidation, enabled }
    } catch (error) {
      this.errors = { ...this.errors, tidying: error }
    }
  }

  /** @returns whether the change has begun. */
  async use(embedder: EmbedderChoice): Promise<boolean> {
    return this.#change(() => this.#hearth.call('embedding.use', { embedder }))
  }

  async cancel(): Promise<boolean> {
    return this.#change(() => this.#hearth.call('embedding.cancel', {}))
  }

  async #change(action: () => Promise<EmbeddingState>): Promise<boolean> {
    this.choosing = true
    this.errors = { ...this.errors, embedding: undefined }
    try {
      this.embedding = await action()
      return true
    } catch (error) {
      this.errors = { ...this.errors, embedding: error }
      return false
    } finally {
      this.choosing = false
    }
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stops) stop()
  }
}
