/**
 * Makes what is equal in many records one and the same. Each record that is read from the database brings its own copy of every
 * word in it: of 100,000 memories these would be some 800,000 objects more, which the garbage collector has to move and follow.
 */
import type { MemoryRecord } from '../../storage/records.ts'

type Provenance = MemoryRecord['provenance']

const NO_LINKS: MemoryRecord['links'] = []

export class Alike {
  readonly #words = new Map<string, string>()
  /** By what is in it: those that name no run, and so may be many memories'. */
  readonly #provenances = new Map<string, Provenance>()

  /** @param memory read just now: it is changed, and what it holds from then on may be held by others too */
  make(memory: MemoryRecord): void {
    memory.kind = this.#word(memory.kind)
    memory.scope = this.#word(memory.scope)
    if (memory.owner !== null) memory.owner = this.#word(memory.owner)
    if (memory.links.length === 0) memory.links = NO_LINKS
    memory.provenance = this.#provenance(memory.provenance)
  }

  #provenance(provenance: Provenance): Provenance {
    const { source, principal, trust, run, seq, ...more } = provenance
    if (run !== undefined || seq !== undefined || principal.kind === 'agent') return provenance
    const key = JSON.stringify([source, trust, principal, more])
    const known = this.#provenances.get(key)
    if (known === undefined) this.#provenances.set(key, provenance)
    return known ?? provenance
  }

  #word<W extends string>(word: W): W {
    const known = this.#words.get(word)
    if (known === undefined) this.#words.set(word, word)
    return (known ?? word) as W
  }
}
