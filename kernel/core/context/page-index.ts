/** Finds pages by what they say. By words for now; an index by meaning goes behind the same interface. */
import { WordIndex } from '../memory/search/word-index.ts'

export interface PageHit {
  /** First turn of the page. */
  from: number
  /** Comparable within one answer only; best first. */
  score: number
  /** From 0 to 1: how much of the question is in the page, comparable between questions. */
  relevance: number
}

export interface PageIndex {
  readonly size: number
  has(from: number): boolean
  add(from: number, text: string): void | Promise<void>
  remove(from: number): void
  search(question: string, k: number, allowed: (from: number) => boolean): PageHit[] | Promise<PageHit[]>
}

export function createWordPageIndex(): PageIndex {
  const index = new WordIndex()
  const pages = new Set<number>()
  return {
    get size() {
      return pages.size
    },
    has: (from) => pages.has(from),
    add(from, text) {
      pages.add(from)
      index.add(String(from), text)
    },
    remove(from) {
      pages.delete(from)
      index.remove(String(from))
    },
    search: (question, k, allowed) =>
      index
        .search(question, k, (id) => allowed(Number(id)))
        .map(({ id, score, share }) => ({ from: Number(id), score, relevance: share })),
  }
}
