/**
 * The pages of one conversation, oldest first, without their text. Holds what was read or derived, and remembers what of
 * it is not stored yet; page-store.ts reads and writes. Nothing in here awaits, so a change is seen whole or not at all.
 */
import type { Turn } from '../../abi/index.ts'
import type { PageRecord } from '../storage/records.ts'
import { addTurn } from './paginate.ts'

/** What people and use add to a page. */
export type PageChanges = Partial<
  Pick<PageRecord, 'state' | 'pinned' | 'held' | 'faults' | 'usedAt' | 'recalled'> &
    Pick<PageRecord, 'experience' | 'standing' | 'released' | 'digest' | 'items' | 'bytes' | 'counted'>
>

export class PageTable {
  readonly agent: string
  readonly #pages: PageRecord[]
  readonly #changed = new Set<number>()

  /** @param pages stored ones, oldest first, that are all true. */
  constructor(agent: string, pages: readonly PageRecord[] = []) {
    this.agent = agent
    this.#pages = [...pages]
  }

  get pages(): readonly PageRecord[] {
    return this.#pages
  }

  /** Index of the last turn covered; -1 when there is none. */
  get last(): number {
    return this.#pages.at(-1)?.to ?? -1
  }

  /** Whether all of it is stored, or about to be. */
  get stored(): boolean {
    return this.#changed.size === 0
  }

  /** Place of the first page of the newest exchange; -1 when there is no page. */
  get newest(): number {
    const place = this.#pages.findLastIndex(({ begins }) => begins)
    return place === -1 ? Math.min(0, this.#pages.length - 1) : place
  }

  /** Adds turns that follow the last one; those it has already are passed over. */
  append(turns: readonly Turn[]): void {
    for (const turn of turns) {
      if (turn.index <= this.last) continue
      const { page, opens } = addTurn(this.#pages, turn)
      if (opens) this.#pages.push(page)
      else this.#pages[this.#pages.length - 1] = page
      this.#changed.add(page.from)
    }
  }

  /** The page that covers a turn. */
  at(index: number): PageRecord | undefined {
    const page = this.#pages[this.#placeOf(index)]
    return page && page.from <= index && index <= page.to ? page : undefined
  }

  /** The page before the one that covers a turn. */
  before(index: number): PageRecord | undefined {
    return this.#pages[this.#placeOf(index) - 1]
  }

  find(id: string): PageRecord | undefined {
    return this.#pages.find((page) => page.id === id)
  }

  /** Changes the page that begins at turn `from`; does nothing when it says so already or there is none. */
  change(from: number, changes: PageChanges): void {
    const place = this.#placeOf(from)
    const page = this.#pages[place]
    if (page?.from !== from) return
    const keys = Object.keys(changes) as (keyof PageChanges)[]
    if (keys.every((key) => page[key] === changes[key])) return
    this.#pages[place] = { ...page, ...changes }
    this.#changed.add(from)
  }

  /** Puts back what people and use had added to pages that were derived anew. */
  restore(known: readonly PageRecord[]): void {
    for (const { id, from, state, pinned, held, faults, usedAt, recalled, experience, released } of known) {
      if (this.at(from)?.id !== id) continue
      this.change(from, { state, pinned, held, faults, usedAt, recalled, experience, released })
      if (released) this.change(from, { standing: [] })
    }
  }

  /** Forgets the pages from the one on that has turn `index`. */
  drop(index: number): void {
    const place = this.#pages.findIndex(({ to }) => to >= index)
    if (place === -1) return
    for (const { from } of this.#pages.splice(place)) this.#changed.delete(from)
  }

  /** Pages that differ from what is stored; from here on they count as stored. */
  takeChanged(): PageRecord[] {
    const changed = [...this.#changed].flatMap((from) => this.at(from) ?? [])
    this.#changed.clear()
    return changed
  }

  /** They could not be stored after all. */
  putBack(pages: readonly PageRecord[]): void {
    for (const { from } of pages) if (this.at(from)) this.#changed.add(from)
  }

  /** Place of the last page that begins at or before turn `index`. */
  #placeOf(index: number): number {
    let low = 0
    let high = this.#pages.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((this.#pages[middle]?.from ?? 0) <= index) low = middle
      else high = middle - 1
    }
    return low
  }
}
