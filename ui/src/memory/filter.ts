/** What of the memory is shown: what a person chooses, what the kernel is asked, and whether a changed memory belongs. Pure. */
import type { Memory, MemoryFilter, MemoryKind } from './types.ts'

export interface FilterChoice {
  readonly kind: MemoryKind | 'all'
  /** An agent's id: what that agent may recall. `common`: what every agent may. */
  readonly owner: string
  readonly scope: string
  readonly trust: 'all' | 'trusted' | 'untrusted'
  /** Days back from now that it was written in; 0 for whenever, -1 for the two dates. */
  readonly days: number
  /** Days as an `input type=date` writes them. */
  readonly from: string
  readonly to: string
  /** Also what is no longer true. */
  readonly ended: boolean
}

export const noFilter: FilterChoice = {
  ...{ kind: 'all', owner: 'all', scope: '', trust: 'all', days: 0, from: '', to: '', ended: false },
}

/** The two dates. */
export const BETWEEN = -1

const DAY_MS = 86_400_000

/** The kinds of this room; what is on the whiteboard has a page of its own. */
const kinds: MemoryKind[] = ['fact', 'experience', 'block']

export function filterOf(choice: FilterChoice, now: number): MemoryFilter {
  const { kind, owner, scope, trust, days, ended } = choice
  return {
    kinds: kind === 'all' ? kinds : [kind],
    ...(owner !== 'all' && { owner: owner === 'common' ? null : owner }),
    ...(scope.trim() && { scopes: [scope.trim()] }),
    ...(trust !== 'all' && { trust }),
    ...(days > 0 && { from: now - days * DAY_MS }),
    ...(days === BETWEEN && between(choice)),
    ...(ended && { validAt: 'any' as const }),
  }
}

function between({ from, to }: FilterChoice): { from?: number; to?: number } {
  const first = startOf(from)
  const last = startOf(to)
  return { ...(first !== null && { from: first }), ...(last !== null && { to: endOf(last) }) }
}

/** The first millisecond of a day, where the person is; null when none is given. */
export function startOf(day: string): number | null {
  const time = day === '' ? NaN : new Date(`${day}T00:00`).getTime()
  return Number.isFinite(time) ? Math.max(0, time) : null
}

/** The last millisecond of the day that begins then; days of 23 and 25 hours are days too. */
function endOf(start: number): number {
  const date = new Date(start)
  return date.setDate(date.getDate() + 1) - 1
}

/** The day of a moment as an `input type=date` writes it. */
export function dayOf(time: number | null): string {
  if (time === null) return ''
  const date = new Date(time)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** How many choices narrow what is shown. */
export function narrowing(choice: FilterChoice): number {
  return [
    choice.kind !== 'all',
    choice.owner !== 'all',
    choice.scope.trim() !== '',
    choice.trust !== 'all',
    choice.days > 0 || choice.from !== '' || choice.to !== '',
    choice.ended,
  ].filter(Boolean).length
}

/** Whether a filter lets a memory through, as the kernel decides it. */
export function passes(memory: Memory, filter: MemoryFilter, now: number): boolean {
  const { kinds: wanted, owner, scopes, trust, from = 0, to = Infinity, validAt = now } = filter
  return (
    (wanted === undefined || wanted.includes(memory.kind)) &&
    (owner === undefined || memory.owner === null || memory.owner === owner) &&
    (scopes === undefined || scopes.includes(memory.scope)) &&
    (trust === undefined || memory.provenance.trust === trust) &&
    memory.createdAt >= from &&
    memory.createdAt <= to &&
    (validAt === 'any' || isTrueAt(memory, validAt))
  )
}

export function isTrueAt({ validFrom, validUntil }: Memory, time: number): boolean {
  return validFrom <= time && (validUntil === null || time < validUntil)
}
