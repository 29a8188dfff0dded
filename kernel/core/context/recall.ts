/**
 * Page faults: finds, among the pages that are out, those that a new question is about. What it takes is loaded with the first
 * page that is out (page-recall.ts): most conversations never have one.
 */
import type { PageRecord } from '../storage/records.ts'
import type { RecallDeps } from './page-recall.ts'
import type { PageTable } from './page-table.ts'
import { isIn } from './plan.ts'

export interface Recall {
  /** Pages that are out, may come back and are relevant, best first. */
  find(table: PageTable, question: string, allowed: (page: PageRecord) => boolean): Promise<PageRecord[]>
}

export function createRecall(deps: RecallDeps): Recall {
  return {
    async find(table, question, allowed) {
      if (table.pages.every((page) => isIn(table, page))) return []
      const { findPages } = await import('./page-recall.ts')
      return findPages(deps, table, question, allowed)
    },
  }
}
