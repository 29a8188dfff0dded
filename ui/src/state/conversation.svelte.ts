/**
 * One agent's conversation: its stored turns, and the runs that add to it, of this tab and of any other. The kernel's
 * history is the truth and is read again whenever the kernel says that it changed.
 */
import { SvelteMap } from 'svelte/reactivity'
import { HearthError } from '../../../sdk/index.ts'
import type { Hearth, Run, Turn } from '../../../sdk/index.ts'
import { idsOf, itemsOf, mergeTurns } from './conversation-items.ts'
import { LiveRun } from './live-run.svelte.ts'
import { isActive } from './runs.svelte.ts'

/** Turns read at once. */
const PAGE = 100

interface Asked {
  readonly key: string
  readonly text: string
}

export class Conversation {
  readonly agent: string
  turns = $state.raw<readonly Turn[]>([])
  /** True when older turns are stored than those here. */
  more = $state(false)
  loaded = $state(false)
  /** Why the last question could not even be asked, and its text. */
  refused = $state.raw<{ error: unknown; text: string } | null>(null)
  /** What stands in the composer. */
  draft = $state('')
  #asked = $state.raw<readonly Asked[]>([])
  #live = $state.raw<readonly LiveRun[]>([])
  readonly #runs = new SvelteMap<string, Run>()
  readonly #hearth: Hearth
  readonly #stops: (() => void)[]
  readonly #closed = new AbortController()
  /** Index of the turn that a question on its way replaces: it and all after it are gone already. */
  #replaced = Infinity
  #reading = false
  #stale = false
  #count = 0

  readonly items = $derived(itemsOf({ turns: this.turns, happening: this.#live, asked: this.#asked, runs: this.#runs }))
  readonly active = $derived([...this.#runs.values()].filter(isActive))
  readonly busy = $derived(this.active.length > 0 || this.#asked.length > 0)
  /** Whether a person has paused all that goes on. */
  readonly paused = $derived(this.active.length > 0 && this.active.every(({ state }) => state === 'paused'))
  readonly empty = $derived(this.loaded && this.items.length === 0)

  constructor(hearth: Hearth, agent: string) {
    this.agent = agent
    this.#hearth = hearth
    this.#stops = [
      hearth.on('conversation', (event) => {
        if (event.agent === agent) void this.refresh()
      }),
      hearth.on('run', ({ run }) => {
        if (run.agent === agent) this.#know(run)
      }),
    ]
  }

  /** Reads the history and follows what is going on. One reading at a time; a change meanwhile causes one more. */
  async refresh(): Promise<void> {
    this.#stale = true
    if (this.#reading) return
    this.#reading = true
    try {
      while (this.#stale && !this.#closed.signal.aborted) {
        this.#stale = false
        await this.#read()
      }
    } catch (error) {
      if (!this.loaded) this.refused = { error, text: '' }
    } finally {
      this.#reading = false
    }
  }

  async older(): Promise<void> {
    const [first] = this.turns
    if (!first) return
    const page = await this.#hearth.call('agent.history', { agent: this.agent, before: first.index, limit: PAGE })
    this.turns = [...page.turns, ...this.turns]
    this.more = page.more
  }

  /** @param replace a question of the user's: it and all after it leave the conversation first. */
  async ask(text: string, replace?: Turn): Promise<void> {
    const asked = { key: `asked:${this.#count++}`, text }
    const before = this.turns
    this.refused = null
    this.#asked = [...this.#asked, asked]
    if (replace) {
      this.#replaced = replace.index
      this.turns = before.filter(({ index }) => index < replace.index)
    }
    const begun = (): void => {
      this.#asked = this.#asked.filter((one) => one !== asked)
      if (replace) this.#replaced = Infinity
    }
    let run: string | undefined
    try {
      const args = { agent: this.agent, text, ...(replace ? { replace: replace.id } : {}) }
      const ended = await this.#hearth.call('agent.run', args, {
        // Only the beginning is taken from here; every run, also this one, is followed the same way.
        onEvent: (event) => {
          if (event.type !== 'started') return
          run = event.run.id
          begun()
          this.#add(event.turn)
          this.#know(event.run)
        },
      })
      this.#know(ended)
    } catch (error) {
      // Once begun, the run's own end says what happened; a lost call does not end it.
      if (run !== undefined || HearthError.is(error, 'cancelled')) return
      begun()
      this.turns = before
      this.refused = { error, text }
      if (this.draft === '') this.draft = text
    } finally {
      begun()
    }
  }

  /** Asks the question before this run's answer again. */
  async retry(run: string): Promise<void> {
    const question = this.turns.find((turn) => turn.run === run && turn.role === 'user')
    if (question) await this.ask(question.text, question)
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.active.map(({ id }) => this.#hearth.runs.cancel(id)))
  }

  async #read(): Promise<void> {
    const limit = Math.min(1000, Math.max(PAGE, this.turns.length))
    const before = idsOf(this.turns)
    const [page, runs] = await Promise.all([
      this.#hearth.call('agent.history', { agent: this.agent, limit }),
      this.#hearth.runs.list({ agent: this.agent, limit: 50 }),
    ])
    this.turns = mergeTurns(this.turns, page.turns, before).filter(({ index }) => index < this.#replaced)
    this.more = page.more
    for (const run of runs) this.#know(run)
    this.loaded = true
  }

  #know(run: Run): void {
    // A run that has ended stays ended, whatever an older reading says.
    const known = this.#runs.get(run.id)
    if (known && !isActive(known)) return
    this.#runs.set(run.id, run)
    if (isActive(run)) this.#follow(run.id)
  }

  #follow(id: string): void {
    if (this.#live.some((run) => run.id === id)) return
    const run = new LiveRun(id, (turn) => this.#add(turn))
    this.#live = [...this.#live, run]
    void this.#watch(run)
  }

  async #watch(run: LiveRun): Promise<void> {
    try {
      const options = { signal: this.#closed.signal, onEvent: run.take.bind(run) }
      this.#know(await this.#hearth.runs.watch(run.id, options).result)
    } catch {
      // What cannot be followed is read from the history when it has ended.
      run.ended = true
    }
  }

  #add(turn: Turn): void {
    if (turn.agent !== this.agent || this.turns.some(({ id }) => id === turn.id)) return
    this.turns = [...this.turns, turn].sort((a, b) => a.index - b.index)
  }

  [Symbol.dispose](): void {
    this.#closed.abort()
    for (const stop of this.#stops) stop()
  }
}
