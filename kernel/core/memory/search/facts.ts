/**
 * All facts, indexed by their words and by their meaning. The file of word vectors is loaded with the first fact or the first
 * search; when it cannot be, search goes by words alone and says so, and the next search tries again. Writes nothing: the
 * database is the service's.
 */
import { MEMORIES_PER_TURN, MEMORY_CANDIDATES, MEMORY_LEAST_ANSWERED, MEMORY_LEAST_COSINE } from '../../param.ts'
import type { Platform } from '../../platform.ts'
import type { MemoryRecord } from '../../storage/records.ts'
import type { MemorySearch } from '../memory-index.ts'
import { fuse, type Candidate } from './fusion.ts'
import { compareWith } from './late-interaction.ts'
import { VectorTable } from './vector-table.ts'
import { ownersIn, sameOwner } from './whose.ts'
import { WordIndex } from './word-index.ts'
import { WordVectors } from './word-vectors.ts'

/** The embedder, and the vectors it gave the facts. */
interface Meanings {
  readonly words: WordVectors
  readonly table: VectorTable
}

export class Facts {
  readonly #platform: Pick<Platform, 'clock' | 'wordVectors'>
  readonly #memories = new Map<string, MemoryRecord>()
  readonly #index = new WordIndex()
  /** Facts that are added from now on go into it, also while those that were there before still do. */
  #meanings: Meanings | null = null
  #loading: Promise<Meanings> | null = null

  constructor(platform: Pick<Platform, 'clock' | 'wordVectors'>) {
    this.#platform = platform
  }

  get size(): number {
    return this.#memories.size
  }

  has(id: string): boolean {
    return this.#memories.has(id)
  }

  get(id: string): MemoryRecord | undefined {
    return this.#memories.get(id)
  }

  all(): MemoryRecord[] {
    return [...this.#memories.values()]
  }

  add(memory: MemoryRecord): void {
    this.#memories.set(memory.id, memory)
    this.#index.add(memory.id, memory.text)
    if (this.#meanings) embed(this.#meanings, memory)
    else if (this.size === 1) void this.#load()
  }

  remove(id: string): void {
    this.#memories.delete(id)
    this.#index.remove(id)
    this.#meanings?.table.remove(id)
  }

  /** Facts that are allowed and have to do with the query, best first. */
  async search(query: string, k: number, allowed: (memory: MemoryRecord) => boolean): Promise<MemorySearch> {
    const meanings = await this.#load()
    const permit = (id: string): boolean => {
      const memory = this.#memories.get(id)
      return memory !== undefined && allowed(memory)
    }
    const count = Math.max(k, MEMORY_CANDIDATES)
    const words = new Map(this.#index.search(query, count, permit).map(({ id, strength }) => [id, strength]))
    const vector = meanings?.words.embed(query) ?? null
    const cosines = vector ? (meanings?.table.search(vector, count, permit) ?? []) : []
    const likeness = new Map(cosines.map(({ id, cosine }) => [id, cosine]))
    const answered = meanings ? compareWith(query, (word) => this.#index.rarity(word), meanings.words) : () => 0
    const owners = ownersIn(query)
    const candidates = new Map<string, Candidate & { memory: MemoryRecord }>()
    for (const id of [...words.keys(), ...likeness.keys()]) {
      const memory = this.#memories.get(id)
      if (!memory || candidates.has(id)) continue
      const candidate = {
        ...{ memory, number: memory.number, createdAt: memory.createdAt, uses: memory.uses },
        words: words.get(id) ?? 0,
        cosine: likeness.get(id) ?? 0,
        answered: answered(memory.text),
        whose: sameOwner(owners, ownersIn(memory.text)),
      }
      if (matters(candidate)) candidates.set(id, candidate)
    }
    return {
      match: vector ? 'words and meaning' : 'words',
      hits: fuse([...candidates.values()], k).map(({ candidate: { memory }, score, parts }) => ({
        memory,
        score,
        parts,
      })),
    }
  }

  /** Those that say most nearly the same, best first; none while the vectors are not to be had. */
  async similar(
    text: string,
    k: number,
    allowed: (memory: MemoryRecord) => boolean,
  ): Promise<{ memory: MemoryRecord; cosine: number }[]> {
    const meanings = await this.#load()
    const vector = meanings?.words.embed(text)
    if (!meanings || !vector) return []
    const permit = (id: string): boolean => {
      const memory = this.#memories.get(id)
      return memory !== undefined && allowed(memory)
    }
    return meanings.table.search(vector, k, permit).flatMap(({ id, cosine }) => {
      const memory = this.#memories.get(id)
      return memory ? [{ memory, cosine }] : []
    })
  }

  /** Null when the vectors are not to be had now. */
  #load(): Promise<Meanings | null> {
    const loading = (this.#loading ??= this.#embedAll())
    return loading.catch(() => {
      if (this.#loading === loading) this.#loading = this.#meanings = null
      return null
    })
  }

  async #embedAll(): Promise<Meanings> {
    const words = WordVectors.parse(await this.#platform.wordVectors())
    const meanings = (this.#meanings = { words, table: new VectorTable(words.dimensions) })
    for (const [at, memory] of this.all().entries()) {
      if (at > 0 && at % MEMORIES_PER_TURN === 0) await this.#platform.clock.sleep(0)
      // It may have been deleted meanwhile.
      if (this.has(memory.id)) embed(meanings, memory)
    }
    return meanings
  }
}

const matters = ({ words, answered, cosine }: Candidate): boolean =>
  words > 0 || answered >= MEMORY_LEAST_ANSWERED || cosine >= MEMORY_LEAST_COSINE

function embed({ words, table }: Meanings, memory: MemoryRecord): void {
  const vector = words.embed(memory.text)
  if (vector) table.set(memory.id, vector)
}
