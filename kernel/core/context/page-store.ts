/**
 * Where page tables come from and go to. Turns are the truth: a table is read from the `pages` store, checked against the
 * conversation, and brought up to its newest turn each time it is opened. It is written behind. A kernel that dies before a
 * page was stored derives the page again; writes that delete turns delete their pages in the same commit (`forget`).
 */
import type { Turn } from '../../abi/index.ts'
import { PAGES_PER_READ } from '../param.ts'
import { PAGES_HELD } from './param.ts'
import type { Database, Mutation } from '../storage/database.ts'
import { KEY_END, type PageRecord } from '../storage/records.ts'
import { PageTable } from './page-table.ts'

/** An agent's pages up to its newest turn. */
export interface OpenedPages {
  readonly table: PageTable
  /** The newest turns, as far as they were read for it: those that the table had not seen. */
  readonly turns: readonly Turn[]
}

/** What is stored of an agent's pages, before the turns after them are added. */
interface StoredPages {
  readonly table: PageTable
  /** The newest exchange as it was stored; it is derived anew, as it may have grown. */
  newest: readonly PageRecord[]
  /** Whether what is stored says what is not so. */
  untrue: boolean
}

export interface PageStore {
  open(agent: string): Promise<OpenedPages>
  /** Begins to read what `open` will need, while its caller waits for something else. */
  prepare(agent: string): void
  /** Stores what changed, soon; says whether anything had. */
  save(table: PageTable): boolean
  /** Resolves when what was changed so far is stored, or could not be. */
  flush(agent: string): Promise<void>
  /** The writes that delete the pages of turns from index `from` on; `after` forgets them once that is committed. */
  forget(agent: string, from: number): Promise<{ writes: Mutation[]; after: () => void }>
}

export function createPageStore(database: Database): PageStore {
  /** The one opened longest ago first. */
  const tables = new Map<string, Promise<StoredPages>>()
  const sizes = new Map<string, number>()
  const writing = new Map<string, Promise<void>>()

  async function load(agent: string): Promise<StoredPages> {
    const stored = await listAll<PageRecord>((from) =>
      database.list('pages', { from: [agent, from], to: [agent, KEY_END], limit: PAGES_PER_READ }),
    )
    const to = stored.at(-1)?.to ?? -1
    const turns = to < 0 ? 0 : await database.count('turns', { from: [agent, 0], to: [agent, to] })
    const isTrue = turns === stored.reduce((sum, page) => sum + page.turns, 0)
    const settled = isTrue
      ? Math.max(
          0,
          stored.findLastIndex(({ begins }) => begins),
        )
      : 0
    const table = new PageTable(agent, stored.slice(0, settled))
    return { table, newest: stored.slice(settled), untrue: !isTrue }
  }

  /** The stored pages, from when they were asked for first. */
  function loaded(agent: string): Promise<StoredPages> {
    const known = tables.get(agent)
    if (known) return known
    const loading = load(agent)
    tables.set(agent, loading)
    loading.catch(() => void (tables.get(agent) === loading && tables.delete(agent)))
    return loading
  }

  /** Stores all pages anew, in one commit, so that no untrue one stays among them. */
  async function replaceAll(table: PageTable): Promise<void> {
    const range = { from: [table.agent, 0], to: [table.agent, KEY_END] } as const
    const puts = table.takeChanged().map((value) => ({ op: 'put', store: 'pages', value }) as const)
    await database.commit([{ op: 'delete-range', store: 'pages', ...range }, ...puts], 'relaxed')
  }

  /** Adds the turns after the last page, and returns the newest of them. */
  async function follow(table: PageTable): Promise<Turn[]> {
    for (;;) {
      const range = { from: [table.agent, table.last + 1], to: [table.agent, KEY_END], limit: PAGES_PER_READ }
      const turns = await database.list('turns', range)
      table.append(turns)
      if (turns.length < PAGES_PER_READ) return turns
    }
  }

  /** Lets go of the tables used longest ago while there are too many pages; they can be read again. */
  function bound(kept: string, size: number): void {
    sizes.delete(kept)
    sizes.set(kept, size)
    let total = [...sizes.values()].reduce((sum, one) => sum + one, 0)
    for (const [agent, pages] of sizes) {
      if (total <= PAGES_HELD) return
      if (agent === kept || writing.has(agent)) continue
      total -= pages
      sizes.delete(agent)
      tables.delete(agent)
    }
  }

  async function write(table: PageTable): Promise<void> {
    // In a turn of its own, so that all that one answer changed is one commit.
    await Promise.resolve()
    for (;;) {
      const changed = table.takeChanged()
      // Before returning, so that whoever saves in the meantime begins anew.
      if (changed.length === 0) return void writing.delete(table.agent)
      for (let start = 0; start < changed.length; start += PAGES_PER_READ) {
        const batch = changed.slice(start, start + PAGES_PER_READ)
        try {
          await database.commit(
            batch.map((value) => ({ op: 'put', store: 'pages', value })),
            'relaxed',
          )
        } catch {
          // Nothing is lost but what a later window needs anyway; a full disk is told of by whoever stores turns.
          table.putBack(changed.slice(start))
          return void writing.delete(table.agent)
        }
      }
    }
  }

  return {
    async open(agent) {
      const stored = await loaded(agent)
      const { table } = stored
      const turns = await follow(table)
      const { newest, untrue } = stored
      stored.newest = []
      stored.untrue = false
      table.restore(newest)
      try {
        if (untrue) await replaceAll(table)
      } catch (error) {
        tables.delete(agent)
        throw error
      }
      bound(agent, table.pages.length)
      return { table, turns }
    },
    prepare: (agent) => void loaded(agent).catch(() => undefined),
    save(table) {
      const { agent } = table
      if (table.stored) return false
      if (!writing.has(agent)) writing.set(agent, write(table))
      return true
    },
    flush: (agent) => writing.get(agent) ?? Promise.resolve(),
    async forget(agent, from) {
      await writing.get(agent)
      return {
        writes: [{ op: 'delete-range', store: 'pages', from: [agent, from], to: [agent, KEY_END] }],
        after() {
          void tables.get(agent)?.then(({ table }) => table.drop(from))
          if (from > 0) return
          tables.delete(agent)
          sizes.delete(agent)
        },
      }
    },
  }
}

/** Reads a store part by part, so that no step of it blocks the kernel for long. */
async function listAll<R extends { from: number }>(read: (from: number) => Promise<R[]>): Promise<R[]> {
  const all: R[] = []
  for (;;) {
    const part = await read((all.at(-1)?.from ?? -1) + 1)
    all.push(...part)
    if (part.length < PAGES_PER_READ) return all
  }
}
