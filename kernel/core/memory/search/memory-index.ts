/** See ../memory-index.ts: all memories in memory, by id, by words and by meaning, over the stores `memories` and `vectors`. */
import type { MemoryFilter } from '../../../abi/index.ts'
import type { Platform } from '../../platform.ts'
import type { MemoryRecord } from '../../storage/records.ts'
import type { MemoryChange, MemoryIndex, MemorySearch, PreparedMemories } from '../memory-index.ts'
import { Facts } from './facts.ts'
import { matcherOf } from './matches.ts'

export interface MemoryIndexDeps {
  readonly platform: Pick<Platform, 'clock' | 'database' | 'wordVectors'>
}

/** Reads nothing until the first call; a load that failed is tried again with the next one. */
export function createMemoryIndex(deps: MemoryIndexDeps): MemoryIndex {
  return new LoadedMemories(deps.platform)
}

class LoadedMemories implements MemoryIndex {
  readonly #platform: MemoryIndexDeps['platform']
  #loading: Promise<Facts> | null = null
  #next = 1

  constructor(platform: MemoryIndexDeps['platform']) {
    this.#platform = platform
  }

  async get(id: string): Promise<MemoryRecord | undefined> {
    return (await this.#facts()).get(id)
  }

  async list(filter: MemoryFilter, page: { before?: string; limit?: number } = {}): Promise<MemoryRecord[]> {
    const facts = await this.#facts()
    const matches = matcherOf(filter, this.#platform.clock.now())
    const before = page.before === undefined ? undefined : facts.get(page.before)
    return facts
      .all()
      .filter((memory) => matches(memory) && (before === undefined || newestFirst(before, memory) < 0))
      .sort(newestFirst)
      .slice(0, page.limit ?? Infinity)
  }

  async count(filter: MemoryFilter): Promise<number> {
    const matches = matcherOf(filter, this.#platform.clock.now())
    return (await this.#facts()).all().reduce((count, memory) => count + Number(matches(memory)), 0)
  }

  async nextNumber(): Promise<number> {
    await this.#facts()
    return this.#next++
  }

  async prepare(change: MemoryChange): Promise<PreparedMemories> {
    const facts = await this.#facts()
    const { put = [], remove = [] } = change
    return {
      writes: [
        ...put.map((value) => ({ op: 'put', store: 'memories', value }) as const),
        ...remove.map((key) => ({ op: 'delete', store: 'memories', key }) as const),
      ],
      apply() {
        for (const memory of put) facts.add(memory)
        for (const id of remove) facts.remove(id)
      },
      drop() {},
    }
  }

  async search(query: string, k: number, filter: MemoryFilter): Promise<MemorySearch> {
    return (await this.#facts()).search(query, k, matcherOf(filter, this.#platform.clock.now()))
  }

  async similar(text: string, k: number, filter: MemoryFilter): Promise<{ memory: MemoryRecord; cosine: number }[]> {
    return (await this.#facts()).similar(text, k, matcherOf(filter, this.#platform.clock.now()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loading?.catch(() => {})
  }

  #facts(): Promise<Facts> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = null
      throw error
    })
    return this.#loading
  }

  async #load(): Promise<Facts> {
    const facts = new Facts(this.#platform)
    for (const memory of await this.#platform.database.list('memories')) {
      facts.add(memory)
      this.#next = Math.max(this.#next, memory.number + 1)
    }
    return facts
  }
}

const newestFirst = (one: MemoryRecord, other: MemoryRecord): number =>
  other.createdAt - one.createdAt || other.number - one.number
