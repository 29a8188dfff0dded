/** An entry that is being changed, and its saving by compare-and-set. */
import { HearthError } from '../../../sdk/index.ts'
import type { JsonValue } from '../../../sdk/index.ts'
import { valueOf, type Board } from './board.svelte.ts'
import { parseJson, readable } from './json-text.ts'
import type { SharedEntry } from './types.ts'

export class EntryDraft {
  readonly key: string
  text = $state('')
  /** What is wrong with the text, once it was tried to be saved. */
  problem = $state('')
  error = $state.raw<unknown>(null)
  saving = $state(false)
  #base = $state(0)
  readonly #board: Board
  /** The entry as it is now, when that is not what the draft was begun from. */
  readonly theirs = $derived.by(() => {
    const now = this.#board.entries.get(this.key)
    return (now?.version ?? 0) === this.#base ? null : (now ?? 'deleted')
  })

  constructor(board: Board, key: string, entry: SharedEntry) {
    this.#board = board
    this.key = key
    this.take(entry)
  }

  take(entry: SharedEntry): void {
    this.#base = entry.version
    this.text = readable(valueOf(entry))
    this.problem = ''
  }

  /** @returns whether it was saved. `over` writes it upon whatever is there. */
  async save(over = false): Promise<boolean> {
    const parsed = parseJson(this.text)
    this.problem = parsed.ok ? '' : parsed.problem
    return parsed.ok && this.#write(parsed.value, over)
  }

  /** What was typed, as it stands, as text. */
  saveAsText(): Promise<boolean> {
    return this.#write(this.text, false)
  }

  async #write(value: JsonValue, over: boolean): Promise<boolean> {
    const now = this.#board.entries.get(this.key)?.version ?? 0
    this.saving = true
    this.error = null
    try {
      await this.#board.set(this.key, value, over ? now : this.#base)
      return true
    } catch (error) {
      // Read what was faster, so that both are on the screen.
      if (HearthError.is(error, 'conflict'))
        await this.#board.read(this.key).catch(() => this.#board.entries.delete(this.key))
      if (this.theirs === null) this.error = error
      return false
    } finally {
      this.saving = false
    }
  }
}
