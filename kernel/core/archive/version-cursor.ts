/** Earlier versions of memories that are asked for in the order of their ids: the store is read once from end to end. */
import type { Memory } from '../../abi/index.ts'
import type { Database } from '../storage/database.ts'
import type { VersionRecord } from '../storage/records.ts'
import { pagesOf } from './pages-of.ts'

export class VersionCursor {
  readonly #pages: AsyncGenerator<VersionRecord[], void, undefined>
  #page: readonly VersionRecord[] = []
  #at = 0
  #over = false

  constructor(database: Pick<Database, 'list'>) {
    this.#pages = pagesOf(database, 'versions')
  }

  /** Versions before this one of a memory, oldest first. Ask with ever greater ids. */
  async before({ id, version }: Memory): Promise<VersionRecord[]> {
    const found: VersionRecord[] = []
    for (let next = await this.#peek(); next !== undefined && next.record <= id; next = await this.#peek()) {
      if (next.record === id && next.version < version) found.push(next)
      this.#at += 1
    }
    return found
  }

  async #peek(): Promise<VersionRecord | undefined> {
    while (!this.#over && this.#at >= this.#page.length) {
      const { done, value } = await this.#pages.next()
      if (done === true) this.#over = true
      else [this.#page, this.#at] = [value, 0]
    }
    return this.#page[this.#at]
  }
}
