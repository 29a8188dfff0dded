/**
 * The collections of vectors: the one that searches use, the one that is being made to follow it, and those that are of no
 * use any more. Invariants, whenever the kernel dies:
 * - one collection is current; a new one becomes it in one commit, when every memory has its vector there;
 * - the vectors of a collection are deleted only after the commit that says that it is of no use;
 * - a memory that is changed or deleted is so in both collections in the same commit.
 */
import type { EmbedderChoice } from '../../abi/index.ts'
import type { Platform } from '../platform.ts'
import type { Mutation } from '../storage/database.ts'
import type { CollectionRecord } from '../storage/records.ts'
import { deletionOf } from '../memory/vector-index.ts'
import { Collection } from './collection.ts'
import { BUILT_IN, nowCalled, sameEmbedder } from './describe.ts'
import type { EmbedderHost } from './embedder-host.ts'
import { Filler } from './filler.ts'
import type { FillState } from './filler.ts'
import { Holds } from './holds.ts'
import type { HoldUp } from './models.ts'
import { BUILT_IN_EDITION } from './param.ts'
import type { EmbeddingSource, PreparedVectors, VectorsChange } from './vectors.ts'

export interface CollectionsDeps {
  readonly platform: Pick<Platform, 'clock' | 'random' | 'database' | 'vectorIndex'>
  readonly hostFor: (choice: EmbedderChoice) => EmbedderHost
  readonly holdUp: () => HoldUp | null
  /** Something has changed that people may be told of. */
  readonly onChange: (what: 'progress' | 'switched') => void
}

/** What `use` or `cancel` does: what to write, and what is then true. */
export interface Choosing {
  readonly writes: readonly Mutation[]
  /** The change that is then under way. */
  readonly next: CollectionRecord | null
  apply(): void
  /** In any case, at the end: until then nobody else changes which collection is what. */
  release(): void
}

export class Collections implements AsyncDisposable {
  readonly #deps: CollectionsDeps
  readonly #holds = new Holds()
  readonly #fillers = new Map<Collection, Filler>()
  #current: Collection
  #next: Collection | null
  #source: EmbeddingSource | null = null
  #changing: Promise<void> = Promise.resolve()
  #closed = false

  private constructor(deps: CollectionsDeps, current: CollectionRecord, next: CollectionRecord | undefined) {
    this.#deps = deps
    this.#current = this.#make(current)
    this.#next = next ? this.#make(next) : null
  }

