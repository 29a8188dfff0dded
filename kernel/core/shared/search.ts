/** Finds entries by their words. The index is made when first searched, and follows the board from then on. */
import type { SharedEntry } from '../../abi/index.ts'
import type { MemorySearch } from '../memory/memory-index.ts'
import { find } from '../memory/search/find.ts'
import type { WordVectors } from '../memory/search/word-vectors.ts'
import { WordIndex } from '../memory/search/word-index.ts'
import type { MemoryRecord } from '../storage/records.ts'
import type { Board } from './board.ts'
import { isGone, isThere, keyOf } from './entry.ts'

export interface SharedHit {
  readonly entry: SharedEntry
  readonly score: number
}

export interface Weighing {
  readonly now: number
  readonly pause: () => Promise<void>
  readonly passes: (entry: MemoryRecord) => boolean
  /** Null when words have to decide alone. */
  readonly vectors: WordVectors | null
}

export class BoardSearch {
  readonly #board: Board
  readonly #words = new WordIndex<number>()
  /** By the number each was given when it was put, the latest highest. */
  readonly #entries = new Map<number, SharedEntry>()
  readonly #numbers = new Map<string, number>()
  #next = 1
  /** Being made, or made; null until somebody searches. */
  #making: Promise<void> | null = null

  constructor(board: Board) {
    this.#board = board
  }

  /** Call with what was put on the board. */
  follow(entries: Iterable<SharedEntry>): void {
    if (this.#making) for (const entry of entries) this.#put(entry)
  }

  /** Best first. @param namespaces all when left out */
  async find(
    query: string,
    k: number,
    now: number,
    pause: () => Promise<void>,
    namespaces?: readonly string[],
  ): Promise<SharedHit[]> {
    await (this.#making ??= this.#make(now, pause))
    const among = namespaces && new Set(namespaces)
    const allowed = (number: number): boolean => {
      const entry = this.#entries.get(number)
      return isThere(entry, now) && (among === undefined || among.has(entry.scope))
    }
    return this.#words.search(query, k, allowed).flatMap(({ id, score }) => {
      const entry = this.#entries.get(id)
      return entry ? [{ entry, score }] : []
    })
  }

  /** Best first, weighed as memories are, so that both can stand in one list. @param passes whether it is asked for */
  async weigh(query: string, k: number, { now, pause, passes, vectors }: Weighing): Promise<MemorySearch['hits']> {
    await (this.#making ??= this.#make(now, pause))
    const allowed = (number: number): MemoryRecord | undefined => {
      const entry = this.#entries.get(number)
      if (!isThere(entry, now)) return undefined
      const record = { ...entry, number }
      return passes(record) ? record : undefined
    }
    return find({ query, k, words: this.#words, allowed, nearest: null, asked: 0, vectors }).hits
  }

  /** What is put meanwhile is followed as well, and what the loop finds then is as new. */
  async #make(now: number, pause: () => Promise<void>): Promise<void> {
    let count = 0
    for (const namespace of this.#board.namespaces()) {
      for (const entry of [...this.#board.entries(namespace, now)]) {
        this.#put(this.#board.find({ namespace, key: keyOf(entry) }) ?? entry)
        if ((count += 1) % PUT_AT_ONCE === 0) await pause()
      }
    }
  }

  #put(entry: SharedEntry): void {
    const before = this.#numbers.get(entry.id)
    if (before !== undefined) {
      this.#entries.delete(before)
      this.#words.remove(before)
      this.#numbers.delete(entry.id)
    }
    if (isGone(entry)) return
    const number = this.#next++
    this.#numbers.set(entry.id, number)
    this.#entries.set(number, entry)
    // Slashes and dashes join words in a key.
    this.#words.add(number, entry.text.replaceAll(/[/_.-]/g, ' '))
  }
}

/** Entries that are indexed before others get their turn: some 10 ms. */
const PUT_AT_ONCE = 200
