/**
 * Ranks texts by the words they share with a query, by BM25. In memory, over numbered places so that 100,000 texts are
 * searched in milliseconds; the texts themselves stay with the caller. MiniSearch finds the same (test/bench/memory measures it
 * beside this), but takes longer to take texts in, looks at a filter for every text, and keeps the words of
 * removed texts until it is swept.
 */
import { MOST_WEIGHT, rarityOf, weightOf } from './bm25.ts'
import { Postings } from './postings.ts'
import { Top } from './top.ts'
import { queryWordsOf, wordsOf } from './words.ts'

export interface WordHit<Id> {
  id: Id
  /** Comparable within one answer only. */
  score: number
  /** Of the query's words, each weighted by how rare it is, the share that the text has: from 0 to 1. */
  share: number
  /** The score, of the most that the query could have: from 0 to 1, comparable between queries. */
  strength: number
}

/** A word that is looked for, and others that stand for it. */
export interface Wanted {
  readonly stem: string
  /** Less than 1, by how nearly they mean the same; the best one that a text has counts. */
  readonly instead?: readonly { readonly stem: string; readonly worth: number }[]
}

interface Text<Id> {
  readonly id: Id
  readonly length: number
  /** Its words, each once, by their numbers. */
  readonly words: Uint32Array
  /** Later texts have greater ones. */
  readonly turn: number
}

export class WordIndex<Id extends string | number = string> {
  readonly #texts: (Text<Id> | undefined)[] = []
  readonly #places = new Map<Id, number>()
  readonly #free: number[] = []
  readonly #words = new Map<string, number>()
  readonly #postings: ({ readonly word: string; readonly list: Postings } | undefined)[] = []
  readonly #freeWords: number[] = []
  #totalLength = 0
  #turn = 0
  /** By place, zero between searches. */
  #scores = new Float64Array(64)
  #shares = new Float64Array(64)

  get size(): number {
    return this.#places.size
  }

  has(id: Id): boolean {
    return this.#places.has(id)
  }

  add(id: Id, text: string): void {
    this.remove(id)
    const words = wordsOf(text)
    const counts = new Map<number, number>()
    const place = this.#free.pop() ?? this.#texts.length
    for (const word of words) {
      const number = this.#numberOf(word)
      counts.set(number, (counts.get(number) ?? 0) + 1)
    }
    for (const [number, count] of counts) this.#postings[number]?.list.add(place, count)
    this.#texts[place] = { id, length: words.length, words: Uint32Array.from(counts.keys()), turn: (this.#turn += 1) }
    this.#places.set(id, place)
    this.#totalLength += words.length
  }

  remove(id: Id): void {
    const place = this.#places.get(id)
    const text = place === undefined ? undefined : this.#texts[place]
    if (place === undefined || !text) return
    this.#places.delete(id)
    this.#texts[place] = undefined
    this.#free.push(place)
    this.#totalLength -= text.length
    for (const number of text.words) {
      const entry = this.#postings[number]
      entry?.list.remove(place)
      // What nobody says any more is not remembered either.
      if (!entry || entry.list.size > 0) continue
      this.#words.delete(entry.word)
      this.#postings[number] = undefined
      this.#freeWords.push(number)
    }
  }

  /** How much a word, in its compared form, tells: 0 for one in every text, and more the fewer texts have it. */
  rarity(word: string): number {
    return rarityOf(this.#listOf(word)?.size ?? 0, this.size)
  }

  /** Best first; texts that share no word are left out. `allowed` filters before `k` cuts. */
  search(query: string, k: number, allowed: (id: Id) => boolean): WordHit<Id>[] {
    return this.rank(
      queryWordsOf(query).map((stem) => ({ stem })),
      k,
      allowed,
    )
  }

  /** The same for words that are known already. */
  rank(wanted: readonly Wanted[], k: number, allowed: (id: Id) => boolean): WordHit<Id>[] {
    if (this.#scores.length < this.#texts.length) {
      this.#scores = new Float64Array(2 * this.#texts.length)
      this.#shares = new Float64Array(2 * this.#texts.length)
    }
    const touched: number[] = []
    let total = 0
    for (const { stem, instead = [] } of wanted) {
      const rarity = this.rarity(stem)
      total += rarity
      if (instead.length === 0) this.#count(stem, rarity, touched)
      else this.#countBest(stem, instead, rarity, touched)
    }
    const top = new Top(k, (one, other) => this.#turnAt(other) - this.#turnAt(one))
    for (const place of touched) {
      const score = this.#scores[place] ?? 0
      const id = this.#texts[place]?.id
      // Asked only of those that would be among the best: most filters take longer than a score.
      if (score > 0 && top.wants(score) && id !== undefined && allowed(id)) top.offer(place, score)
    }
    const hits = top.take().flatMap(({ item: place, score }) => {
      const text = this.#texts[place]
      const share = (this.#shares[place] ?? 0) / total
      return text ? [{ id: text.id, score, share, strength: score / (total * MOST_WEIGHT) }] : []
    })
    for (const place of touched) this.#scores[place] = this.#shares[place] = 0
    return hits
  }

  #count(stem: string, rarity: number, touched: number[]): void {
    const list = this.#listOf(stem)
    if (!list) return
    const { places, counts, size } = list
    const meanLength = this.#totalLength / Math.max(1, this.size)
    for (let at = 0; at < size; at += 1) {
      const place = places[at] ?? 0
      const text = this.#texts[place]
      if (text) this.#credit(place, weightOf(counts[at] ?? 0, text.length, meanLength, rarity), rarity, touched)
    }
  }

  /** As above, where several words may stand for one. */
  #countBest(stem: string, instead: NonNullable<Wanted['instead']>, rarity: number, touched: number[]): void {
    const best = new Map<number, { weight: number; worth: number }>()
    const meanLength = this.#totalLength / Math.max(1, this.size)
    for (const { stem: word, worth } of [{ stem, worth: 1 }, ...instead]) {
      const list = this.#listOf(word)
      if (!list) continue
      const { places, counts, size } = list
      for (let at = 0; at < size; at += 1) {
        const place = places[at] ?? 0
        const length = this.#texts[place]?.length ?? 0
        const weight = worth * weightOf(counts[at] ?? 0, length, meanLength, rarity)
        if (weight > (best.get(place)?.weight ?? 0)) best.set(place, { weight, worth })
      }
    }
    for (const [place, { weight, worth }] of best) {
      const text = this.#texts[place]
      if (text) this.#credit(place, weight, worth * rarity, touched)
    }
  }

  #credit(place: number, weight: number, share: number, touched: number[]): void {
    const before = this.#scores[place] ?? 0
    if (before === 0) touched.push(place)
    this.#scores[place] = before + weight
    this.#shares[place] = (this.#shares[place] ?? 0) + share
  }

  #turnAt(place: number): number {
    return this.#texts[place]?.turn ?? 0
  }

  #listOf(word: string): Postings | undefined {
    const number = this.#words.get(word)
    return number === undefined ? undefined : this.#postings[number]?.list
  }

  #numberOf(word: string): number {
    const known = this.#words.get(word)
    if (known !== undefined) return known
    const number = this.#freeWords.pop() ?? this.#postings.length
    this.#words.set(word, number)
    this.#postings[number] = { word, list: new Postings() }
    return number
  }
}
