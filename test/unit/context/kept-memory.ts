/** Memories for windows, in a list instead of the memory service, so that a test says what there is and how it changes. */
import type { Memory } from '../../../kernel/abi/index.ts'
import type { ContextMemory } from '../../../kernel/core/context/memory.ts'

export class KeptMemory implements ContextMemory {
  /** All versions of each, the newest last. */
  readonly #memories = new Map<string, Memory[]>()

  block(name: string, text: string, trust: 'trusted' | 'untrusted' = 'trusted'): Memory {
    return this.#put(name, { kind: 'block', text, block: { name, limit: 2_000 }, trust })
  }

  experience(id: string, text: string, trust: 'trusted' | 'untrusted' = 'untrusted'): Memory {
    return this.#put(id, { kind: 'experience', text, trust })
  }

  /** All versions, for who forgets them elsewhere too. */
  forget(id: string): readonly Memory[] {
    const gone = this.#memories.get(id) ?? []
    this.#memories.delete(id)
    return gone
  }

  blocksOf(): Promise<readonly Memory[]> {
    return Promise.resolve(this.#newest().filter(({ kind }) => kind === 'block'))
  }

  /** Experience that shares a word with what is asked. */
  experienceFor(text: string, _agent: string, k: number): Promise<readonly Memory[]> {
    const words = text.toLowerCase().split(/\W+/)
    const alike = this.#newest().filter(
      (memory) => memory.kind === 'experience' && words.some((word) => word !== '' && memory.text.includes(word)),
    )
    return Promise.resolve(alike.slice(0, k))
  }

  versionOf(id: string, version: number): Promise<Memory | undefined> {
    return Promise.resolve(this.#memories.get(id)?.find((memory) => memory.version === version))
  }

  #newest = (): Memory[] => [...this.#memories.values()].flatMap((versions) => versions.at(-1) ?? [])

  #put(
    id: string,
    { trust, ...more }: Pick<Memory, 'kind' | 'text' | 'block'> & { trust: Memory['provenance']['trust'] },
  ): Memory {
    const versions = this.#memories.get(id) ?? []
    const memory: Memory = {
      ...{ id, owner: null, scope: '', validFrom: 0, validUntil: null, links: [], version: versions.length + 1 },
      ...{ createdAt: 0, updatedAt: 0, uses: 0, usedAt: null },
      provenance: { source: 'user', principal: { kind: 'user' }, trust },
      ...more,
    }
    this.#memories.set(id, [...versions, memory])
    return memory
  }
}
