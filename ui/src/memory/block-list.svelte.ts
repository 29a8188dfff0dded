/** All blocks, kept live. They are few: nobody's window has room for many. */
import type { Hearth } from '../../../sdk/index.ts'
import { MemoryChanges } from './memory-changes.ts'
import { changed } from './memory-list.ts'
import type { Memory, MemoryFilter } from './types.ts'

const filter: MemoryFilter = { kinds: ['block'] }

/** More than any set of windows could hold. */
const MOST = 1_000

export class BlockList {
  list = $state.raw<readonly Memory[]>([])
  loaded = $state(false)
  error = $state.raw<unknown>(null)
  readonly changes: MemoryChanges
  readonly #hearth: Hearth
  readonly #stops: (() => void)[]

  constructor(hearth: Hearth) {
    this.#hearth = hearth
    this.changes = new MemoryChanges(hearth)
    this.#stops = [
      this.changes.listen((change) => {
        const listed = { memories: this.list, total: this.list.length }
        this.list = changed(listed, [change], filter, Date.now()).memories
      }),
      hearth.on('connection', ({ state }) => void (state === 'connected' && this.read())),
    ]
    void this.read()
  }

  async read(): Promise<void> {
    try {
      this.list = (await this.#hearth.call('memory.list', { ...filter, limit: MOST })).memories
      this.loaded = true
      this.error = null
    } catch (error) {
      this.error = error
    }
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stops) stop()
    this.changes[Symbol.dispose]()
  }
}
