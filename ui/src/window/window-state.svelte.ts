/** What one agent's model would see now: its window and the pages of its conversation, live, and moving pages in and out. */
import type { ContextMemory, ContextPage, ContextWindow, Hearth } from '../../../sdk/index.ts'

export class WindowState {
  window = $state.raw<ContextWindow | null>(null)
  /** Oldest first. */
  pages = $state.raw<readonly ContextPage[]>([])
  /** Working blocks, and experience shown before questions. */
  memories = $state.raw<readonly ContextMemory[]>([])
  /** Why it could not be read, or the last act was refused. */
  error = $state.raw<unknown>(null)
  /** The page that is being moved. */
  moving = $state<string | null>(null)
  readonly #hearth: Hearth
  readonly #agent: string
  readonly #stops: (() => void)[]
  #reading = false
  #stale = false

  constructor(hearth: Hearth, agent: string) {
    this.#hearth = hearth
    this.#agent = agent
    const changed = (event: { agent: string }): void => {
      if (event.agent === agent) void this.refresh()
    }
    this.#stops = [
      hearth.on('context', changed),
      hearth.on('conversation', changed),
      hearth.on('agents', () => void this.refresh()),
      hearth.on('memories', () => void this.refresh()),
    ]
    void this.refresh()
  }

  /** One reading at a time; a change meanwhile causes one more. */
  async refresh(): Promise<void> {
    this.#stale = true
    if (this.#reading) return
    this.#reading = true
    try {
      while (this.#stale) {
        this.#stale = false
        const { window, pages, memories } = await this.#hearth.context.window(this.#agent)
        this.window = window
        this.pages = pages
        this.memories = memories
      }
    } catch (error) {
      this.error = error
    } finally {
      this.#reading = false
    }
  }

  /** A pinned page never leaves. It is named by a turn in it. */
  async pin(page: ContextPage): Promise<void> {
    await this.#act(page, async () => {
      const { turns } = await this.#hearth.call('agent.history', { agent: this.#agent, before: page.to + 1, limit: 1 })
      const turn = turns.at(-1)
      if (!turn) return
      const { context } = this.#hearth
      await (page.pinned ? context.unpin(this.#agent, turn.id) : context.pin(this.#agent, turn.id))
    })
  }

  /** Puts it out of the window, or back in, from the next answer on. */
  async move(page: ContextPage): Promise<void> {
    const { context } = this.#hearth
    await this.#act(page, () =>
      page.state === 'in' ? context.evict(this.#agent, page.id) : context.restore(this.#agent, page.id),
    )
  }

  /** What was said in it holds no longer: it leaves with the page. */
  async release(page: ContextPage): Promise<void> {
    await this.#act(page, () => this.#hearth.context.release(this.#agent, page.id))
  }

  async #act(page: ContextPage, action: () => Promise<unknown>): Promise<void> {
    this.moving = page.id
    this.error = null
    try {
      await action()
      await this.refresh()
    } catch (error) {
      this.error = error
    } finally {
      this.moving = null
    }
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stops) stop()
  }
}
