/**
 * See ../memory-index.ts. All memories are held in memory, by id, by number, in order of time and by their words; their vectors
 * are with whoever embeds them (core/embeddings). A filter is evaluated inside both searches.
 */
import type { MemoryFilter } from '../../../abi/index.ts'
import type { EmbeddingSource, Vectors } from '../../embeddings/vectors.ts'
import type { Platform } from '../../platform.ts'
import type { Mutation } from '../../storage/database.ts'
import type { MemoryRecord } from '../../storage/records.ts'
import type { MemoryChange, MemoryIndex, MemorySearch, PreparedMemories } from '../memory-index.ts'
import { attributesOf, sameAttributes, vectorFilterOf } from './attributes.ts'
import { find } from './find.ts'
import { loadMemories } from './load.ts'
import { matcherOf } from './matches.ts'
import { MemoryTable } from './memory-table.ts'
import { FOUND_BEFORE_FILTER, FOUND_BY_MEANING } from './param.ts'
import { WordIndex } from './word-index.ts'

export interface MemoryIndexDeps {
  readonly platform: Pick<Platform, 'clock' | 'database'>
  readonly vectors: Vectors
}

/** Name of the `meta` record with the greatest number that was given to a memory which is gone. */
const LAST_NUMBER = 'last-memory-number'

/** Reads nothing until the first call; a load that failed is tried again with the next one. */
export function createMemoryIndex(deps: MemoryIndexDeps): MemoryIndex {
  return new HeldMemories(deps)
}

interface Held {
  readonly table: MemoryTable
  readonly words: WordIndex<number>
}

class HeldMemories implements MemoryIndex {
  readonly #deps: MemoryIndexDeps
  #loading: Promise<Held> | null = null
  #next = 1

  constructor(deps: MemoryIndexDeps) {
    this.#deps = deps
  }

