/**
 * The memories that are shown: all that pass the filter, newest first, in pages that are read as they are scrolled to; or the
 * best that a search found. Kept live by what the kernel says changed, so that nothing is read twice.
 */
import { HearthError } from '../../../sdk/index.ts'
import type { Hearth } from '../../../sdk/index.ts'
import type { Forgetting } from '../state/forgetting.svelte.ts'
import { filterOf, noFilter, type FilterChoice } from './filter.ts'
import { MemoryChanges, type MemoryChange } from './memory-changes.ts'
import { changed, joined, scopesOf, type Listed } from './memory-list.ts'
import type { Found, MemoryFilter, Row } from './types.ts'

/** Memories read at once: several screens. */
const PAGE = 200

/** Most that a search may give. */
export const BEST = 100

/** Milliseconds that typing has to rest before it is searched for, and changes before what they change is drawn. */
const TYPING_MS = 80
const CHANGES_MS = 30

const nothing: Listed = { memories: [], total: 0 }

export class MemoryBrowser {
  query = $state('')
  filter = $state.raw<FilterChoice>(noFilter)
  /** False until something was read. */
  loaded = $state(false)
  loading = $state(false)
  error = $state.raw<unknown>(null)
  readonly changes: MemoryChanges
  #listed = $state.raw<Listed>(nothing)
  #found = $state.raw<(Found & { query: string }) | null>(null)
  #filter: MemoryFilter = {}
  readonly #hearth: Hearth
  readonly #forgetting: Forgetting
  readonly #stops: (() => void)[]
  #reading: AbortController | null = null
  #more = false
  #typing: ReturnType<typeof setTimeout> | undefined
  #flushing: ReturnType<typeof setTimeout> | undefined
  #pending: MemoryChange[] = []

  readonly rows = $derived.by((): readonly Row[] => {
    const rows: readonly Row[] =
      this.#found?.hits.map((hit) => ({ memory: hit.memory, hit })) ??
      this.#listed.memories.map((memory) => ({ memory }))
    return this.#forgetting.size === 0 ? rows : rows.filter(({ memory }) => !this.#forgetting.has(memory.id))
  })
  /** What the rows were searched by; null when they are the list. */
  readonly found = $derived(this.#found)
  readonly total = $derived(
    this.#listed.total - this.#listed.memories.filter(({ id }) => this.#forgetting.has(id)).length,
  )
  /** Names that group memories, as far as those read have any. */
  readonly scopes = $derived(scopesOf(this.#listed))

  constructor(hearth: Hearth, forgetting: Forgetting) {
    this.#hearth = hearth
    this.#forgetting = forgetting
    this.changes = new MemoryChanges(hearth)
    this.#stops = [
      this.changes.listen((change) => this.#hear(change)),
      // Changes may have been missed while the kernel was replaced.
      hearth.on('connection', ({ state }) => void (state === 'connected' && this.read())),
    ]
    void this.read()
  }

  search(query: string): void {
    this.query = query
    this.#soon(TYPING_MS)
  }

  choose(choice: Partial<FilterChoice>): void {
    this.filter = { ...this.filter, ...choice }
    this.#soon(TYPING_MS)
  }

  clear(): void {
    this.query = ''
    this.filter = noFilter
    void this.read()
  }

  row(id: string): Row | undefined {
    return this.rows.find(({ memory }) => memory.id === id)
  }

  /** Reads what is to be shown now; what was asked before is given up. */
  async read(): Promise<void> {
    clearTimeout(this.#typing)
    this.#reading?.abort()
    const { signal } = (this.#reading = new AbortController())
    this.loading = true
    const filter = filterOf(this.filter, Date.now())
    const query = this.query.trim()
    try {
      if (query === '') {
        const { memories, total } = await this.#hearth.call('memory.list', { ...filter, limit: PAGE }, { signal })
        if (signal.aborted) return
        this.#listed = { memories, total }
        this.#found = null
      } else {
        const found = await this.#hearth.call('memory.search', { ...filter, query, k: BEST }, { signal })
        if (signal.aborted) return
        this.#found = { ...found, query }
      }
      this.#filter = filter
      this.error = null
      this.loaded = true
    } catch (error) {
      if (signal.aborted || HearthError.is(error, 'cancelled')) return
      this.error = error
    } finally {
      if (this.#reading.signal === signal) this.loading = false
    }
  }

  /** The next page of the list, if there is one. */
  async more(): Promise<void> {
    const last = this.#listed.memories.at(-1)
    const reading = this.#reading
    if (this.#more || this.loading || this.#found || !last) return
    if (this.#listed.memories.length >= this.#listed.total) return
    this.#more = true
    try {
      const page = { ...this.#filter, before: last.id, limit: PAGE }
      const { memories, total } = await this.#hearth.call('memory.list', page)
      // Something else is shown by now.
      if (this.#reading !== reading) return
      this.#listed = joined(this.#listed, { memories, total })
    } catch (error) {
      this.error = error
    } finally {
      this.#more = false
    }
  }

  #soon(ms: number): void {
    clearTimeout(this.#typing)
    this.#typing = setTimeout(() => void this.read(), ms)
  }

  #hear(change: MemoryChange): void {
    this.#pending.push(change)
    this.#flushing ??= setTimeout(() => this.#flush(), CHANGES_MS)
  }

  #flush(): void {
    this.#flushing = undefined
    // What is being read may be older than these: they are put upon it afterwards.
    if (this.loading) return void (this.#flushing = setTimeout(() => this.#flush(), CHANGES_MS))
    const pending = this.#pending.splice(0)
    this.#listed = changed(this.#listed, pending, filterOf(this.filter, Date.now()), Date.now())
    // What is found changes its order with each change: it is searched for again.
    if (this.#found) void this.read()
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stops) stop()
    clearTimeout(this.#typing)
    clearTimeout(this.#flushing)
    this.#reading?.abort()
    this.changes[Symbol.dispose]()
  }
}
