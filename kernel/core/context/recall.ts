/**
 * Page faults: finds, among the pages that are out, those that a new question is about. The index is made of evicted pages
 * only, when there is a question for it, and is forgotten again when other conversations need the room.
 */
import type { Turn } from '../../abi/index.ts'
import { PAGES_INDEXED, PAGES_PER_READ, PAGE_INDEX_UNITS, RECALL_BAR, RECALL_PAGES } from '../param.ts'
import type { Database } from '../storage/database.ts'
import type { PageRecord } from '../storage/records.ts'
import { cutText } from '../tools/result.ts'
import type { PageIndex } from './page-index.ts'
import type { PageTable } from './page-table.ts'
import { isIn } from './plan.ts'

export interface Recall {
  /** Pages that are out, may come back and are relevant, best first. */
  find(table: PageTable, question: string, allowed: (page: PageRecord) => boolean): Promise<PageRecord[]>
  /** Forgets the pages of turns from index `from` on. */
  forget(agent: string, from: number): void
}

export function createRecall(deps: { database: Database; index: () => PageIndex }): Recall {
  /** The one used longest ago first. */
  const indexes = new Map<string, PageIndex>()

  /** The agent's index with all pages in it that are out now, or the newest PAGES_INDEXED of them. */
  async function indexOf(table: PageTable): Promise<PageIndex> {
    const index = indexes.get(table.agent) ?? deps.index()
    indexes.delete(table.agent)
    indexes.set(table.agent, index)
    const out = table.pages.filter((page) => !isIn(table, page)).slice(-PAGES_INDEXED)
    for (const { from, to } of stretchesOf(out.filter(({ from }) => !index.has(from)))) {
      const turns = await deps.database.list('turns', { from: [table.agent, from], to: [table.agent, to] })
      for (const [page, text] of textsOf(table, turns)) await index.add(page, text)
    }
    bound(table.agent)
    return index
  }

  function bound(kept: string): void {
    let total = [...indexes.values()].reduce((sum, { size }) => sum + size, 0)
    for (const [agent, { size }] of indexes) {
      if (total <= PAGES_INDEXED || agent === kept) return
      total -= size
      indexes.delete(agent)
    }
  }

  return {
    async find(table, question, allowed) {
      if (table.pages.every((page) => isIn(table, page))) return []
      const index = await indexOf(table)
      const permit = (from: number): boolean => {
        const page = table.at(from)
        return page?.from === from && !page.held && !isIn(table, page) && allowed(page)
      }
      const hits = await index.search(question, RECALL_PAGES, permit)
      return hits.flatMap(({ from, relevance }) => (relevance >= RECALL_BAR ? (table.at(from) ?? []) : []))
    },
    forget(agent, from) {
      if (from === 0) return void indexes.delete(agent)
      const index = indexes.get(agent)
      // Which pages those turns were in is no longer known here; what is left is read again.
      if (index) indexes.delete(agent)
    },
  }
}

/** Neighbouring pages together, so that a long conversation takes few reads, none of them large. */
function stretchesOf(pages: readonly PageRecord[]): { from: number; to: number }[] {
  const stretches: { from: number; to: number; turns: number }[] = []
  for (const { from, to, turns } of pages) {
    const last = stretches.at(-1)
    if (last && last.turns + turns <= PAGES_PER_READ && last.to + 1 === from) {
      last.to = to
      last.turns += turns
    } else stretches.push({ from, to, turns })
  }
  return stretches
}

/** First turn and text of each page that the turns are of. */
function textsOf(table: PageTable, turns: readonly Turn[]): Map<number, string> {
  const texts = new Map<number, string>()
  for (const { index, text } of turns) {
    const from = table.at(index)?.from
    if (from !== undefined) texts.set(from, cutText(`${texts.get(from) ?? ''}\n${text}`, PAGE_INDEX_UNITS))
  }
  return texts
}
