/** Passages of one space's text files, by their words and by their meaning. Without the texts, which are read again when needed. */
import { dot } from '../memory/search/vector-table.ts'
import { WordIndex } from '../memory/search/word-index.ts'
import type { WordVectors } from '../memory/search/word-vectors.ts'
import type { Passage } from './passages.ts'

interface Entry {
  readonly path: string
  /** UTF-16 unit of the text it begins at. */
  readonly at: number
  readonly vector: Float32Array | null
}

export interface PassageMatch extends Entry {
  /** Of what the question's words could count: from 0 to 1. */
  words: number
  /** With the whole question; 0 when that is not known. */
  cosine: number
}

export class PassageIndex {
  readonly #words = new WordIndex<number>()
  readonly #entries = new Map<number, Entry>()
  /** By path: what is indexed of it, and the hash of the contents that was. */
  readonly #files = new Map<string, { hash: string; passages: number[] }>()
  #next = 0

  get size(): number {
    return this.#entries.size
  }

  paths(): string[] {
    return [...this.#files.keys()]
  }

  /** The contents that are indexed of a path. */
  hashOf(path: string): string | undefined {
    return this.#files.get(path)?.hash
  }

  begin(path: string, hash: string): void {
    this.remove(path)
    this.#files.set(path, { hash, passages: [] })
  }

  /** To a path that was begun. */
  add(path: string, { at, text }: Passage, vectors: WordVectors | null): void {
    const number = (this.#next += 1)
    this.#words.add(number, text)
    this.#entries.set(number, { path, at, vector: vectors?.embed(text) ?? null })
    this.#files.get(path)?.passages.push(number)
  }

  remove(path: string): void {
    for (const number of this.#files.get(path)?.passages ?? []) {
      this.#words.remove(number)
      this.#entries.delete(number)
    }
    this.#files.delete(path)
  }

  /** How much a word, in its compared form, tells. */
  rarity(stem: string): number {
    return this.#words.rarity(stem)
  }

  /** Those that match best by words, and those by meaning. */
  search(
    query: string,
    vector: Float32Array | null,
    count: number,
    allowed: (path: string) => boolean,
  ): PassageMatch[] {
    const matches = new Map<number, PassageMatch>()
    const permit = (number: number): boolean => allowed(this.#entries.get(number)?.path ?? '')
    for (const { id, strength } of this.#words.search(query, count, permit)) this.#match(matches, id).words = strength
    if (vector) {
      for (const [number, cosine] of this.#nearest(vector, count, permit)) this.#match(matches, number).cosine = cosine
    }
    return [...matches.values()]
  }

  #match(matches: Map<number, PassageMatch>, number: number): PassageMatch {
    const entry = this.#entries.get(number) ?? { path: '', at: 0, vector: null }
    const match = matches.get(number) ?? { ...entry, words: 0, cosine: 0 }
    matches.set(number, match)
    return match
  }

  #nearest(vector: Float32Array, count: number, permit: (number: number) => boolean): [number, number][] {
    const nearest: [number, number][] = []
    for (const [number, entry] of this.#entries) {
      if (!entry.vector || !permit(number)) continue
      const cosine = dot(entry.vector, 0, vector)
      if (cosine > 0) nearest.push([number, cosine])
    }
    return nearest.sort((left, right) => right[1] - left[1] || left[0] - right[0]).slice(0, count)
  }
}
