/**
 * All that is on the whiteboard, in memory, as the last commit left it. Only what is committed is put here, and in the same
 * step everybody who watches is told: so what a watcher was shown first and what it is told then have no gap and no repeat.
 */
import type { SharedEntry } from '../../abi/index.ts'
import { isGone, isThere, isUnder, keyOf } from './entry.ts'
import type { Place } from './entry.ts'

/** One entry as it is now; `isGone` when it was deleted or has ended. */
export type BoardListener = (entry: SharedEntry) => void

interface Namespace {
  readonly entries: Map<string, SharedEntry>
  /** Keys in order, gone ones too; null after one was added. */
  sorted: string[] | null
}

export class Board {
  readonly #namespaces = new Map<string, Namespace>()
  /** Deleted ones, oldest first, by their id. */
  readonly #gone = new Map<string, SharedEntry>()
  /** Those with a time when they end. */
  readonly #ending = new Map<string, SharedEntry>()
  readonly #listeners = new Map<string, Set<BoardListener>>()

  /** As it is stored: also one that is gone or has ended. */
  find({ namespace, key }: Place): SharedEntry | undefined {
    return this.#namespaces.get(namespace)?.entries.get(key)
  }

  /** Puts what was committed. */
  put(entry: SharedEntry): void {
    let namespace = this.#namespaces.get(entry.scope)
    if (!namespace) this.#namespaces.set(entry.scope, (namespace = { entries: new Map(), sorted: [] }))
    const key = keyOf(entry)
    if (!namespace.entries.has(key)) namespace.sorted = null
    namespace.entries.set(key, entry)
    this.#gone.delete(entry.id)
    this.#ending.delete(entry.id)
    if (isGone(entry)) this.#gone.set(entry.id, entry)
    else if (entry.validUntil !== null) this.#ending.set(entry.id, entry)
    for (const listener of [...(this.#listeners.get(entry.scope) ?? [])]) listener(entry)
  }

  /** Forgets even that it was there; nobody is told. */
  drop(entry: SharedEntry): void {
    const namespace = this.#namespaces.get(entry.scope)
    this.#gone.delete(entry.id)
    if (!namespace?.entries.delete(keyOf(entry))) return
    namespace.sorted = null
    if (namespace.entries.size === 0) this.#namespaces.delete(entry.scope)
  }

  /** Deleted ones whose version is remembered, oldest first. */
  get gone(): readonly SharedEntry[] {
    return [...this.#gone.values()]
  }
  get goneCount(): number {
    return this.#gone.size
  }

  /** Names, in order, of all namespaces that have or had entries. */
  namespaces(): string[] {
    return [...this.#namespaces.keys()].sort()
  }

  /** What can be read in one namespace, by key, from after `after`. */
  *entries(name: string, now: number, prefix?: string, after?: string): Generator<SharedEntry, void, undefined> {
    const namespace = this.#namespaces.get(name)
    if (!namespace) return
    namespace.sorted ??= [...namespace.entries.keys()].sort()
    for (let at = firstAfter(namespace.sorted, after); at < namespace.sorted.length; at += 1) {
      const key = namespace.sorted[at] ?? ''
      const entry = namespace.entries.get(key)
      if (isUnder(key, prefix) && isThere(entry, now)) yield entry
    }
  }

  /** All with a time when they end, also those that have ended and were not taken off yet. */
  ending(): Iterable<SharedEntry> {
    return this.#ending.values()
  }

  /** Calls `listener` with each entry of a namespace as it changes, in order, until disposed of. */
  subscribe(namespace: string, listener: BoardListener): Disposable {
    const listeners = this.#listeners.get(namespace) ?? new Set()
    this.#listeners.set(namespace, listeners.add(listener))
    return {
      [Symbol.dispose]: () => {
        listeners.delete(listener)
        if (listeners.size === 0 && this.#listeners.get(namespace) === listeners) this.#listeners.delete(namespace)
      },
    }
  }
}

/** Index of the first key after `after`, by binary search. */
function firstAfter(sorted: readonly string[], after: string | undefined): number {
  if (after === undefined) return 0
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? '') <= after) low = middle + 1
    else high = middle
  }
  return low
}
