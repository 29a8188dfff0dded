/**
 * How much each namespace holds, so that none can fill the kernel's memory. What is about to be written is counted before
 * it is committed: two writes in flight cannot take the same room.
 */
import type { SharedEntry } from '../../abi/index.ts'
import { isGone, unitsOf } from './entry.ts'
import { tooMuch } from './errors.ts'
import { SHARED_ENTRIES, SHARED_NAMESPACE_ENTRIES, SHARED_NAMESPACE_UNITS, SHARED_UNITS } from './param.ts'

interface Amount {
  entries: number
  units: number
}

export class Room {
  readonly #all: Amount = { entries: 0, units: 0 }
  readonly #namespaces = new Map<string, Amount>()

  /** What a namespace holds, and what is being written to it. */
  of(namespace: string): Readonly<Amount> {
    return this.#namespaces.get(namespace) ?? { entries: 0, units: 0 }
  }

  /** Counts an entry that is there, whatever the limits. */
  add(namespace: string, entry: SharedEntry, before?: SharedEntry): void {
    this.#count(namespace, difference(entry, before), 1)
  }

  /**
   * Counts a write that is about to be committed.
   * @returns what takes it back when it could not be
   * @throws HearthError `over-limit` when it would be more than there may be; less than before is always allowed
   */
  take(namespace: string, entry: SharedEntry, before?: SharedEntry): () => void {
    const more = difference(entry, before)
    const here = this.of(namespace)
    const name = `The whiteboard ${namespace}`
    if (more.entries > 0) {
      check(here.entries + more.entries, SHARED_NAMESPACE_ENTRIES, `${name} has`, 'entries')
      check(this.#all.entries + more.entries, SHARED_ENTRIES, 'All whiteboards together have', 'entries')
    }
    if (more.units > 0) {
      check(here.units + more.units, SHARED_NAMESPACE_UNITS, `${name} holds`, 'characters')
      check(this.#all.units + more.units, SHARED_UNITS, 'All whiteboards together hold', 'characters')
    }
    this.#count(namespace, more, 1)
    return () => this.#count(namespace, more, -1)
  }

  #count(namespace: string, more: Amount, sign: 1 | -1): void {
    const here = this.#namespaces.get(namespace) ?? { entries: 0, units: 0 }
    for (const amount of [here, this.#all]) {
      amount.entries += sign * more.entries
      amount.units += sign * more.units
    }
    if (here.entries === 0 && here.units === 0) this.#namespaces.delete(namespace)
    else this.#namespaces.set(namespace, here)
  }
}

function difference(entry: SharedEntry, before: SharedEntry | undefined): Amount {
  const was = before !== undefined && !isGone(before)
  return {
    entries: (isGone(entry) ? 0 : 1) - (was ? 1 : 0),
    units: unitsOf(entry) - (was ? unitsOf(before) : 0),
  }
}

function check(amount: number, maximum: number, who: string, what: string): void {
  if (amount <= maximum) return
  const message = `${who} room for ${maximum} ${what}. Nothing was written or lost; delete what nobody needs.`
  throw tooMuch(`whiteboard ${what}`, maximum, message)
}
