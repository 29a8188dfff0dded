/**
 * How often memories were of use. Counted in memory and stored a while later, many at once and relaxed: a recall must not
 * wait for the disk, and what a crash loses is only a count.
 */
import type { Clock } from '../platform.ts'
import type { MemoryRecord } from '../storage/records.ts'
import type { Changes } from './changes.ts'
import type { MemoryIndex } from './memory-index.ts'
import { USES_FLUSH_MS } from './param.ts'

export class Uses {
  readonly #pending = new Map<string, { uses: number; at: number }>()
  readonly #life = new AbortController()
  #waiting = false
  readonly #deps: { clock: Clock; index: Pick<MemoryIndex, 'get'>; changes: Changes }

  constructor(deps: { clock: Clock; index: Pick<MemoryIndex, 'get'>; changes: Changes }) {
    this.#deps = deps
  }

  /** Counts one use of each. */
  count(ids: Iterable<string>): void {
    const at = this.#deps.clock.now()
    for (const id of ids) this.#pending.set(id, { uses: (this.#pending.get(id)?.uses ?? 0) + 1, at })
    if (this.#waiting || this.#pending.size === 0) return
    this.#waiting = true
    this.#deps.clock
      .sleep(USES_FLUSH_MS, this.#life.signal)
      .then(() => this.flush())
      .catch(() => {})
      .finally(() => (this.#waiting = false))
  }

  /** Stores what was counted. What is gone by now is passed over. */
  async flush(): Promise<void> {
    if (this.#pending.size === 0) return
    await this.#deps.changes.now('relaxed', async () => {
      const pending = [...this.#pending]
      this.#pending.clear()
      const put: MemoryRecord[] = []
      for (const [id, { uses, at }] of pending) {
        const memory = await this.#deps.index.get(id)
        if (memory) put.push({ ...memory, uses: memory.uses + uses, usedAt: Math.max(at, memory.usedAt ?? 0) })
      }
      return { result: undefined, put }
    })
  }

  /** Stores the rest, as far as that is possible. */
  async close(): Promise<void> {
    this.#life.abort()
    await this.flush().catch(() => {})
  }
}
