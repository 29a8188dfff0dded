/** What a memory is, whose, from where and until when, in words. Pure. */
import type { Memory, MemoryVersion } from './types.ts'
import { isTrueAt } from './filter.ts'
import { when } from '../parts/format.ts'

export const kindNames: Record<Memory['kind'], string> = {
  fact: 'Fact',
  experience: 'Experience',
  block: 'Block',
  shared: 'Whiteboard',
}

export const outcomeNames = { worked: 'worked', failed: 'failed', mixed: 'worked in part' } as const

type NameOf = (agent: string) => string | undefined

export function sourceWords({ provenance: { principal, source } }: Memory, nameOf: NameOf): string {
  if (principal.kind === 'user') return 'written by you'
  if (principal.kind === 'app') return `from the app ${principal.id}`
  if (principal.kind === 'kernel') return 'made while tidying up'
  const name = nameOf(principal.id) ?? 'an agent that is gone'
  return source === 'outside' ? `read by ${name} from outside` : `learnt by ${name}`
}

export function ownerWords({ owner }: Memory, nameOf: NameOf): string {
  return owner === null ? 'for every agent' : `only for ${nameOf(owner) ?? 'an agent that is gone'}`
}

/** Empty while it is simply true. */
export function validityWords(memory: Memory, now: number = Date.now()): string {
  const { validFrom, validUntil } = memory
  if (validFrom > now) return `true from ${when(validFrom, now)}`
  if (validUntil === null) return ''
  return isTrueAt(memory, now) ? `true until ${day(validUntil)}` : `no longer true since ${day(validUntil)}`
}

/** What was done to a version that made it an earlier one; empty for one that was only changed. */
export function endedWords({ ended }: MemoryVersion): string {
  if (!ended || ended.what === 'updated') return ''
  return `${endings[ended.what]} ${day(ended.at)}`
}

const endings = {
  superseded: 'replaced by another one',
  consolidated: 'ended or joined while tidying up',
  expired: 'its time was over',
  deleted: 'deleted',
} as const

export function day(time: number): string {
  return new Date(time).toLocaleDateString([], { day: 'numeric', month: 'short', year: 'numeric' })
}

export function moment(time: number): string {
  return new Date(time).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })
}

/** Enough of it to tell it from others. */
export function excerpt(text: string, units = 60): string {
  return text.length > units ? `${text.slice(0, units).trimEnd()}…` : text
}