  /** @throws HearthError `storage-failed`, `storage-full`; what opening an index threw is told in `problem` instead. */
  static async open(deps: CollectionsDeps): Promise<Collections> {
    const { database } = deps.platform
    const records = await Promise.all((await database.list('collections')).map((record) => renewed(deps, record)))
    let current = records.find(({ state }) => state === 'current')
    if (!current) {
      current = fresh(deps, BUILT_IN, 'current')
      await database.commit([{ op: 'put', store: 'collections', value: current }], 'relaxed')
    }
    for (const { name } of records.filter(({ state }) => state === 'old'))
      await database.commit(erasure(name), 'relaxed')
    const next = records.find(({ state }) => state === 'next')
    const collections = new Collections(deps, current, next)
    for (const collection of collections.#all()) await collection.open()
    return collections
  }

  get current(): Collection {
    return this.#current
  }

  get next(): Collection | null {
    return this.#next
  }

  get attached(): boolean {
    return this.#source !== null
  }

  fillOf(collection: Collection): FillState {
    return this.#fillers.get(collection)?.state ?? { state: 'idle', reason: null }
  }

  /** Finds out what lacks a vector, and begins to fill it. */
  attach(source: EmbeddingSource): void {
    this.#source = source
    for (const collection of this.#all()) this.#begin(collection)
  }

  /** See Vectors. */
  async prepare(change: VectorsChange): Promise<PreparedVectors> {
    const numbers = [...change.put.map(({ number }) => number), ...change.remove]
    const release = await this.#holds.hold(numbers)
    const done = () => {
      release()
      this.poke()
    }
    try {
      const parts = new Map<Collection, Awaited<ReturnType<Collection['prepare']>>>()
      for (const collection of this.#all()) parts.set(collection, await collection.prepare(change))
      return {
        writes: [...parts.values()].flatMap(({ writes }) => writes),
        apply: () => {
          for (const part of parts.values()) part.apply()
          // One that was begun meanwhile, and found these memories as they were before.
          for (const collection of this.#all()) if (!parts.has(collection)) collection.note(change)
          done()
        },
        drop: done,
      }
    } catch (error) {
      done()
      throw error
    }
  }

  /** Embeds everything anew by another embedder. */
  async choose(choice: EmbedderChoice): Promise<Choosing> {
    const release = await this.#lock()
    const before = this.#next
    const asBefore = [before, this.#current].find(
      (one) => one && sameEmbedder(one.record.embedder, choice) && !this.#broken(one),
    )
    if (asBefore) {
      // Only its key may be another; what else was begun is given up when it is the current one that stays.
      const dropped = asBefore === this.#current ? before : null
      const record = { ...asBefore.record, embedder: withKey(choice, asBefore.record.embedder) }
      return {
        writes: [{ op: 'put', store: 'collections', value: record }, ...this.#abandon(dropped)],
        next: dropped === null ? (before?.record ?? null) : null,
        apply: () => {
          asBefore.rekey(record, this.#deps.hostFor)
          if (dropped) this.#leave(dropped)
          this.#fillers.get(asBefore)?.retry()
        },
        release,
      }
    }
    const record = fresh(this.#deps, choice, 'next')
    return {
      writes: [{ op: 'put', store: 'collections', value: record }, ...this.#abandon(before)],
      next: record,
      apply: () => {
        if (before) this.#leave(before)
        this.#next = this.#make(record)
        this.#begin(this.#next)
      },
      release,
    }
  }

  /** Stays with the collection that is current. */
  async cancel(): Promise<Choosing> {
    const release = await this.#lock()
    const next = this.#next
    const apply = () => void (next && this.#leave(next))
    return { writes: this.#abandon(next), next: null, apply, release }
  }

  /** Something may have come back: a tab, a file, a server. */
  poke(): void {
    for (const filler of this.#fillers.values()) filler.poke()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    for (const filler of this.#fillers.values()) filler[Symbol.dispose]()
    this.#fillers.clear()
    await Promise.all(this.#all().map((collection) => collection[Symbol.asyncDispose]()))
  }

  #all(): Collection[] {
    return this.#next ? [this.#current, this.#next] : [this.#current]
  }

  #make(record: CollectionRecord): Collection {
    const deps = { ...this.#deps.platform, exclusively: <T>(work: () => Promise<T>) => this.#exclusively(work) }
    return new Collection(record, this.#deps.hostFor(record.embedder), deps)
  }

  /** One whose vectors cannot be searched any more is made again when it is chosen again. */
  #broken(collection: Collection): boolean {
    return collection === this.#current && this.fillOf(collection).state === 'failed'
  }

  #begin(collection: Collection): void {
    const source = this.#source
    if (!source || this.#closed) return
    const { database, clock } = this.#deps.platform
    const { holdUp, onChange } = this.#deps
    const onFull = () => (collection === this.#next ? this.#switch(collection) : Promise.resolve())
    const unproven = () => collection === this.#next
    const onProgress = () => onChange('progress')
    const start = () => {
      if (collection.closed || this.#closed) return
      const deps = { database, clock, source, holds: this.#holds, holdUp, onProgress, onFull, unproven }
      this.#fillers.set(collection, new Filler(collection, deps))
      onProgress()
    }
    void collection
      .scan(source)
      .then(async (strays) => {
        const gone = strays.filter((number) => !this.#holds.has(number))
        if (gone.length > 0) await this.#holds.fill(gone, () => collection.remove(gone))
      })
      // What could not be taken out now is found again at the next start, and by no search.
      .catch(() => {})
      .then(start)
  }

  async #switch(next: Collection): Promise<void> {
    await this.#exclusively(async () => {
      if (next !== this.#next || next.missing.size > 0 || this.#closed) return
      const before = this.#current
      const record: CollectionRecord = { ...next.record, state: 'current' }
      const writes: Mutation[] = [{ op: 'put', store: 'collections', value: record }, ...this.#abandon(before)]
      await this.#deps.platform.database.commit(writes, 'strict')
      next.record = record
      this.#current = next
      this.#next = null
      this.#leave(before)
      this.#deps.onChange('switched')
    })
  }

  #abandon(collection: Collection | null): Mutation[] {
    if (!collection) return []
    return [{ op: 'put', store: 'collections', value: { ...collection.record, state: 'old' } }]
  }

  /** Lets go of a collection that is of no use any more, and deletes its vectors once no change that is under way has any. */
  #leave(collection: Collection): void {
    if (this.#next === collection) this.#next = null
    this.#fillers.get(collection)?.[Symbol.dispose]()
    this.#fillers.delete(collection)
    const closed = collection[Symbol.asyncDispose]()
    this.#holds.whenFree(() => {
      // What cannot be deleted now is deleted at the next start.
      void closed
        .then(() => this.#deps.platform.database.commit(erasure(collection.record.name), 'relaxed'))
        .catch(() => {})
    })
  }

  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.#lock()
    try {
      return await work()
    } finally {
      release()
    }
  }

  /** Until released, nobody else changes which collection is what. */
  async #lock(): Promise<() => void> {
    const before = this.#changing
    let release = (): void => {}
    this.#changing = new Promise((resolve) => (release = resolve))
    await before
    return release
  }
}

function fresh(
  { platform: { random, clock } }: CollectionsDeps,
  embedder: EmbedderChoice,
  state: 'current' | 'next',
): CollectionRecord {
  // A name is never used again, so that nothing of an older one can be in it.
  return {
    name: random.id('vectors'),
    embedder,
    dimensions: null,
    edition: editionOf(embedder),
    state,
    startedAt: clock.now(),
  }
}

const editionOf = ({ kind }: EmbedderChoice): number | null => (kind === 'built-in' ? BUILT_IN_EDITION : null)

/**
 * A collection that another edition of the built-in embedder made starts anew: its vectors are not to be compared with those
 * that are made now. Until all memories have theirs again, they are found by the words they share.
 */
async function renewed(deps: CollectionsDeps, record: CollectionRecord): Promise<CollectionRecord> {
  const { state, name, edition } = record
  const embedder = nowCalled(record.embedder)
  if (state === 'old' || edition === editionOf(embedder)) return record
  const renewal = fresh(deps, embedder, state)
  const writes: Mutation[] = [...erasure(name), { op: 'put', store: 'collections', value: renewal }]
  await deps.platform.database.commit(writes, 'relaxed')
  return renewal
}

/** The key that is given now, or else the one there was. */
function withKey(choice: EmbedderChoice, before: EmbedderChoice): EmbedderChoice {
  if (choice.kind !== 'openai' || choice.key !== undefined || before.kind !== 'openai') return choice
  return before.key === undefined ? choice : { ...choice, key: before.key }
}

function erasure(name: string): Mutation[] {
  return [deletionOf(name), { op: 'delete', store: 'collections', key: name }]
}
