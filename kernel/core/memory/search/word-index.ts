/**
 * Ranks texts by the words they share with a query: Okapi BM25 (Robertson and Zaragoza, "The Probabilistic Relevance
 * Framework: BM25 and Beyond", 2009). Pure and in memory; the texts themselves stay with the caller.
 */
import { queryWordsOf, wordsOf } from './words.ts'

/** How fast repeated words stop counting, and how much long texts are held back: the usual values. */
const SATURATION = 1.2
const LENGTH_WEIGHT = 0.75

export interface WordHit {
  id: string
  /** Comparable within one answer only. */
  score: number
  /** Of the query's words, each weighted by how rare it is, the share that the text has: from 0 to 1. */
  share: number
  /** The score, of the most that the query could have: from 0 to 1, comparable between queries. */
  strength: number
}

interface Entry {
  length: number
  counts: ReadonlyMap<string, number>
}

export class WordIndex {
  readonly #entries = new Map<string, Entry>()
  /** Word to the ids of the texts that have it. */
  readonly #holders = new Map<string, Set<string>>()
  #totalLength = 0

  get size(): number {
    return this.#entries.size
  }

  add(id: string, text: string): void {
    this.remove(id)
    const words = wordsOf(text)
    const counts = new Map<string, number>()
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
    for (const word of counts.keys()) {
      const holders = this.#holders.get(word)
      if (holders) holders.add(id)
      else this.#holders.set(word, new Set([id]))
    }
    this.#entries.set(id, { length: words.length, counts })
    this.#totalLength += words.length
  }

  remove(id: string): void {
    const entry = this.#entries.get(id)
    if (!entry) return
    this.#entries.delete(id)
    this.#totalLength -= entry.length
    for (const word of entry.counts.keys()) {
      const holders = this.#holders.get(word)
      holders?.delete(id)
      if (holders?.size === 0) this.#holders.delete(word)
    }
  }

  /** How much a word, in its compared form, tells: 0 for one in every text, and more the fewer texts have it. */
  rarity(word: string): number {
    // A word that no text has says that the query is about something else, but no louder than one that a single text has.
    const texts = Math.max(1, this.#holders.get(word)?.size ?? 0)
    return Math.log(1 + Math.max(0, this.#entries.size - texts + 0.5) / (texts + 0.5))
  }

  /** Best first; texts that share no word are left out. `allowed` filters before `k` cuts. */
  search(query: string, k: number, allowed: (id: string) => boolean): WordHit[] {
    const scores = new Map<string, { score: number; share: number }>()
    const meanLength = this.#totalLength / Math.max(1, this.#entries.size)
    let total = 0
    for (const word of queryWordsOf(query)) {
      const rarity = this.rarity(word)
      total += rarity
      for (const id of this.#holders.get(word) ?? []) {
        const entry = this.#entries.get(id)
        if (!entry || !allowed(id)) continue
        const count = entry.counts.get(word) ?? 0
        const held = SATURATION * (1 - LENGTH_WEIGHT + (LENGTH_WEIGHT * entry.length) / meanLength)
        const { score, share } = scores.get(id) ?? { score: 0, share: 0 }
        const more = (rarity * count * (SATURATION + 1)) / (count + held)
        scores.set(id, { score: score + more, share: share + rarity })
      }
    }
    return [...scores]
      .map(([id, { score, share }]) => ({
        ...{ id, score, share: share / total },
        strength: score / (total * (SATURATION + 1)),
      }))
      .sort((left, right) => right.score - left.score || (left.id < right.id ? -1 : 1))
      .slice(0, k)
  }
}
