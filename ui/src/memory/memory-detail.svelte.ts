/** One memory that is open: why it is known, what it was before, and changing it without losing what others changed. */
import { HearthError } from '../../../sdk/index.ts'
import type { Hearth } from '../../../sdk/index.ts'
import type { MemoryChanges } from './memory-changes.ts'
import { MemoryDraft } from './memory-draft.svelte.ts'
import type { Changes, Explanation, Memory, MemoryVersion } from './types.ts'

/** Milliseconds that changes are gathered for before it is explained anew. */
const GATHER_MS = 150

export class MemoryDetail {
  readonly id: string
  explanation = $state.raw<Explanation | null>(null)
  versions = $state.raw<readonly MemoryVersion[]>([])
  /** Why it cannot be shown, or why the last change was not made. */
  error = $state.raw<unknown>(null)
  /** Forgotten, here or elsewhere. */
  gone = $state(false)
  saving = $state(false)
  /** What is being written, and upon which version; null while nobody edits. */
  draft = $state.raw<MemoryDraft | null>(null)
  /** The version that the draft began from. */
  #base = $state.raw<Memory | null>(null)
  readonly memory = $derived(this.explanation?.memory ?? null)
  /** What somebody else made of it since the draft was begun. */
  readonly theirs = $derived(
    this.draft && this.#base && this.memory && this.memory.version > this.#base.version ? this.memory : null,
  )
  readonly #hearth: Hearth
  readonly #stop: () => void
  readonly #closed = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(hearth: Hearth, id: string, changes: MemoryChanges) {
    this.#hearth = hearth
    this.id = id
    this.#stop = changes.listen((change) => {
      const about = change.type === 'put' ? change.memory : null
      if (change.type === 'deleted' && change.id === id) this.gone = true
      else if (about && (about.id === id || about.links.some(({ to }) => to === id))) this.#soon()
    })
    void this.read()
  }

  async read(): Promise<void> {
    const { signal } = this.#closed
    const { id } = this
    try {
      const [explanation, { versions }] = await Promise.all([
        this.#hearth.call('memory.explain', { id }, { signal }),
        this.#hearth.call('memory.history', { id }, { signal }),
      ])
      this.explanation = explanation
      this.versions = versions
      this.error = null
      this.gone = false
    } catch (error) {
      if (HearthError.is(error, 'not-found')) this.gone = true
      else if (!signal.aborted) this.error = error
    }
  }

  edit(): void {
    if (!this.memory || this.draft) return
    this.#base = this.memory
    this.draft = new MemoryDraft(this.memory)
    this.error = null
  }

  leave(): void {
    this.draft = null
    this.error = null
  }

  /** Puts what others wrote into the form; what was written there goes. */
  takeTheirs(): void {
    if (!this.memory) return
    this.#base = this.memory
    this.draft?.take(this.memory)
    this.error = null
  }

  /** Saves what is in the form, unless somebody changed it meanwhile: `over` saves it even so. */
  async save(over = false): Promise<boolean> {
    const base = over ? this.memory : this.#base
    if (!this.draft || !base) return false
    const changes = this.draft.changesTo(base)
    if (Object.keys(changes).length > 0 && !(await this.change(changes, base.version))) return false
    this.draft = null
    return true
  }

  /** @returns whether it was made; if somebody was faster, theirs is read, and nothing else is done. */
  async change(changes: Changes, ifVersion = this.memory?.version): Promise<boolean> {
    this.saving = true
    this.error = null
    try {
      await this.#hearth.call('memory.update', {
        ...{ id: this.id, ...changes },
        ...(ifVersion !== undefined && { ifVersion }),
      })
      await this.read()
      return true
    } catch (error) {
      if (HearthError.is(error, 'conflict')) await this.read()
      if (!this.theirs) this.error = error
      return false
    } finally {
      this.saving = false
    }
  }

  /** Makes it again what it was; what it is now stays in its history. */
  restore(version: Memory): Promise<boolean> {
    const { text, owner, scope, validFrom, validUntil, experience } = version
    return this.change({
      ...{ owner, scope, validFrom, validUntil },
      ...(experience ? { experience } : { text }),
    })
  }

  #soon(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.read(), GATHER_MS)
  }

  [Symbol.dispose](): void {
    this.#stop()
    clearTimeout(this.#timer)
    this.#closed.abort()
  }
}
