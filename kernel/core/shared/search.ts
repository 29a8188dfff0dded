/** Finds entries by their words. The index is made when first searched, and follows the board from then on. */
import type { SharedEntry } from '../../abi/index.ts'
import { WordIndex } from '../memory/search/word-index.ts'
import type { Board } from './board.ts'
import { isGone, isThere, keyOf } from './entry.ts'

export interface SharedHit {
  readonly entry: SharedEntry
  readonly score: number
}

export class BoardSearch {
  readonly #board: Board
  readonly #words = new WordIndex()
  readonly #entries = new Map<string, SharedEntry>()
  #made = false

  constructor(board: Board) {
    this.#board = board
  }

  /** Call with what was put on the board. */
  follow(entries: Iterable<SharedEntry>): void {
    if (this.#made) for (const entry of entries) this.#put(entry)
  }

  /** Best first. @param namespaces all when left out */
  async find(
    query: string,
    k: number,
    now: number,
    pause: () => Promise<void>,
    namespaces?: readonly string[],
  ): Promise<SharedHit[]> {
    if (!this.#made) await this.#make(now, pause)
    const among = namespaces && new Set(namespaces)
    const allowed = (id: string): boolean => {
      const entry = this.#entries.get(id)
      return isThere(entry, now) && (among === undefined || among.has(entry.scope))
    }
    return this.#words.search(query, k, allowed).flatMap(({ id, score }) => {
      const entry = this.#entries.get(id)
      return entry ? [{ entry, score }] : []
    })
  }

  async #make(now: number, pause: () => Promise<void>): Promise<void> {
    // What is put while it is made is followed; then what the loop finds is as new.
    this.#made = true
    let count = 0
    for (const namespace of this.#board.namespaces()) {
      for (const entry of [...this.#board.entries(namespace, now)]) {
        this.#put(this.#board.find({ namespace, key: keyOf(entry) }) ?? entry)
        if ((count += 1) % PUT_AT_ONCE === 0) await pause()
      }
    }
  }

  #put(entry: SharedEntry): void {
    if (isGone(entry)) {
      this.#entries.delete(entry.id)
      this.#words.remove(entry.id)
      return
    }
    this.#entries.set(entry.id, entry)
    // Slashes and dashes join words in a key.
    this.#words.add(entry.id, entry.text.replaceAll(/[/_.-]/g, ' '))
  }
}

/** Entries that are indexed before others get their turn: some 10 ms. */
const PUT_AT_ONCE = 200
