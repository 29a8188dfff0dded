/**
 * Finds pages that a question may be about, by their digests: by words (BM25) and by likeness in meaning, whatever is best by
 * either. recall.ts reads those and decides. Pure; some 2 ms for 5,000 pages.
 */
import { MOST_WEIGHT, rarityOf, weightOf } from '../memory/search/bm25.ts'
import type { WordVectors } from '../memory/search/word-vectors.ts'
import { queryWordsOf } from '../memory/search/words.ts'
import { countIn, hashOf, type PageDigest } from './page-digest.ts'
import { PAGES_FOR_BASELINE, QUESTION_WORDS, USUAL_LIKENESS } from './param.ts'

export interface SearchedPage {
  /** First turn of it. */
  readonly from: number
  readonly digest: PageDigest
}

export interface FoundPage {
  readonly from: number
  /** BM25, of the most that the question could have: from 0 to 1. */
  readonly words: number
  /** Of the question's words, each weighted by how rare it is, the share that the page has: from 0 to 1. */
  readonly share: number
  /** Cosine of the vectors of the question and the page, above that of pages which have nothing to do with it: from 0 to 1. */
  readonly likeness: number
}

export interface PageSearch {
  /** How much a word, in its compared form, tells among these pages. */
  readonly rarity: (stem: string) => number
  /** The best by words and the best by meaning, in the order of the pages. */
  readonly found: readonly FoundPage[]
}

/** @param most pages to take by words, and as many by meaning */
export function searchPages(
  question: string,
  pages: readonly SearchedPage[],
  vectors: WordVectors | null,
  most: number,
): PageSearch {
  const stems = queryWordsOf(question).slice(0, QUESTION_WORDS)
  const hashes = stems.map(hashOf)
  const counts = hashes.map((hash) => pages.map(({ digest }) => countIn(digest, hash)))
  const rarities = counts.map((one) =>
    rarityOf(
      one.reduce((sum, count) => sum + Number(count > 0), 0),
      pages.length,
    ),
  )
  const rarity = (stem: string): number => rarities[stems.indexOf(stem)] ?? rarityOf(0, pages.length)
  const total = rarities.reduce((sum, one) => sum + one, 0)
  const meanLength = pages.reduce((sum, { digest }) => sum + digest.length, 0) / Math.max(1, pages.length)
  const asked = vectors?.embed(question) ?? null

  const all = pages.map(({ from, digest }, place) => {
    let weight = 0
    let share = 0
    for (const [word, one] of rarities.entries()) {
      const count = counts[word]?.[place] ?? 0
      if (count === 0) continue
      share += one
      weight += weightOf(count, digest.length, meanLength, one)
    }
    const words = total === 0 ? 0 : weight / (total * MOST_WEIGHT)
    return { from, words, share: total === 0 ? 0 : share / total, likeness: cosineOf(asked, digest.vector) }
  })
  const baseline = baselineOf(all)
  for (const page of all) page.likeness = Math.max(0, (page.likeness - baseline) / (1 - baseline))
  const best = (by: 'words' | 'likeness'): FoundPage[] =>
    all
      .filter((page) => page[by] > 0)
      .sort((left, right) => right[by] - left[by] || right.from - left.from)
      .slice(0, most)
  const found = new Set([...best('words'), ...best('likeness')])
  return { rarity, found: all.filter((page) => found.has(page)) }
}

/** How like the question pages are that have nothing in common with it: nearly all of them, when there are many. */
function baselineOf(pages: readonly FoundPage[]): number {
  const sum = pages.reduce((total, { likeness }) => total + likeness, USUAL_LIKENESS * PAGES_FOR_BASELINE)
  return Math.max(0, sum / (pages.length + PAGES_FOR_BASELINE))
}

function cosineOf(asked: Float32Array | null, vector: Int8Array | null): number {
  if (asked?.length !== vector?.length || asked === null || vector === null) return 0
  let sum = 0
  for (let place = 0; place < asked.length; place += 1) sum += (asked[place] ?? 0) * (vector[place] ?? 0)
  return sum / 127
}