  async get(id: string): Promise<MemoryRecord | undefined> {
    return (await this.#held()).table.get(id)
  }

  async list(filter: MemoryFilter, page: { before?: string; limit?: number } = {}): Promise<MemoryRecord[]> {
    const { table } = await this.#held()
    if (isEverything(filter) && Object.keys(page).length === 0) return table.all()
    const matches = matcherOf(filter, this.#deps.platform.clock.now())
    const listed: MemoryRecord[] = []
    for (const memory of table.newest(page.before === undefined ? undefined : table.get(page.before))) {
      if (listed.length >= (page.limit ?? Infinity)) break
      if (matches(memory)) listed.push(memory)
    }
    return listed
  }

  async count(filter: MemoryFilter): Promise<number> {
    const { table } = await this.#held()
    if (isEverything(filter)) return table.size
    const matches = matcherOf(filter, this.#deps.platform.clock.now())
    let count = 0
    for (const memory of table.newest()) if (matches(memory)) count += 1
    return count
  }

  async nextNumber(): Promise<number> {
    await this.#held()
    return this.#next++
  }

  async prepare(change: MemoryChange): Promise<PreparedMemories> {
    const { table, words } = await this.#held()
    const { put = [] } = change
    const remove = (change.remove ?? []).filter((id) => !put.some((memory) => memory.id === id))
    const gone = remove.flatMap((id) => table.get(id)?.number ?? [])
    const vectors = await this.#deps.vectors.prepare(this.#vectorsOf(table, put, gone))
    const writes: Mutation[] = [
      ...put.map((value) => ({ op: 'put', store: 'memories', value }) as const),
      ...remove.map((key) => ({ op: 'delete', store: 'memories', key }) as const),
      ...vectors.writes,
    ]
    // A number is given once, also when the one that had it is gone and with it the trace that it was given.
    if (gone.length > 0) writes.push({ op: 'put', store: 'meta', value: { name: LAST_NUMBER, value: this.#next - 1 } })
    return {
      writes,
      apply: () => {
        for (const id of remove) {
          const memory = table.get(id)
          if (memory) words.remove(memory.number)
          table.remove(id)
        }
        for (const memory of put) {
          const before = table.get(memory.id)
          table.put(memory)
          this.#next = Math.max(this.#next, memory.number + 1)
          if (before?.number === memory.number && before.text === memory.text) continue
          if (before) words.remove(before.number)
          if (memory.text !== '') words.add(memory.number, memory.text)
        }
        vectors.apply()
      },
      drop: () => vectors.drop(),
    }
  }

  async search(query: string, k: number, filter: MemoryFilter): Promise<MemorySearch> {
    const { table, words } = await this.#held()
    const now = this.#deps.platform.clock.now()
    const inside = vectorFilterOf(filter, now)
    const asked = inside.whole ? Math.max(k, FOUND_BY_MEANING) : FOUND_BEFORE_FILTER
    const [vectors, nearest] = await Promise.all([
      this.#deps.vectors.words(),
      this.#deps.vectors.search(query, 'query', asked, inside.filter),
    ])
    const matches = matcherOf(filter, now)
    const allowed = (number: number): MemoryRecord | undefined => {
      const memory = table.numbered(number)
      return memory && matches(memory) ? memory : undefined
    }
    return find({ query, k, words, allowed, nearest, asked, vectors })
  }

  async similar(text: string, k: number, filter: MemoryFilter): Promise<{ memory: MemoryRecord; cosine: number }[]> {
    const { table } = await this.#held()
    const now = this.#deps.platform.clock.now()
    const inside = vectorFilterOf(filter, now)
    // Some more, as owners that hash alike are told apart only here.
    const asked = inside.whole ? Math.min(2 * k, FOUND_BEFORE_FILTER) : FOUND_BEFORE_FILTER
    const matches = matcherOf(filter, now)
    const hits = (await this.#deps.vectors.search(text, 'document', asked, inside.filter)) ?? []
    return hits
      .flatMap(({ id, score }) => {
        const memory = table.numbered(id)
        return memory && matches(memory) ? [{ memory, cosine: score }] : []
      })
      .sort((one, other) => other.cosine - one.cosine || other.memory.number - one.memory.number)
      .slice(0, k)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loading?.catch(() => null)
  }

  /** What a change means for the vectors: only texts and attributes that are no longer what they were. */
  #vectorsOf(
    table: MemoryTable,
    put: readonly MemoryRecord[],
    gone: readonly number[],
  ): Parameters<Vectors['prepare']>[0] {
    const remove = [...gone]
    const changed = put.flatMap((memory) => {
      const before = table.get(memory.id)
      const same = before?.number === memory.number
      if (before && !same) remove.push(before.number)
      if (memory.text === '') {
        if (same) remove.push(memory.number)
        return []
      }
      const attributes = attributesOf(memory)
      const textChanged = !same || before.text !== memory.text
      if (!textChanged && sameAttributes(attributesOf(before), attributes)) return []
      return [{ number: memory.number, text: memory.text, attributes, textChanged }]
    })
    return { put: changed, remove }
  }

  #held(): Promise<Held> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = null
      throw error
    })
    return this.#loading
  }

  async #load(): Promise<Held> {
    const { platform, vectors } = this.#deps
    const held = { table: new MemoryTable(), words: new WordIndex<number>() }
    await loadMemories(platform, held.table, held.words)
    const last = (await platform.database.get('meta', LAST_NUMBER))?.value
    this.#next = typeof last === 'number' ? last + 1 : 1
    for (const number of held.table.numbers()) this.#next = Math.max(this.#next, number + 1)
    vectors.attach(sourceOf(held.table))
    return held
  }
}

const isEverything = (filter: MemoryFilter): boolean => filter.validAt === 'any' && Object.keys(filter).length === 1

function sourceOf(table: MemoryTable): EmbeddingSource {
  return {
    *numbers() {
      for (const number of table.numbers()) if (table.numbered(number)?.text !== '') yield number
    },
    entry(number) {
      const memory = table.numbered(number)
      return memory && memory.text !== '' ? { text: memory.text, attributes: attributesOf(memory) } : undefined
    },
  }
}
