/**
 * Whether the engine should leave the model it has for one that somebody waits for. Loading costs seconds in which nobody is
 * served, so a model that has work stays in proportion to its loading, as CTSS let a program run in proportion to its swapping
 * (Corbató et al., 1962); only a person who waits, which is to say the highest class, does not have to wait for that.
 */
import { RESIDENCY_FACTOR } from '../param.ts'
import type { Ageing } from './ageing.ts'
import type { Costs } from './cost.ts'
import { isProtected, rankOf } from './entry.ts'
import type { Entry, Lane } from './entry.ts'
import { compareKeys, keyOfRunning } from './ordering.ts'
import type { Ready } from './ready.ts'

export interface Resident {
  readonly model: string
  /** When it was loaded, by the monotonic clock. */
  readonly since: number
  readonly running: readonly Entry[]
  /** The first that waits for it. */
  readonly next: Entry | null
}

/** Until when the model stays in any case while it has work. */
export function staysUntil({ model, since }: Resident, costs: Costs): number {
  return since + costs.loadMs(model) * RESIDENCY_FACTOR
}

/** The first of those that wait for other models, if it is time to leave for it; `aged` when only its age gives it the right. */
export function leavesFor(
  resident: Resident,
  ready: Ready,
  ageing: Ageing,
  costs: Costs,
  now: number,
): { entry: Entry; aged: boolean } | null {
  const lane = ready.bestOther(resident.model)
  if (!lane?.entries.first) return null
  const staying = resident.running.filter(({ slice }) => !slice?.stopping)
  if (!resident.next && staying.length === 0) return { entry: lane.entries.first, aged: false }
  if (goesBeforeAll(lane, resident, staying, ready, now >= staysUntil(resident, costs))) {
    return { entry: lane.entries.first, aged: false }
  }
  return ageingTurn(resident, staying, ready, ageing, costs)
}

function goesBeforeAll(
  lane: Lane,
  { next }: Resident,
  staying: readonly Entry[],
  ready: Ready,
  longEnough: boolean,
): boolean {
  const rank = laneRank(lane)
  // One that is served because of its age cannot be overtaken until its quantum is used.
  const ranks = staying.map((entry) => (isProtected(entry) ? -1 : rankOf(entry)))
  const best = Math.min(...ranks, next ? rankOf(next) : Infinity)
  if (rank < best) return rank === 0 || longEnough
  if (rank > best || !longEnough) return false
  if (next?.lane && rankOf(next) === rank && compareKeys(next.lane.key, lane.key) < 0) return false
  const { ordering } = ready
  const equals = staying.filter((entry) => rankOf(entry) === rank)
  return equals.every((entry) => compareKeys(keyOfRunning(ordering, entry), lane.key) > 0)
}

/** A class that waits for another model gets its turn too, when it is owed a quantum and what loading twice costs. */
function ageingTurn(
  { model, next }: Resident,
  staying: readonly Entry[],
  ready: Ready,
  ageing: Ageing,
  costs: Costs,
): { entry: Entry; aged: boolean } | null {
  if (staying.some(isProtected)) return null
  for (let rank = 1; rank <= 2; rank += 1) {
    const entry = ready.bestOther(model, rank)?.entries.first
    // Its class is served here meanwhile: its turn comes by the policy.
    const served = staying.some((other) => rankOf(other) === rank) || (next !== null && rankOf(next) === rank)
    if (!entry || served) continue
    const loading = costs.loadTokens(entry.job.model, model) + costs.loadTokens(model, model)
    if (ageing.isDue(rank, loading * RESIDENCY_FACTOR)) return { entry, aged: true }
  }
  return null
}

const laneRank = (lane: Lane): number => (lane.entries.first ? rankOf(lane.entries.first) : Infinity)
