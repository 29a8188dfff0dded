/**
 * What has to be looked up whenever memory changes, and that an index for searching does not tell: which facts state something
 * of the same subject and attribute, which text is there word for word, and who links to whom. Made from all memories when
 * first needed, in slices, and kept up with each change.
 */
import type { Clock } from '../platform.ts'
import type { MemoryRecord } from '../storage/records.ts'
import type { Changed } from './changes.ts'
import { IdsByKey } from './ids-by-key.ts'
import type { MemoryIndex } from './memory-index.ts'
import { MEMORIES_PER_SLICE } from './param.ts'
import { plainTextOf } from './plain-text.ts'
import { stated } from './superseding/statements.ts'
import { contradicts, keyOf } from './superseding/contradicts.ts'

export class Book {
  readonly #index: MemoryIndex
  readonly #clock: Pick<Clock, 'sleep'>
  readonly #byText = new IdsByKey()
  readonly #byStatement = new IdsByKey()
  readonly #byLink = new IdsByKey()
  #making: Promise<void> | null = null
  /** Ids that changed while it is being made; null when it is not. */
  #touched: Set<string> | null = null

  constructor(deps: { index: MemoryIndex; clock: Pick<Clock, 'sleep'> }) {
    this.#index = deps.index
    this.#clock = deps.clock
  }

  /** Facts of the same owner and scope that end when `fact` is true. */
  async contradictedBy(fact: MemoryRecord): Promise<MemoryRecord[]> {
    if (fact.kind !== 'fact') return []
    await this.#ready()
    const found = new Map<string, MemoryRecord>()
    for (const statement of stated(fact.text).statements) {
      for (const id of this.#byStatement.get(statementKey(fact, keyOf(statement)))) {
        const old = await this.#index.get(id)
        if (!old || !mayEnd(fact, old)) continue
        const { statements, complete } = stated(old.text)
        const [said] = statements
        // What else it says would be lost with it.
        if (said && complete && statements.length === 1 && contradicts(statement, said)) found.set(id, old)
      }
    }
    return [...found.values()]
  }

  /** Memories that say this word for word, case and punctuation aside. */
  async sayingSame(text: string): Promise<MemoryRecord[]> {
    await this.#ready()
    const found: MemoryRecord[] = []
    for (const id of this.#byText.get(plainTextOf(text))) {
      const memory = await this.#index.get(id)
      if (memory) found.push(memory)
    }
    return found
  }

  /** Memories that link to this id. */
  async linkingTo(id: string): Promise<MemoryRecord[]> {
    await this.#ready()
    const found: MemoryRecord[] = []
    for (const from of this.#byLink.get(id)) {
      const memory = await this.#index.get(from)
      if (memory) found.push(memory)
    }
    return found
  }

  tell(changes: readonly Changed[]): void {
    if (!this.#making) return
    for (const { before, now } of changes) {
      const id = (now ?? before)?.id
      if (id !== undefined) this.#touched?.add(id)
      if (before) this.#change(before, 'delete')
      if (now) this.#change(now, 'add')
    }
  }

  #ready(): Promise<void> {
    this.#making ??= this.#make().catch((error: unknown) => {
      this.#making = null
      throw error
    })
    return this.#making
  }

  async #make(): Promise<void> {
    for (const ids of [this.#byText, this.#byStatement, this.#byLink]) ids.clear()
    const touched = (this.#touched = new Set<string>())
    const all = await this.#index.list({ validAt: 'any' })
    for (let from = 0; from < all.length; from += MEMORIES_PER_SLICE) {
      if (from > 0) await this.#clock.sleep(0)
      for (const memory of all.slice(from, from + MEMORIES_PER_SLICE)) {
        if (!touched.has(memory.id)) this.#change(memory, 'add')
      }
    }
    this.#touched = null
  }

  #change(memory: MemoryRecord, change: 'add' | 'delete'): void {
    const { id, text, kind, links } = memory
    this.#byText[change](plainTextOf(text), id)
    if (kind === 'fact') {
      for (const statement of stated(text).statements) {
        this.#byStatement[change](statementKey(memory, keyOf(statement)), id)
      }
    }
    for (const { to } of links) this.#byLink[change](to, id)
  }
}

const statementKey = ({ owner, scope }: MemoryRecord, key: string): string => `${owner ?? ''}\u0000${scope}\u0000${key}`

/** Of the same owner and scope, true when the new one begins, and not more trusted than it. */
function mayEnd(fact: MemoryRecord, old: MemoryRecord): boolean {
  if (old.kind !== 'fact' || old.id === fact.id || old.owner !== fact.owner || old.scope !== fact.scope) return false
  // What the user said themselves is not ended by what a model or a page says.
  if (old.provenance.trust === 'trusted' && fact.provenance.trust !== 'trusted') return false
  // What holds from when it was said came before what is said now, also when the clock was set back meanwhile.
  const inOrder = old.validFrom <= fact.validFrom || (holdsSinceSaid(old) && holdsSinceSaid(fact))
  return inOrder && (old.validUntil === null || old.validUntil > fact.validFrom)
}

const holdsSinceSaid = ({ validFrom, createdAt }: MemoryRecord): boolean => validFrom === createdAt
