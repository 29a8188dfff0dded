/**
 * Ranks texts by the words they share with a query, by BM25. In memory, over numbered places so that 100,000 texts are
 * searched in milliseconds; the texts themselves stay with the caller. MiniSearch finds the same (test/bench/memory measures it
 * beside this), but takes longer to take texts in, looks at a filter for every text, and keeps the words of
 * removed texts until it is swept.
 */
import { MOST_WEIGHT, rarityOf, weightOf } from './bm25.ts'
import { Postings } from './postings.ts'
import { Texts } from './texts.ts'
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

export class WordIndex<Id extends string | number = string> {
  readonly #ids: (Id | undefined)[] = []
  readonly #places = new Map<Id, number>()
  readonly #free: number[] = []
  /** By place: what is kept of a text besides its id. */
  readonly #texts = new Texts()
  readonly #words = new Map<string, number>()
  /** By number: the word itself. */
  readonly #spelled: (string | undefined)[] = []
  readonly #postings = new Postings()
  readonly #freeWords: number[] = []
  #totalLength = 0
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
    const numbers = words.map((word) => this.#numberOf(word)).sort((one, other) => one - other)
    const place = this.#free.pop() ?? this.#ids.length
    const distinct: number[] = []
    for (let at = 0, next = 0; at < numbers.length; at = next) {
      const number = numbers[at] ?? 0
      while (numbers[next] === number) next += 1
      this.#postings.add(number, place, next - at)
      distinct.push(number)
    }
    this.#texts.put(place, words.length, distinct)
    this.#ids[place] = id
    this.#places.set(id, place)
    this.#totalLength += words.length
  }

  remove(id: Id): void {
    const place = this.#places.get(id)
    if (place === undefined) return
    this.#places.delete(id)
    this.#ids[place] = undefined
    this.#free.push(place)
    this.#totalLength -= this.#texts.lengthOf(place)
    for (const number of this.#texts.take(place)) {
      this.#postings.remove(number, place)
      // What nobody says any more is not remembered either.
      const word = this.#spelled[number]
      if (word === undefined || this.#postings.sizeOf(number) > 0) continue
      this.#words.delete(word)
      this.#spelled[number] = undefined
      this.#freeWords.push(number)
    }
  }

  /** How much a word, in its compared form, tells: 0 for one in every text, and more the fewer texts have it. */
  rarity(word: string): number {
    const number = this.#words.get(word)
    return rarityOf(number === undefined ? 0 : this.#postings.sizeOf(number), this.size)
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
    if (this.#scores.length < this.#ids.length) {
      this.#scores = new Float64Array(2 * this.#ids.length)
      this.#shares = new Float64Array(2 * this.#ids.length)
    }
    const touched: number[] = []
    let total = 0
    for (const { stem, instead = [] } of wanted) {
      const rarity = this.rarity(stem)
      total += rarity
      if (instead.length === 0) this.#count(stem, rarity, touched)
      else this.#countBest(stem, instead, rarity, touched)
    }
    const top = new Top(k, (one, other) => this.#texts.turnOf(other) - this.#texts.turnOf(one))
    for (const place of touched) {
      const score = this.#scores[place] ?? 0
      const id = this.#ids[place]
      // Asked only of those that would be among the best: most filters take longer than a score.
      if (score > 0 && top.wants(score) && id !== undefined && allowed(id)) top.offer(place, score)
    }
    const hits = top.take().flatMap(({ item: place, score }) => {
      const id = this.#ids[place]
      const share = (this.#shares[place] ?? 0) / total
      return id !== undefined ? [{ id, score, share, strength: score / (total * MOST_WEIGHT) }] : []
    })
    for (const place of touched) this.#scores[place] = this.#shares[place] = 0
    return hits
  }

  #count(stem: string, rarity: number, touched: number[]): void {
    const number = this.#words.get(stem)
    if (number === undefined) return
    const { places, counts } = this.#postings
    const meanLength = this.#totalLength / Math.max(1, this.size)
    const start = this.#postings.startOf(number)
    const end = start + this.#postings.sizeOf(number)
    for (let at = start; at < end; at += 1) {
      const place = places[at] ?? 0
      const length = this.#texts.lengthOf(place)
      this.#credit(place, weightOf(counts[at] ?? 0, length, meanLength, rarity), rarity, touched)
    }
  }

  /** As above, where several words may stand for one. */
  #countBest(stem: string, instead: NonNullable<Wanted['instead']>, rarity: number, touched: number[]): void {
    const best = new Map<number, { weight: number; worth: number }>()
    const meanLength = this.#totalLength / Math.max(1, this.size)
    const { places, counts } = this.#postings
    for (const { stem: word, worth } of [{ stem, worth: 1 }, ...instead]) {
      const number = this.#words.get(word)
      if (number === undefined) continue
      const start = this.#postings.startOf(number)
      const end = start + this.#postings.sizeOf(number)
      for (let at = start; at < end; at += 1) {
        const place = places[at] ?? 0
        const weight = worth * weightOf(counts[at] ?? 0, this.#texts.lengthOf(place), meanLength, rarity)
        if (weight > (best.get(place)?.weight ?? 0)) best.set(place, { weight, worth })
      }
    }
    for (const [place, { weight, worth }] of best) this.#credit(place, weight, worth * rarity, touched)
  }

  #credit(place: number, weight: number, share: number, touched: number[]): void {
    const before = this.#scores[place] ?? 0
    if (before === 0) touched.push(place)
    this.#scores[place] = before + weight
    this.#shares[place] = (this.#shares[place] ?? 0) + share
  }

  #numberOf(word: string): number {
    const known = this.#words.get(word)
    if (known !== undefined) return known
    const number = this.#freeWords.pop() ?? this.#spelled.length
    this.#words.set(word, number)
    this.#spelled[number] = word
    return number
  }
}
