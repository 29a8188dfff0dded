/** A memory as it stands in a form: new, or being changed. */
import { dayOf, startOf } from './filter.ts'
import type { Changes, Experience, Memory, NewMemory } from './types.ts'

const emptyExperience: Experience = { task: '', tried: '', outcome: 'worked', lesson: '' }

export class MemoryDraft {
  kind = $state<'fact' | 'experience' | 'block'>('fact')
  text = $state('')
  experience = $state<Experience>({ ...emptyExperience })
  /** An agent's id; empty for every agent. */
  owner = $state('')
  scope = $state('')
  /** Days, as an `input type=date` writes them; empty for not given. */
  from = $state('')
  until = $state('')
  /** Of a block. */
  name = $state('')
  limit = $state<number | null>(null)

  constructor(memory?: Memory) {
    if (memory) this.take(memory)
  }

  readonly complete = $derived(
    this.kind === 'experience'
      ? [this.experience.task, this.experience.tried, this.experience.lesson].every((part) => part.trim() !== '')
      : this.kind === 'block'
        ? this.name.trim() !== ''
        : this.text.trim() !== '',
  )

  take(memory: Memory): void {
    this.kind = memory.kind === 'shared' ? 'fact' : memory.kind
    this.text = memory.text
    this.experience = { ...(memory.experience ?? emptyExperience) }
    this.owner = memory.owner ?? ''
    this.scope = memory.scope
    this.from = dayOf(memory.validFrom)
    this.until = dayOf(memory.validUntil)
    this.name = memory.block?.name ?? ''
    this.limit = memory.block?.limit ?? null
  }

  toNew(): NewMemory {
    const { kind, scope } = this
    const from = startOf(this.from)
    return {
      kind,
      owner: this.owner === '' ? null : this.owner,
      scope,
      validUntil: startOf(this.until),
      ...(from !== null && { validFrom: from }),
      ...(kind === 'experience' ? { experience: { ...this.experience } } : { text: this.text }),
      ...(kind === 'block' && { block: { name: this.name, ...(this.limit !== null && { limit: this.limit }) } }),
    }
  }

  /** What differs from the memory as it was. A day that was not touched keeps its time of day. */
  changesTo(memory: Memory): Changes {
    const owner = this.owner === '' ? null : this.owner
    const from = startOf(this.from)
    const old = memory.experience
    const { experience } = this
    const parts = Object.keys(emptyExperience) as (keyof Experience)[]
    const relearnt = old !== undefined && parts.some((part) => old[part] !== experience[part])
    return {
      ...(old === undefined && this.text !== memory.text && { text: this.text }),
      ...(relearnt && { experience: { ...experience } }),
      ...(owner !== memory.owner && { owner }),
      ...(this.scope.trim() !== memory.scope && { scope: this.scope }),
      ...(from !== null && this.from !== dayOf(memory.validFrom) && { validFrom: from }),
      ...(this.until !== dayOf(memory.validUntil) && { validUntil: startOf(this.until) }),
    }
  }
}
